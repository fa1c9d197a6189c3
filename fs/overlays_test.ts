// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";
import { mountOverlays, overlayMount, persistenceFaults } from "./overlays.ts";

const DIRECTORIES = [
  { path: "/etc/kubernetes", executable: "" },
  { path: "/opt", executable: "programs of a test" },
];

function kernelWithImage(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.addFile("/etc/kubernetes/image", "of the image");
  kernel.addFile("/opt/image", "of the image");
  kernel.chmod("/opt", 0o750);
  return kernel;
}

Deno.test("mountOverlays() shows the image's files and keeps what is written on /var", () => {
  const kernel = kernelWithImage();
  assertEquals(mountOverlays(kernel, DIRECTORIES), []);
  kernel.writeFile("/etc/kubernetes/ours", "written", { mode: 0o600 });
  assertEquals(kernel.names("/etc/kubernetes"), ["image", "ours"]);
  const optionsAt = (target: string) =>
    topMountAt(readMounts(kernel), target)?.options.filter((option) => option !== "relatime");
  assertEquals(optionsAt("/etc/kubernetes"), ["rw", "nosuid", "nodev", "noexec"]);
  assertEquals(optionsAt("/opt"), ["rw", "nosuid", "nodev"]);
  const upper = "/var/system/overlays/etc-kubernetes/upper";
  const work = "/var/system/overlays/etc-kubernetes/work";
  assertEquals(
    topMountAt(readMounts(kernel), "/etc/kubernetes")?.superOptions.slice(1).join(),
    `lowerdir+=/etc/kubernetes,upperdir=${upper},workdir=${work}`,
  );
  assertEquals([kernel.lstat(upper)?.mode, kernel.lstat(work)?.mode], [0o755, 0o700]);
  for (const { path } of DIRECTORIES) kernel.unmount(path);
  assertEquals(mountOverlays(kernel, DIRECTORIES), []);
  assertEquals(kernel.readText("/etc/kubernetes/ours"), "written");
});

Deno.test("mountOverlays() makes the upper directory like the image's own, once", () => {
  const kernel = kernelWithImage();
  mountOverlays(kernel, DIRECTORIES);
  const upper = "/var/system/overlays/opt/upper";
  assertEquals(kernel.lstat(upper)?.mode, 0o750);
  kernel.unmount("/opt");
  kernel.chmod(upper, 0o700);
  mountOverlays(kernel, DIRECTORIES);
  assertEquals(kernel.lstat(upper)?.mode, 0o700);
});

Deno.test("mountOverlays() owns /var/system, closed to all others, and nothing else on /var", () => {
  const kernel = kernelWithImage();
  kernel.mkdir("/var/lib/workload", 0o755);
  kernel.mkdir("/var/system", 0o755);
  mountOverlays(kernel, DIRECTORIES);
  assertEquals(kernel.names("/var"), ["lib", "system"]);
  assertEquals([kernel.lstat("/var")?.mode, kernel.lstat("/var/lib")?.mode], [0o755, 0o755]);
  assertEquals(kernel.lstat("/var/system")?.mode, 0o700);
  assertEquals(kernel.lstat("/var/system/overlays")?.mode, 0o700);
});

Deno.test("mountOverlays() leaves alone what carries an overlay already", () => {
  const kernel = kernelWithImage();
  mountOverlays(kernel, DIRECTORIES);
  const mounts = kernel.readText("/proc/self/mountinfo");
  mountOverlays(kernel, DIRECTORIES);
  assertEquals(kernel.readText("/proc/self/mountinfo"), mounts);
});

Deno.test("mountOverlays() reports a directory the image does not have, and lays the others", () => {
  const kernel = kernelWithImage();
  kernel.addLink("/srv", "/opt");
  const wanted = ["/lost", "/srv", "/opt"].map((path) => ({ path, executable: "" }));
  const failures = mountOverlays(kernel, wanted).map(({ path, error }) => [path, `${error}`]);
  const must = "it must be a directory of the image";
  assertEquals(failures, [
    ["/lost", `RangeError: Cannot keep "/lost": the image has no such directory, ${must}`],
    ["/srv", `RangeError: Cannot keep "/srv": it is a symlink, ${must}`],
  ]);
  assertEquals([...kernel.mountTargets()], ["/opt"]);
});

Deno.test("overlayMount() keeps apart directories whose names differ in - and / alone", () => {
  const upper = (path: string) => overlayMount({ path, executable: "" }).parameters.at(-2);
  const paths = ["/a/b", "/a-b", "/a%2Db", "/a/b-c", "/a-b/c"];
  assertEquals(new Set(paths.map(upper)).size, paths.length);
});

Deno.test("overlayMount() shows further layers, the uppermost first", () => {
  const layers = ["/ext/2/opt", "/ext/1/opt", "/opt"];
  const { parameters } = overlayMount({ path: "/opt", executable: "" }, layers);
  assertEquals(parameters.slice(0, 3), layers.map((layer) => `lowerdir+=${layer}`));
});

Deno.test("persistenceFaults() says what cannot be kept and why", () => {
  assertEquals(persistenceFaults(["/etc/kubernetes", "/etc/cni", "/opt", "/optional"]), []);
  const clean = "it must be an absolute path of a directory of the image, without . and ..";
  for (const path of ["", "opt", "/", "/opt/", "/opt/../etc", "//opt"]) {
    assertEquals(persistenceFaults([path]), [`Cannot keep "${path}": ${clean}`]);
  }
  assertEquals(persistenceFaults(["/var/lib", "/usr", "/opt", "/opt/cni"]), [
    'Cannot keep "/var/lib": it would meet /var, which is a layer of its own',
    'Cannot keep "/usr": it would meet /usr/bin, which is a layer of its own',
    'Cannot keep "/opt/cni": it would meet /opt, which is kept, too',
  ]);
});

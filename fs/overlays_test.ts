// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";
import { mountOverlays } from "./overlays.ts";

const DIRECTORIES = ["/etc/kubernetes", "/opt"];

function kernelWithImage(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.addFile("/etc/kubernetes/image", "of the image");
  kernel.addFile("/opt/image", "of the image");
  return kernel;
}

Deno.test("mountOverlays() shows the image's files and keeps what is written on /var", () => {
  const kernel = kernelWithImage();
  mountOverlays(kernel, DIRECTORIES);
  kernel.writeFile("/etc/kubernetes/ours", "written", { mode: 0o600 });
  assertEquals(kernel.names("/etc/kubernetes"), ["image", "ours"]);
  const mount = topMountAt(readMounts(kernel), "/etc/kubernetes");
  assertEquals(mount?.options.slice(0, 3), ["rw", "nosuid", "nodev"]);
  const upper = "/var/system/overlays/etc-kubernetes/upper";
  const work = "/var/system/overlays/etc-kubernetes/work";
  assertEquals(
    mount?.superOptions.slice(1).join(),
    `lowerdir=/etc/kubernetes,upperdir=${upper},workdir=${work}`,
  );
  assertEquals(kernel.lstat(upper)?.mode, 0o755);
  assertEquals(kernel.lstat(work)?.mode, 0o700);
  for (const directory of DIRECTORIES) kernel.unmount(directory);
  mountOverlays(kernel, DIRECTORIES);
  assertEquals(kernel.readText("/etc/kubernetes/ours"), "written");
});

Deno.test("mountOverlays() leaves alone what carries an overlay already", () => {
  const kernel = kernelWithImage();
  mountOverlays(kernel, DIRECTORIES);
  const mounts = kernel.readText("/proc/self/mountinfo");
  mountOverlays(kernel, DIRECTORIES);
  assertEquals(kernel.readText("/proc/self/mountinfo"), mounts);
});

Deno.test("mountOverlays() throws at a directory the image does not have; those before it stay", () => {
  const kernel = kernelWithImage();
  const error = assertThrows(() => mountOverlays(kernel, ["/opt", "/srv"]), SyscallError);
  assertEquals(error.message, 'Cannot mount "/srv": ENOENT (2)');
  assertEquals([...kernel.mountTargets()], ["/opt"]);
});

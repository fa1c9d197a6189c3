// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { placeEtcFile, removeEtcFile } from "./etc_file.ts";
import { MS } from "./kernel/constants.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { type MountEntry, mountsAt, readMounts } from "./mountinfo.ts";

const IMAGE_HOSTS = "127.0.0.1 localhost\n";
const SHA256_OF_A = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

/** A kernel with the image's read-only /etc and a tmpfs at /system. */
function kernelWithEtc(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.addFile("/etc/hosts", IMAGE_HOSTS);
  kernel.addFile("/etc/hosts@x", "");
  kernel.addFile("/etc/cni/net.d/10-a.conf", "");
  kernel.addLink("/etc/mtab", "/proc/mounts");
  kernel.addLink("/etc/linked", "cni/net.d");
  for (const target of ["/etc", "/system"]) kernel.mkdir(target, 0o755);
  const tmpfs = { source: "tmpfs", fstype: "tmpfs", flags: MS.NOSUID, data: "" };
  kernel.mount({ ...tmpfs, target: "/system" });
  return kernel;
}

function at(kernel: FakeKernel, target: string): MountEntry[] {
  return mountsAt(readMounts(kernel), target);
}

Deno.test("placeEtcFile() lays the content read-only over the image's file", async () => {
  const kernel = kernelWithEtc();
  const placed = await placeEtcFile(kernel, { name: "hosts", contents: "a", mode: 0o640 });
  assertEquals(placed, { sha256: SHA256_OF_A });
  assertEquals(kernel.readText("/etc/hosts"), "a");
  assertEquals(kernel.lstat("/etc/hosts")?.mode, 0o640);
  const [mount, ...others] = at(kernel, "/etc/hosts");
  assertEquals(others, []);
  assertEquals(mount?.options.slice(0, 4), ["ro", "nosuid", "nodev", "noexec"]);
  const write = () => kernel.writeFile("/etc/hosts", "b", { mode: 0o644, direct: true });
  assertEquals(assertThrows(write, SyscallError).code, "EROFS");
});

Deno.test("placeEtcFile() replaces content and mode: one mount and one source are left", async () => {
  const kernel = kernelWithEtc();
  const steps = [["a", 0o644], ["b", 0o644], ["b", 0o600], ["", 0o600], ["a", 0o644]] as const;
  for (const [contents, mode] of steps) {
    await placeEtcFile(kernel, { name: "hosts", contents, mode });
    assertEquals([kernel.readText("/etc/hosts"), kernel.lstat("/etc/hosts")?.mode], [
      contents,
      mode,
    ]);
    assertEquals(at(kernel, "/etc/hosts").length, 1);
    assertEquals(kernel.names("/system/etc").length, 1);
  }
});

Deno.test("placeEtcFile() of the same content and mode mounts nothing again", async () => {
  const kernel = kernelWithEtc();
  const file = { name: "cni/net.d/10-a.conf", contents: "a", mode: 0o644 };
  await placeEtcFile(kernel, file);
  const mounts = kernel.readText("/proc/self/mountinfo");
  kernel.refuse("move_mount", "EINVAL");
  assertEquals(await placeEtcFile(kernel, file), { sha256: SHA256_OF_A });
  assertEquals(kernel.readText("/proc/self/mountinfo"), mounts);
});

Deno.test("placeEtcFile() of two at once leaves one of them, mounted once", async () => {
  const kernel = kernelWithEtc();
  const place = (contents: string) =>
    placeEtcFile(kernel, { name: "hosts", contents, mode: 0o644 });
  await Promise.all(["a", "b", "c"].map(place));
  assertEquals(at(kernel, "/etc/hosts").length, 1);
  assertEquals(["a", "b", "c"].includes(kernel.readText("/etc/hosts")), true);
});

Deno.test("placeEtcFile() keeps apart names of which one begins as the other's source", async () => {
  const kernel = kernelWithEtc();
  for (const name of ["hosts", "hosts@x", "cni/net.d/10-a.conf"]) {
    await placeEtcFile(kernel, { name, contents: name, mode: 0o644 });
  }
  await placeEtcFile(kernel, { name: "hosts", contents: "changed", mode: 0o644 });
  removeEtcFile(kernel, "hosts");
  assertEquals(kernel.names("/system/etc").length, 2);
  for (const name of ["hosts@x", "cni/net.d/10-a.conf"]) {
    assertEquals(kernel.readText(`/etc/${name}`), name);
  }
});

Deno.test("placeEtcFile() refuses a target that is no file of the image", async () => {
  const must = "it must be a file of the image";
  const cases = [
    ["missing", `there is no such file in the image, ${must}`],
    ["cni", `it is a directory, ${must}`],
    ["mtab", `it is a symlink, ${must}`],
    [
      "linked/10-a.conf",
      '"/etc/linked" is in its way: it is a symlink, it must be a directory of the image',
    ],
  ] as const;
  for (const [name, why] of cases) {
    const kernel = kernelWithEtc();
    const place = () => placeEtcFile(kernel, { name, contents: "a", mode: 0o644 });
    const error = await assertRejects(place, RangeError);
    assertEquals(error.message, `Cannot place "/etc/${name}": ${why}`);
    assertEquals([...kernel.mountTargets()], ["/system"]);
  }
});

Deno.test("placeEtcFile() and removeEtcFile() refuse what is no path below /etc", async () => {
  const kernel = kernelWithEtc();
  for (const name of ["", "/x", "../x", "a/../b", "..", ".", "./hosts", "a//b", "a\0b"]) {
    const must = 'it must be a path below /etc, without "..", such as "hosts"';
    const message = `Cannot place ${JSON.stringify(name)}: ${must}`;
    const place = () => placeEtcFile(kernel, { name, contents: "", mode: 0o644 });
    assertEquals((await assertRejects(place, RangeError)).message, message);
    assertEquals(assertThrows(() => removeEtcFile(kernel, name), RangeError).message, message);
  }
  for (const mode of [0, -1, 0o1000, 0.5, NaN]) {
    await assertRejects(
      () => placeEtcFile(kernel, { name: "hosts", contents: "", mode }),
      RangeError,
      `Cannot place "hosts" with mode ${mode}: it must be 1 to 511 (0777)`,
    );
  }
  assertEquals([...kernel.mountTargets()], ["/system"]);
});

Deno.test("placeEtcFile() leaves the content before and no source when a mount is refused", async () => {
  const kernel = kernelWithEtc();
  const place = (contents: string) =>
    placeEtcFile(kernel, { name: "hosts", contents, mode: 0o644 });
  for (const before of [IMAGE_HOSTS, "a"]) {
    const sources = kernel.lstat("/system/etc") === undefined ? [] : kernel.names("/system/etc");
    kernel.refuse("move_mount", "ENOMEM", { times: 1 });
    await assertRejects(() => place("b"), SyscallError, "ENOMEM");
    assertEquals(kernel.readText("/etc/hosts"), before);
    assertEquals(kernel.names("/system/etc"), sources);
    await place("a");
  }
});

Deno.test("removeEtcFile() shows the image's file again and removes the source", async () => {
  const kernel = kernelWithEtc();
  removeEtcFile(kernel, "hosts");
  await placeEtcFile(kernel, { name: "hosts", contents: "a", mode: 0o644 });
  {
    using _reader = kernel.openInRoot("/", "/etc/hosts");
    removeEtcFile(kernel, "hosts");
  }
  assertEquals(kernel.readText("/etc/hosts"), IMAGE_HOSTS);
  assertEquals(at(kernel, "/etc/hosts"), []);
  assertEquals(kernel.names("/system/etc"), []);
  removeEtcFile(kernel, "hosts");
});

Deno.test("placeEtcFile() gives the file its owner, and another owner replaces it", async () => {
  const kernel = kernelWithEtc();
  const file = { name: "hosts", contents: "a", mode: 0o600 };
  for (const owner of [{ uid: 0, gid: 0 }, { uid: 11, gid: 12 }, { uid: 11, gid: 13 }]) {
    await placeEtcFile(kernel, { ...file, owner });
    const { uid, gid, mode } = kernel.lstat("/etc/hosts") ?? {};
    assertEquals([{ uid, gid }, mode], [owner, 0o600]);
    assertEquals(at(kernel, "/etc/hosts").length, 1);
  }
  for (const uid of [-1, 0.5, 2 ** 32 - 1]) {
    await assertRejects(
      () => placeEtcFile(kernel, { ...file, owner: { uid, gid: 0 } }),
      RangeError,
      `Cannot place "hosts" for owner ${uid}: it must be 0 to 4294967294`,
    );
  }
});

/** A replacement whose second half never came: the new mount is beneath the old one. */
function interrupted(kernel: FakeKernel): void {
  const { replaceBind } = kernel;
  kernel.replaceBind = (request) => {
    const [old] = at(kernel, request.target);
    if (old === undefined) throw new Error("nothing to replace");
    // As the kernel does it, told by the end: what was on top is on top of the new one.
    replaceBind.call(kernel, request);
    kernel.bind({ ...request, source: `/system${old.root}` });
    kernel.replaceBind = replaceBind;
    throw new SyscallError({ call: "umount2", errno: 4, subject: request.target });
  };
}

Deno.test("placeEtcFile() ends with one mount after a replacement that was cut short", async () => {
  for (const next of ["new", "newer", "old"]) {
    const kernel = kernelWithEtc();
    const place = (contents: string) =>
      placeEtcFile(kernel, { name: "hosts", contents, mode: 0o644 });
    await place("old");
    interrupted(kernel);
    await assertRejects(() => place("new"), SyscallError, "EINTR");
    assertEquals([at(kernel, "/etc/hosts").length, kernel.readText("/etc/hosts")], [2, "old"]);
    await place(next);
    assertEquals([at(kernel, "/etc/hosts").length, kernel.readText("/etc/hosts")], [1, next]);
    assertEquals(kernel.names("/system/etc").length, 1);
    removeEtcFile(kernel, "hosts");
    assertEquals(kernel.readText("/etc/hosts"), IMAGE_HOSTS);
  }
});

Deno.test("removeEtcFile() takes away both mounts of a replacement that was cut short", async () => {
  const kernel = kernelWithEtc();
  const place = (contents: string) =>
    placeEtcFile(kernel, { name: "hosts", contents, mode: 0o644 });
  await place("old");
  interrupted(kernel);
  await assertRejects(() => place("new"), SyscallError, "EINTR");
  removeEtcFile(kernel, "hosts");
  assertEquals([at(kernel, "/etc/hosts"), kernel.readText("/etc/hosts")], [[], IMAGE_HOSTS]);
});

Deno.test("placeEtcFile() builds again what was wiped from /system/etc, or with all of /system", async () => {
  const kernel = kernelWithEtc();
  const file = { name: "hosts", contents: "a", mode: 0o644 };
  await placeEtcFile(kernel, file);
  kernel.remove("/system/etc", { recursive: true });
  assertEquals(kernel.readText("/etc/hosts"), "a"); // The mount keeps the file alive.
  await placeEtcFile(kernel, file);
  assertEquals([kernel.names("/system/etc").length, at(kernel, "/etc/hosts").length], [1, 1]);
  kernel.unmount("/system", { detach: true });
  kernel.mount({ source: "tmpfs", target: "/system", fstype: "tmpfs", flags: 0n, data: "" });
  await placeEtcFile(kernel, file);
  const [mount, ...others] = at(kernel, "/etc/hosts");
  assertEquals([others, kernel.readText("/etc/hosts")], [[], "a"]);
  const [system] = at(kernel, "/system");
  assertEquals(mount?.device, system?.device);
});

Deno.test("placeEtcFile() and removeEtcFile() leave another's mount alone and name it", async () => {
  const kernel = kernelWithEtc();
  const file = { name: "hosts", contents: "a", mode: 0o644 };
  await placeEtcFile(kernel, file);
  kernel.addFile("/theirs", "theirs");
  kernel.bind({ source: "/theirs", target: "/etc/hosts", attributes: 0n });
  const message =
    'Cannot place "/etc/hosts": rootfs of rootfs lies over it, it must be unmounted first';
  const place = () => placeEtcFile(kernel, { ...file, contents: "b" });
  assertEquals((await assertRejects(place, RangeError)).message, message);
  assertEquals(assertThrows(() => removeEtcFile(kernel, "hosts"), RangeError).message, message);
  assertEquals(kernel.readText("/etc/hosts"), "theirs");
  kernel.unmount("/etc/hosts");
  await place();
  assertEquals([kernel.readText("/etc/hosts"), at(kernel, "/etc/hosts").length], ["b", 1]);
});

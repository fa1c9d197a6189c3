// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { MOUNT_ATTR, MS } from "./kernel/constants.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { ensureMount, isMountedAt, type WantedMount } from "./mount.ts";
import { mountsAt, readMounts } from "./mountinfo.ts";

const TMPFS: WantedMount = {
  source: "cache",
  target: "/run/cache",
  fstype: "tmpfs",
  access: "read-write",
  executable: "",
  parameters: ["size=1m"],
};

const BIND: WantedMount = {
  source: "/run/cache/inner",
  target: "/run/shown",
  fstype: "bind",
  access: "read-only",
  executable: "",
  parameters: [],
};

function kernelWithRun(): FakeKernel {
  const kernel = new FakeKernel();
  const flags = MS.NOSUID | MS.NODEV | MS.NOEXEC;
  kernel.mount({ source: "tmpfs", target: "/run", fstype: "tmpfs", flags, data: "size=8m" });
  return kernel;
}

function optionsAt(kernel: FakeKernel, target: string): readonly string[] {
  const [mount] = mountsAt(readMounts(kernel), target);
  return mount?.options.filter((option) => option !== "relatime") ?? [];
}

Deno.test("ensureMount() mounts what is missing, by the rules, and leaves alone what is there", () => {
  const kernel = kernelWithRun();
  assertEquals(ensureMount(kernel, TMPFS), "mounted");
  assertEquals(optionsAt(kernel, "/run/cache"), ["rw", "nosuid", "nodev", "noexec"]);
  assertEquals(kernel.statfs("/run/cache").size, 1n << 20n);
  const mounts = kernel.readText("/proc/self/mountinfo");
  assertEquals(ensureMount(kernel, TMPFS), "present");
  assertEquals(kernel.readText("/proc/self/mountinfo"), mounts);
  assertEquals([isMountedAt(kernel, TMPFS), isMountedAt(kernel, BIND)], [true, false]);
});

Deno.test("ensureMount() shows a directory at another place, and knows it again", () => {
  const kernel = kernelWithRun();
  ensureMount(kernel, TMPFS);
  kernel.mkdir("/run/cache/inner", 0o755);
  kernel.writeFile("/run/cache/inner/file", "shown", { mode: 0o644 });
  assertEquals(ensureMount(kernel, BIND), "mounted");
  assertEquals(kernel.readText("/run/shown/file"), "shown");
  assertEquals(optionsAt(kernel, "/run/shown"), ["ro", "nosuid", "nodev", "noexec"]);
  assertEquals(ensureMount(kernel, BIND), "present");
  const other = { ...BIND, source: "/run/cache" };
  const error = assertThrows(() => ensureMount(kernel, other), RangeError);
  assertEquals(error.message, 'Cannot mount "/run/shown": tmpfs of cache is mounted there');
});

Deno.test("ensureMount() sets flags that somebody changed", () => {
  const kernel = kernelWithRun();
  ensureMount(kernel, TMPFS);
  kernel.remount("/run/cache", MS.REMOUNT | MS.BIND | MS.RDONLY);
  assertEquals(ensureMount(kernel, TMPFS), "changed");
  assertEquals(optionsAt(kernel, "/run/cache"), ["rw", "nosuid", "nodev", "noexec"]);
  assertEquals(ensureMount(kernel, { ...TMPFS, executable: "tools of a test" }), "changed");
  assertEquals(optionsAt(kernel, "/run/cache"), ["rw", "nosuid", "nodev"]);
  assertEquals(ensureMount(kernel, { ...TMPFS, access: "read-only" }), "changed");
  assertEquals(optionsAt(kernel, "/run/cache"), ["ro", "nosuid", "nodev", "noexec"]);
});

Deno.test("ensureMount() takes away a mount of it too many, the newer one", () => {
  const kernel = kernelWithRun();
  ensureMount(kernel, TMPFS);
  kernel.writeFile("/run/cache/file", "kept", { mode: 0o644 });
  const { parameters, target, ...rest } = TMPFS;
  for (const _ of [1, 2]) {
    const attributes = MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC;
    kernel.attachFileSystem({ ...rest, target, parameters, attributes });
  }
  assertEquals(ensureMount(kernel, TMPFS), "changed");
  assertEquals(mountsAt(readMounts(kernel), target).length, 1);
  assertEquals(kernel.readText("/run/cache/file"), "kept");
});

Deno.test("ensureMount() mounts nothing over another's mount, and nothing a second time beneath one", () => {
  const kernel = kernelWithRun();
  ensureMount(kernel, TMPFS);
  const theirs = { source: "theirs", fstype: "tmpfs", flags: 0n, data: "" };
  kernel.mount({ ...theirs, target: "/run/cache" });
  const over = assertThrows(() => ensureMount(kernel, TMPFS), RangeError);
  assertEquals(over.message, 'Cannot mount "/run/cache": tmpfs of theirs lies over it');
  const at = assertThrows(() => ensureMount(kernel, { ...TMPFS, target: "/run" }), RangeError);
  assertEquals(at.message, 'Cannot mount "/run": tmpfs of tmpfs is mounted there');
  kernel.mkdir("/run/a/b", 0o755);
  kernel.mount({ ...theirs, target: "/run/a/b" });
  const above = assertThrows(() => ensureMount(kernel, { ...TMPFS, target: "/run/a" }), RangeError);
  assertEquals(above.message, 'Cannot mount "/run/a": it would cover the mount at /run/a/b');
  assertEquals([...kernel.mountTargets()], ["/run", "/run/cache", "/run/a/b"]);
});

Deno.test("ensureMount() refuses a wish that breaks a rule before it does anything", () => {
  const cases = [
    [{ ...TMPFS, target: "/" }, "the target must be an absolute path"],
    [{ ...TMPFS, target: "run/x" }, "the target must be an absolute path"],
    [{ ...TMPFS, target: "/run/../etc" }, "the target must be an absolute path"],
    [{ ...TMPFS, target: "/run/x/" }, "the target must be an absolute path"],
    [{ ...TMPFS, fstype: "nfs" }, '"nfs" is no file system for it, may be bind, cgroup2, '],
    [{ ...TMPFS, parameters: [] }, "it lies in memory, so it must have a bound"],
    [{ ...BIND, source: "x" }, "a bind takes an absolute path as its source, and no parameters"],
    [{ ...BIND, parameters: ["x"] }, "a bind takes an absolute path as its source"],
    [{ ...TMPFS, fstype: "devpts", parameters: [] }, "it must be nodev"],
  ] as const;
  for (const [wanted, why] of cases) {
    const kernel = kernelWithRun();
    const { message } = assertThrows(() => ensureMount(kernel, wanted), RangeError);
    assertStringIncludes(message, `Cannot mount "${wanted.target}": ${why}`);
    assertEquals([...kernel.mountTargets()], ["/run"]);
  }
});

Deno.test("ensureMount() removes the directories it made for a mount that fails, and no other", () => {
  const kernel = kernelWithRun();
  kernel.mkdir("/run/theirs", 0o755);
  const deep = { ...TMPFS, target: "/run/theirs/made/cache" };
  for (const call of ["fsopen", "mount"]) {
    kernel.refuse(call, "ENOMEM", { times: 1 });
    assertThrows(() => ensureMount(kernel, deep), SyscallError, "ENOMEM");
    assertEquals(kernel.names("/run/theirs"), [], call);
  }
  assertThrows(() => ensureMount(kernel, { ...BIND, source: "/run/none" }), SyscallError, "ENOENT");
  assertEquals(kernel.names("/run"), ["theirs"]);
  // Not even made.
  kernel.refuse("mkdir", "ENOSPC", { times: 1 });
  assertThrows(() => ensureMount(kernel, deep), SyscallError, "ENOSPC");
  assertEquals(kernel.names("/run/theirs"), []);
  kernel.mkdir("/run/theirs/made", 0o755);
  kernel.refuse("fsopen", "ENOMEM", { times: 1 });
  assertThrows(() => ensureMount(kernel, deep), SyscallError, "ENOMEM");
  assertEquals(kernel.names("/run/theirs"), ["made"]);
  assertEquals(ensureMount(kernel, deep), "mounted");
});

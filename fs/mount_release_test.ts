// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { HOLDERS_MAX, holderText, mountHolders } from "./mount_holders.ts";
import { releaseMount } from "./mount_release.ts";

const TARGET = "/run/cache";

function kernelWithMount(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.mkdir(TARGET, 0o755);
  kernel.mount({ source: "a", target: TARGET, fstype: "tmpfs", flags: 0n, data: "" });
  return kernel;
}

/** A process with links of /proc. */
function addProcess(kernel: FakeKernel, pid: number, links: Readonly<Record<string, string>>) {
  kernel.addFile(`/proc/${pid}/comm`, `program${pid}\n`);
  kernel.addFile(`/proc/${pid}/maps`, "7f00-7f01 r--p 00000000 00:1f 5   /usr/lib/x.so\n");
  for (const [name, target] of Object.entries({ cwd: "/", root: "/", exe: "/init", ...links })) {
    kernel.addLink(`/proc/${pid}/${name}`, target);
  }
}

Deno.test("mountHolders() finds each way a process holds a mount, and names each process once", () => {
  const kernel = kernelWithMount();
  addProcess(kernel, 10, {});
  addProcess(kernel, 11, { cwd: TARGET, exe: `${TARGET}/program` });
  addProcess(kernel, 12, { root: `${TARGET}/jail` });
  addProcess(kernel, 13, { exe: `${TARGET}/program` });
  addProcess(kernel, 14, { "fd/0": "/dev/null", "fd/3": `${TARGET}/gone (deleted)` });
  addProcess(kernel, 15, { cwd: `${TARGET}s` });
  addProcess(kernel, 16, {});
  kernel.addFile("/proc/16/maps", `7f00-7f01 r--p 00000000 00:1f 5   ${TARGET}/x.so\n`);
  kernel.addFile("/sys/block/loop3/loop/backing_file", `${TARGET}/image\n`);
  kernel.mkdir(`${TARGET}/inner`, 0o755);
  const inner = { source: "b", target: `${TARGET}/inner`, fstype: "tmpfs", flags: 0n, data: "" };
  kernel.mount(inner);
  assertEquals(mountHolders(kernel, TARGET).map(holderText), [
    `mount ${TARGET}/inner`,
    "loop /dev/loop3",
    `program11 (11) by its cwd ${TARGET}`,
    `program12 (12) by its root ${TARGET}/jail`,
    `program13 (13) by its exe ${TARGET}/program`,
    `program14 (14) by its fd ${TARGET}/gone (deleted)`,
    `program16 (16) by its map ${TARGET}/x.so`,
  ]);
});

Deno.test("mountHolders() names a bounded number of them, and needs no /proc", () => {
  const kernel = kernelWithMount();
  for (let pid = 100; pid < 100 + 2 * HOLDERS_MAX; pid++) addProcess(kernel, pid, { cwd: TARGET });
  assertEquals(mountHolders(kernel, TARGET).length, HOLDERS_MAX);
  kernel.refuse("/proc", "ENOENT");
  assertEquals(mountHolders(kernel, TARGET), []);
});

Deno.test("releaseMount() unmounts what nobody uses, and is content where nothing is", () => {
  const kernel = kernelWithMount();
  assertEquals(releaseMount(kernel, TARGET, { force: false }), { state: "gone" });
  assertEquals([...kernel.mountTargets()], []);
  assertEquals(releaseMount(kernel, TARGET, { force: false }), { state: "gone" });
});

Deno.test("releaseMount() names who holds what is busy, and detaches it when forced", () => {
  const kernel = kernelWithMount();
  kernel.writeFile(`${TARGET}/file`, "held", { mode: 0o644 });
  using _held = kernel.openInRoot(TARGET, "/file");
  addProcess(kernel, 11, { "fd/3": `${TARGET}/file` });
  const holders = [{ pid: 11, name: "program11", by: "fd" as const, path: `${TARGET}/file` }];
  assertEquals(releaseMount(kernel, TARGET, { force: false }), { state: "busy", holders });
  assertEquals([...kernel.mountTargets()], [TARGET]);
  assertEquals(releaseMount(kernel, TARGET, { force: true }), { state: "detached", holders });
  assertEquals([...kernel.mountTargets()], []);
});

Deno.test("releaseMount() throws what the kernel refuses for another reason", () => {
  const kernel = kernelWithMount();
  kernel.refuse("umount2", "EPERM");
  assertThrows(() => releaseMount(kernel, TARGET, { force: true }), SyscallError, "EPERM");
});

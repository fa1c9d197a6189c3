// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { MS } from "./kernel/constants.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { EARLY_MOUNTS, mountAll, ROOT_MOUNTS } from "./mount_table.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";

const TABLE = [...EARLY_MOUNTS, ...ROOT_MOUNTS];
const TARGETS = TABLE.map(({ target }) => target);

Deno.test("mountAll() mounts in order and undoes in reverse", () => {
  const kernel = new FakeKernel();
  const undo = mountAll(kernel, TABLE);
  assertEquals([...kernel.mountTargets()], TARGETS);
  undo.dispose();
  assertEquals(kernel.unmounted, TARGETS.toReversed());
});

Deno.test("mountAll() a second time mounts nothing, and its undoing takes nothing away", () => {
  const kernel = new FakeKernel();
  mountAll(kernel, TABLE);
  const mounts = kernel.readText("/proc/self/mountinfo");
  mountAll(kernel, TABLE).dispose();
  assertEquals(kernel.readText("/proc/self/mountinfo"), mounts);
});

Deno.test("mountAll() undoes what came before a refusal, and nothing that was there before", () => {
  const kernel = new FakeKernel();
  mountAll(kernel, EARLY_MOUNTS);
  kernel.refuse("/tmp", "ENOMEM");
  const error = assertThrows(() => mountAll(kernel, TABLE), SyscallError);
  assertEquals(error.message, 'Cannot mkdir "/tmp": ENOMEM (12)');
  assertEquals([...kernel.mountTargets()], EARLY_MOUNTS.map(({ target }) => target));
  assertEquals(kernel.unmounted, ["/run", "/dev/shm", "/dev/pts"]);
});

Deno.test("mountAll() mounts over another file system at the target, below another root too", () => {
  const kernel = new FakeKernel();
  kernel.mkdir("/new", 0o755);
  const [proc] = EARLY_MOUNTS;
  mountAll(kernel, [{ ...proc, source: "tmpfs", fstype: "tmpfs", target: "/new/proc" }]);
  mountAll(kernel, [proc], { root: "/new" });
  assertEquals([...readMounts(kernel)].filter(({ target }) => target === "/new/proc").length, 2);
  assertEquals(topMountAt(readMounts(kernel), "/new/proc")?.fstype, "proc");
});

Deno.test("ROOT_MOUNTS take no devices but terminals, and each tmpfs has a bound", () => {
  const withDevices = TABLE.filter(({ flags }) => (flags & MS.NODEV) === 0n);
  assertEquals(withDevices.map(({ target }) => target), ["/dev", "/dev/pts"]);
  const sizes = ROOT_MOUNTS.filter(({ fstype }) => fstype === "tmpfs").map(({ data }) =>
    Number(/size=(\d+)m$/.exec(data)?.[1])
  );
  assertEquals(sizes.reduce((sum, size) => sum + size, 0), 416);
});

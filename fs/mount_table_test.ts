// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { MS } from "./kernel/constants.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { EARLY_MOUNTS, mountAll, ROOT_MOUNTS } from "./mount_table.ts";
import { mountFaults } from "./mount_policy.ts";
import { VAR_MOUNT } from "./var_volume.ts";
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
  assertEquals(error.message, 'Cannot statx "/tmp": ENOMEM (12)');
  assertEquals([...kernel.mountTargets()], EARLY_MOUNTS.map(({ target }) => target));
  assertEquals(kernel.unmounted, ["/run", "/dev/shm", "/dev/pts"]);
});

Deno.test("mountAll() removes the directories it made when an entry is refused", () => {
  const kernel = new FakeKernel();
  kernel.mkdir("/new", 0o755);
  kernel.refuse("/new/tmp", "EBUSY");
  assertThrows(() => mountAll(kernel, TABLE, { root: "/new" }), SyscallError);
  assertEquals([kernel.names("/new"), [...kernel.mountTargets()]], [[], []]);
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

Deno.test("EARLY_MOUNTS and ROOT_MOUNTS break no rule, and are bounded together", () => {
  for (const { target, fstype, flags, data } of TABLE) {
    const parameters = data === "" ? [] : data.split(",");
    assertEquals(mountFaults({ target, fstype, flags, parameters }), []);
  }
  // Nothing of it may be executed, and devices are in /dev alone.
  assertEquals(TABLE.filter(({ flags }) => (flags & MS.NOEXEC) === 0n), []);
  const withDevices = TABLE.filter(({ flags }) => (flags & MS.NODEV) === 0n);
  assertEquals(withDevices.map(({ target }) => target), ["/dev", "/dev/pts"]);
  const sizes = ROOT_MOUNTS.filter(({ fstype }) => fstype === "tmpfs").map(({ data }) =>
    Number(/size=(\d+)m$/.exec(data)?.[1])
  );
  assertEquals(sizes.reduce((sum, size) => sum + size, 0), 416);
});

Deno.test("ROOT_MOUNTS have namespaces of cgroups hold what is in them", () => {
  const groups = ROOT_MOUNTS.filter(({ fstype }) => fstype === "cgroup2");
  assertEquals(groups.map(({ data }) => data.split(",").includes("nsdelegate")), [true]);
});

Deno.test("VAR_MOUNT keeps to the rules, and only by the reason it gives", () => {
  const { fstype, flags, executable } = VAR_MOUNT;
  const mount = { target: "/var", fstype, flags, parameters: [] };
  assertEquals(mountFaults({ ...mount, executable }), []);
  assertEquals(mountFaults(mount).length, 1);
});

Deno.test("mountFaults() names each rule a mount breaks", () => {
  const good = { target: "/run/a", fstype: "tmpfs", flags: 0xen, parameters: ["size=1m"] };
  assertEquals(mountFaults(good), []);
  assertEquals(mountFaults({ ...good, flags: 0x6n, executable: "tools of a test" }), []);
  assertEquals(mountFaults({ ...good, flags: 0x7n }), []);
  const cases = [
    [{ ...good, flags: 0xcn }, "it must be nosuid"],
    [{ ...good, flags: 0xan }, "it must be nodev: devices are in /dev alone"],
    [{ ...good, fstype: "devpts", flags: 0xan }, "it must be nodev: devices are in /dev alone"],
    [{ ...good, target: "/device", fstype: "devtmpfs", flags: 0xan }, "it must be nodev: devices"],
    [{ ...good, flags: 0x6n }, "it can be written, so it must be noexec, or say why"],
    [{ ...good, parameters: ["mode=0755"] }, "it lies in memory, so it must have a bound"],
    [{ ...good, parameters: ["size=50%"] }, "it lies in memory, so it must have a bound"],
  ] as const;
  for (const [mount, why] of cases) {
    const [fault = "", ...more] = mountFaults(mount);
    assertEquals(more, []);
    assertStringIncludes(fault, `Cannot mount "${mount.target}": ${why}`);
  }
  assertEquals(mountFaults({ ...good, flags: 0n, parameters: [] }).length, 4);
});

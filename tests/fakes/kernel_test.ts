// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";
import { assertRefused } from "../conformance/kernel_bench.ts";
import { plainRequest } from "../conformance/kernel_service_processes.ts";
import { FakeKernel } from "./kernel.ts";
import type { FakeProcess } from "./service_process.ts";

Deno.test("FakeKernel.refuse() refuses by path or call until allowed or done", () => {
  const kernel = new FakeKernel();
  kernel.refuse("/etc", "EIO", { times: 1 });
  const error = assertThrows(() => kernel.names("/etc"), SyscallError);
  assertEquals(error.message, 'Cannot getdents64 "/etc": EIO (5)');
  assertEquals(kernel.names("/etc"), []);
  kernel.refuse("mkdir", "ENOSPC");
  for (const path of ["/a", "/b"]) assertRefused(() => kernel.mkdir(path, 0o755), "ENOSPC");
  kernel.allow("mkdir");
  kernel.mkdir("/a", 0o755);
});

Deno.test("FakeKernel.addDisk() shares bytes between a disk and its partitions", () => {
  const kernel = new FakeKernel();
  const bytes = new Uint8Array(8192);
  kernel.addDisk("/dev/vda", bytes);
  kernel.onRereadPartitions("/dev/vda", () => kernel.addDisk("/dev/vda1", bytes.subarray(4096)));
  {
    using disk = kernel.openBlockDevice("/dev/vda", { access: "read-write" });
    disk.writeAt(4096n, new TextEncoder().encode("XFSB"));
    disk.sync();
    disk.rereadPartitions();
  }
  assertEquals(kernel.synced, ["/dev/vda"]);
  kernel.mkdir("/var", 0o755);
  const xfs = { source: "/dev/vda1", target: "/var", fstype: "xfs", flags: 0n, data: "" };
  kernel.mount(xfs);
  kernel.writeFile("/var/kept", "kept", { mode: 0o644 });
  kernel.unmount("/var");
  kernel.mount(xfs);
  assertEquals(kernel.readText("/var/kept"), "kept");
});

Deno.test("FakeKernel.addFile() is seen before and after its file system is mounted", () => {
  const kernel = new FakeKernel();
  kernel.addFile("/proc/cmdline", "quiet");
  const proc = { source: "proc", target: "/proc", fstype: "proc", flags: 0n, data: "" };
  for (const _ of ["before", "after"]) {
    assertEquals(kernel.readText("/proc/cmdline"), "quiet");
    if (!kernel.mountTargets().has("/proc")) kernel.mount(proc);
  }
  assertRefused(() => kernel.mount(proc), "EBUSY");
});

Deno.test("FakeKernel.moveMount() over the root and changeRoot() switch roots", () => {
  const kernel = new FakeKernel();
  kernel.addImage("/image", { "etc/os-release": "NAME=test\n" });
  kernel.mkdir("/root", 0o755);
  using loop = kernel.attachLoop("/image");
  kernel.mount({ source: loop.path, target: "/root", fstype: "squashfs", flags: 0n, data: "" });
  kernel.moveMount("/root", "/");
  assertEquals(kernel.names("/").includes("image"), true);
  kernel.changeRoot("/..");
  assertEquals(kernel.names("/"), ["etc"]);
});

Deno.test("FakeKernel.reapOrphans() leaves owned children, and listeners hear of each end", () => {
  const kernel = new FakeKernel();
  let heard = 0;
  {
    using _listening = kernel.onChildExit(() => heard++);
    using _owned = kernel.ownChild(7);
    for (const pid of [7, 8]) kernel.endChild(pid);
    assertEquals(kernel.reapOrphans(), 1);
  }
  kernel.endChild(9);
  assertEquals([heard, kernel.reapOrphans()], [2, 2]);
});

Deno.test("FakeKernel.signalAll() ends processes but those that survive the signal", () => {
  const kernel = new FakeKernel();
  kernel.processes.set(20, []).set(21, [15]);
  assertEquals(kernel.signalAll(15), true);
  assertEquals([...kernel.processes.keys()], [21]);
  assertEquals(kernel.signalAll(9), true);
  assertEquals(kernel.signalAll(0), false);
});

Deno.test("FakeKernel.openWatchdog() shows arming, keeping alive and disarming", () => {
  const kernel = new FakeKernel();
  const state = kernel.addWatchdog("/dev/watchdog0", { causedLastReset: true });
  const watchdog = kernel.openWatchdog("/dev/watchdog0", 30);
  watchdog.keepAlive();
  assertEquals(watchdog.causedLastReset, true);
  assertEquals([state.armed, state.kept, state.timeoutSeconds], [true, 1, 30]);
  assertRefused(() => kernel.openWatchdog("/dev/watchdog0", 30), "EBUSY");
  watchdog.disarm();
  assertEquals(state.armed, false);
});

/** A process that does what the test tells it to. */
function startFake(kernel: FakeKernel): FakeProcess {
  kernel.mount({ source: "cgroup2", target: "/sys", fstype: "cgroup2", flags: 0n, data: "" });
  kernel.onProgram("/bin/kept", () => {});
  kernel.startProcess(plainRequest({ cgroup: "/sys" }, ["/bin/kept"]));
  const [started] = kernel.started;
  if (started === undefined) throw new Error("it was not started");
  return started;
}

Deno.test("FakeProcess dies of what it does not ignore, and of SIGKILL", async () => {
  const kernel = new FakeKernel();
  const started = startFake(kernel);
  started.ignored.add(15).add(9);
  kernel.signalProcess(started.pid, 15);
  assertEquals([started.isRunning, started.signals], [true, [15]]);
  assertEquals(kernel.cgroupProcesses("/sys"), [started]);
  assertEquals(kernel.signalAll(9), true);
  assertEquals(await started.ended, { code: 137, signal: "SIGKILL" });
  assertEquals([kernel.signalAll(0), kernel.cgroupProcesses("/sys")], [false, []]);
});

Deno.test("FakeProcess.write() waits while 64 KiB are not read, and for nobody after its reader", async () => {
  const started = startFake(new FakeKernel());
  await started.write("x".repeat(64 * 1024));
  let isWritten = false;
  const waiting = started.write("y").then(() => void (isWritten = true));
  await started.write("other", "stderr");
  assertEquals(isWritten, false);
  const reader = started.stdout.getReader();
  assertEquals((await reader.read()).value?.length, 64 * 1024);
  await waiting;
  await reader.cancel();
  await assertRejects(() => started.write("z"), Error, "EPIPE");
});

Deno.test("FakeProcess keeps its outputs open after its end where it leaves a child", async () => {
  const started = startFake(new FakeKernel());
  started.leavesChild = true;
  started.end({ code: 0 });
  assertEquals(await started.ended, { code: 0, signal: null });
  await started.write("late");
  started.closeOutputs();
  assertEquals(await new Response(started.stdout).text(), "late");
});

// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CGROUP, prepareCgroups } from "../fs/cgroup.ts";
import { APID_CODE_CACHE } from "../fs/code_cache_paths.ts";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { APID_LAUNCH } from "./apid_launch.ts";
import { beginNetworkFace, withHeadStart } from "./head_start.ts";
import { serviceProcesses } from "./services.ts";

const PROGRAM = "/usr/bin/strata";

/** A machine whose cgroups are there, and the agent's file. */
function furnished(): FakeKernel {
  const kernel = new FakeKernel();
  const directories = [CGROUP.root, "/usr/bin", "/usr/lib", "/usr/lib64", "/dev", "/system/run"];
  for (const path of directories) kernel.mkdir(path, 0o755);
  for (const path of ["/dev/null", "/dev/urandom", APID_CODE_CACHE]) kernel.addFile(path, "");
  const { root: target } = CGROUP;
  kernel.mount({ source: "cgroup2", target, fstype: "cgroup2", flags: 0n, data: "" });
  prepareCgroups(kernel);
  kernel.onProgram(PROGRAM, () => {});
  return kernel;
}

Deno.test("beginNetworkFace() begins it in its bounded cgroup, with the directory of its sockets", () => {
  const kernel = furnished();
  const { request, process } = beginNetworkFace(kernel);
  assertEquals(request.cgroup, `${CGROUP.services}/apid`);
  assertEquals(kernel.readText(`${request.cgroup}/memory.max`), "536870912");
  assertEquals(kernel.lstat("/system/run/apid")?.type, "directory");
  assertEquals(kernel.started.map(({ pid, request: { uid } }) => [pid, uid]), [[process.pid, 50]]);
});

Deno.test("withHeadStart() hands the process out once, to who starts the same", () => {
  const kernel = furnished();
  const face = beginNetworkFace(kernel);
  const processes = withHeadStart(serviceProcesses(kernel), face);
  const other = processes.start({ ...face.request, cgroup: `${CGROUP.services}/other` });
  assertNotStrictEquals(other, face.process);
  assertStrictEquals(processes.start({ ...face.request }), face.process);
  assertNotStrictEquals(processes.start({ ...face.request }), face.process);
  assertEquals(kernel.started.map(({ isRunning }) => isRunning), [true, true, true]);
  processes.signal(face.process.pid, 9);
  assertEquals(kernel.started.map(({ isRunning }) => isRunning), [false, true, true]);
});

Deno.test("withHeadStart() kills what was begun where another is to be started", async () => {
  const kernel = furnished();
  const face = beginNetworkFace(kernel);
  const processes = withHeadStart(serviceProcesses(kernel), face);
  const { pid } = processes.start({ ...face.request, oomScoreAdjust: 99 });
  assertEquals((await face.process.ended).signal, "SIGKILL");
  assertEquals(kernel.started.filter(({ isRunning }) => isRunning).map((each) => each.pid), [pid]);
});

Deno.test("beginNetworkFace() tells what is refused, and services start as if it had not been tried", () => {
  const kernel = furnished();
  kernel.refuse("fork", "EAGAIN");
  assertThrows(() => beginNetworkFace(kernel), SyscallError, "EAGAIN");
  assertEquals(kernel.started, []);
  const processes = withHeadStart(serviceProcesses(kernel), undefined);
  const request = { ...APID_LAUNCH, cgroup: `${CGROUP.services}/apid` };
  assertThrows(() => processes.start(request), SyscallError, "EAGAIN");
});

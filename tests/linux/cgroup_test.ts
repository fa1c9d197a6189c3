/** Control groups of this Linux, as far as it lends them out: every one can kill, and count processors. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertGreater } from "@std/assert";
// @ts-types="types/std_path_posix.d.ts"
import { dirname } from "@std/path/posix";
import {
  cgroupEmpty,
  cgroupUsage,
  killCgroup,
  makeCgroup,
  prepareCgroups,
  removeCgroup,
} from "../../fs/cgroup.ts";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import type { RunningProcess } from "../../fs/kernel/process_calls.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { outcome, plainRequest } from "../conformance/kernel_service_processes.ts";
import { plantLauncher } from "./launcher_file.ts";
import { linuxBench } from "./linux_bench.ts";
import { insideNamespaces } from "./namespaces.ts";

const test = insideNamespaces(
  import.meta.url,
  () => openLinux({ bind: "at once", launcher: plantLauncher() }),
);

/** Starts a shell in a group and waits until it says that it is ready. */
async function startedIn(kernel: Kernel, cgroup: string, script: string): Promise<RunningProcess> {
  const command = ["/bin/sh", "-c", script];
  const running = kernel.startProcess(plainRequest({ cgroup }, command));
  const reader = running.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "ready\n");
  reader.releaseLock();
  return running;
}

function pids(kernel: Kernel, cgroup: string): string[] {
  return kernel.readText(`${cgroup}/cgroup.procs`).split("\n").slice(0, -1);
}

test("killCgroup() reaches what left its session and its parent", async (kernel) => {
  using bench = linuxBench(kernel);
  const cgroup = `${bench.cgroup}/forks`;
  makeCgroup(kernel, cgroup, {});
  const away = "(trap '' HUP TERM; setsid sleep infinity) & (sleep infinity &) ;";
  const running = await startedIn(kernel, cgroup, `${away} sleep infinity & echo ready; exit 3`);
  assertEquals((await running.ended).code, 3);
  assertGreater(pids(kernel, cgroup).length, 2);
  await killCgroup(kernel, cgroup);
  assertEquals(pids(kernel, cgroup), []);
  // Who had the outputs is gone, so that they end.
  assertEquals((await outcome(running)).stdout, "");
  while (kernel.reapOrphans() > 0);
  removeCgroup(kernel, cgroup);
});

test("killCgroup() ends what is stopped, frozen or makes processes all the time", async (kernel) => {
  using bench = linuxBench(kernel);
  using _reaping = kernel.onChildExit(() => kernel.reapOrphans());
  const scripts = {
    stopped: "echo ready; kill -STOP $$",
    frozen: "echo ready; sleep infinity",
    forking: "echo ready; while :; do : & wait; done",
  };
  for (const [name, script] of Object.entries(scripts)) {
    const cgroup = `${bench.cgroup}/${name}`;
    makeCgroup(kernel, cgroup, {});
    const running = await startedIn(kernel, cgroup, script);
    if (name === "frozen") {
      kernel.writeFile(`${cgroup}/cgroup.freeze`, "1", { mode: 0o644, direct: true });
    }
    await killCgroup(kernel, cgroup);
    assertEquals([name, (await outcome(running)).signal], [name, "SIGKILL"]);
    removeCgroup(kernel, cgroup);
  }
});

test("cgroupEmpty() waits for the last of a group", async (kernel) => {
  using bench = linuxBench(kernel);
  const cgroup = `${bench.cgroup}/last`;
  makeCgroup(kernel, cgroup, {});
  const running = await startedIn(kernel, cgroup, "sleep infinity & echo ready; exit 0");
  assertEquals((await running.ended).code, 0);
  let isEmpty = false;
  const waiting = cgroupEmpty(kernel, cgroup).then(() => void (isEmpty = true));
  const [last = ""] = pids(kernel, cgroup);
  assertEquals(isEmpty, false);
  Deno.kill(Number(last), "SIGKILL");
  await waiting;
  assertEquals(pids(kernel, cgroup), []);
  await outcome(running);
  while (kernel.reapOrphans() > 0);
});

test("cgroupUsage() counts processors, for a group that ended too", async (kernel) => {
  using bench = linuxBench(kernel);
  const cgroup = `${bench.cgroup}/busy`;
  makeCgroup(kernel, cgroup, {});
  const before = cgroupUsage(kernel, cgroup);
  assertEquals(before, { memoryBytes: 0n, cpuUs: 0n, processes: 0, oomKills: 0n });
  const script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done";
  await outcome(kernel.startProcess(plainRequest({ cgroup }, ["/bin/sh", "-c", script])));
  assertGreater(Number(cgroupUsage(kernel, cgroup).cpuUs), 0);
});

test("prepareCgroups() moves this process into a group of its own, and again", (kernel) => {
  using bench = linuxBench(kernel);
  const root = bench.cgroup;
  const at = { root, own: `${root}/init`, services: `${root}/system` };
  const before = kernel.readText("/proc/self/cgroup").trimEnd().split("\n").at(-1) ?? "";
  try {
    for (const _ of ["first", "again"]) {
      prepareCgroups(kernel, at);
      assertEquals(pids(kernel, at.own), [`${Deno.pid}`]);
      assertEquals(kernel.lstat(at.services)?.type, "directory");
    }
    const known = kernel.readText(`${at.services}/cgroup.controllers`).trim().split(" ");
    const enabled = kernel.readText(`${at.services}/cgroup.subtree_control`).trim().split(" ");
    const wanted = known.filter((each) => ["memory", "pids", "cpu", "io"].includes(each));
    assertEquals(enabled.filter((each) => each !== "").sort(), wanted.sort());
  } finally {
    const home = `${dirname(root)}${before.slice("0::".length)}`;
    kernel.writeFile(`${home}/cgroup.procs`, "0", { mode: 0o644, direct: true });
  }
  assert(!kernel.readText("/proc/self/cgroup").includes("/init"));
});

/** Services on this Linux: what programs of the host do to their supervisor, and what is left of them. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertGreater } from "@std/assert";
import type { Kernel } from "../../fs/kernel/kernel.ts";
import { openLinux } from "../../fs/kernel/linux.ts";
import { healthProbe } from "../../roles/health_probes.ts";
import { serviceCgroups } from "../../roles/service_cgroups.ts";
import { serviceConditions } from "../../roles/service_conditions.ts";
import { serviceProcesses } from "../../roles/services.ts";
import { LOG_BYTES_MAX } from "../../runtime/controllers/services/service_log.ts";
import type { ServiceView } from "../../runtime/controllers/services/service_view.ts";
import { Supervisor } from "../../runtime/controllers/services/supervisor.ts";
import { ServiceRestart, ServiceState } from "../../runtime/resources/service.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { FakeLog } from "../fakes/log.ts";
import { specOf } from "../fakes/services.ts";
import { plantLauncher } from "./launcher_file.ts";
import { linuxBench } from "./linux_bench.ts";
import { insideNamespaces } from "./namespaces.ts";

const { RUNNING, STOPPING, FINISHED, FAILED } = ServiceState;
const NEVER = ServiceRestart.NEVER;

const test = insideNamespaces(
  import.meta.url,
  () => openLinux({ bind: "at once", launcher: plantLauncher() }),
);

/** What a test may say of a service besides its script. */
type Wish = {
  readonly command?: string[];
  readonly restart?: ServiceRestart;
  readonly stopTimeoutMs?: number;
};

/** One service, `a`, and what there is of it. */
class Bench implements AsyncDisposable {
  readonly kernel: Kernel;
  readonly supervisor: Supervisor;
  readonly #bench: ReturnType<typeof linuxBench>;
  readonly #reaping: Disposable;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.#bench = linuxBench(kernel);
    this.#reaping = kernel.onChildExit(() => kernel.reapOrphans());
    const [clock, random] = [systemClock(), systemRandom()];
    this.supervisor = new Supervisor({
      processes: serviceProcesses(kernel),
      cgroups: serviceCgroups(kernel, this.#bench.cgroup),
      conditions: serviceConditions(kernel, () => []),
      probe: healthProbe({ kernel, clock, random }),
      clock,
      random,
      log: new FakeLog(),
    });
  }

  /** Wishes for a shell with this script. */
  wish(script: string, more: Wish = {}): void {
    const environment = ["PATH=/usr/bin:/bin"];
    // The host may lend fewer than a machine has.
    const limits = { openFilesMax: 256 };
    const spec = specOf({ command: ["/bin/sh", "-c", script], environment, limits, ...more });
    this.supervisor.apply(new Map([["a", spec]]));
  }

  get runner() {
    const runner = this.supervisor.runner("a");
    if (runner === undefined) throw new Error("there is no service");
    return runner;
  }

  async becomes(wanted: (view: ServiceView) => boolean): Promise<ServiceView> {
    while (!wanted(this.runner.view)) {
      await new Promise<void>((resolve) => {
        const following = this.supervisor.onTouch(() => {
          following[Symbol.dispose]();
          resolve();
        });
      });
    }
    return this.runner.view;
  }

  /** Resolves when the service has said that it is ready as often. */
  async ready(times = 1): Promise<void> {
    let text = "";
    const { signal } = new AbortController();
    for await (const records of this.runner.log.read({ follow: true, signal })) {
      text += records.map(({ lines }) => new TextDecoder().decode(lines)).join("");
      if (text.split("ready\n").length > times) return;
    }
  }

  /** Stops its process, and waits until it stands still: a signal that comes sooner is not held back. */
  async stopProcess(): Promise<void> {
    const { pid } = this.runner.view;
    Deno.kill(pid, "SIGSTOP");
    const status = `/proc/${pid}/status`;
    while (!/^State:\tT/m.test(this.kernel.readText(status))) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** Pids in the cgroup of the service; none where that is gone. */
  get pids(): readonly string[] {
    const path = `${this.#bench.cgroup}/a`;
    if (this.kernel.lstat(path) === undefined) return [];
    return this.kernel.readText(`${path}/cgroup.procs`).split("\n").filter((pid) => pid !== "");
  }

  /** Names of cgroups that are there. */
  get groups(): readonly string[] {
    const { cgroup } = this.#bench;
    return this.kernel.names(cgroup).filter((name) =>
      this.kernel.lstat(`${cgroup}/${name}`)?.type === "directory"
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    assertEquals(await this.supervisor.stopAll(5_000), []);
    while (this.kernel.reapOrphans() > 0);
    this.#reaping[Symbol.dispose]();
    this.#bench[Symbol.dispose]();
  }
}

test("Supervisor starts again what somebody killed, and nothing of the first is left", async (kernel) => {
  await using it = new Bench(kernel);
  it.wish("(trap '' TERM HUP; setsid sleep infinity) & sleep infinity & echo ready; wait");
  await it.ready();
  const before = it.pids;
  assertGreater(before.length, 2);
  Deno.kill(it.runner.view.pid, "SIGKILL");
  const { lastExit } = await it.becomes(({ lastExit }) => lastExit !== undefined);
  assertEquals([lastExit?.signal, lastExit?.lastLine], ["SIGKILL", "ready"]);
  assertEquals(it.pids, []);
  await it.ready(2);
  assertEquals(it.pids.some((pid) => before.includes(pid)), false);
});

test("Supervisor ends who refuses SIGTERM, and who is stopped, when their time is over", async (kernel) => {
  const scripts = {
    deaf: "trap '' TERM; echo ready; while :; do sleep 1; done",
    stopped: "echo ready; sleep infinity & wait",
  };
  for (const [name, script] of Object.entries(scripts)) {
    await using it = new Bench(kernel);
    it.wish(script, { stopTimeoutMs: 100 });
    await it.ready();
    if (name === "stopped") await it.stopProcess();
    it.runner.stop();
    await it.becomes(({ state }) => state === STOPPING);
    const { lastExit } = await it.becomes(({ state }) => state === FINISHED);
    assertEquals([name, lastExit?.signal], [name, "SIGKILL"]);
    assertEquals(it.groups, []);
  }
});

test("Supervisor tells code, last line and missing programs of services that end", async (kernel) => {
  await using it = new Bench(kernel);
  it.wish("echo first; printf 'the last' >&2; exit 3", { restart: NEVER });
  const { message, lastExit } = await it.becomes(({ state }) => state === FAILED);
  assertEquals([message, lastExit?.code], ["ended with code 3", 3]);
  it.wish("", { command: ["/missing/program"], restart: NEVER });
  const missing = await it.becomes(({ message }) => message.startsWith("could"));
  assertEquals(
    missing.message,
    'could not be started: Cannot execve "/missing/program": ENOENT (2)',
  );
  assertEquals(it.groups, []);
});

test("Supervisor keeps the log of endless output in its bound, and its own turns", async (kernel) => {
  await using it = new Bench(kernel);
  it.wish("exec yes 'a line of some forty characters, and more'");
  await it.becomes(({ state }) => state === RUNNING);
  let turns = 0;
  while (it.runner.log.lineCount < 1_000_000) {
    turns++;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  // Some 90 KiB at most between two turns of others.
  assertGreater(turns, 100);
  assertEquals(it.runner.log.memoryBytes <= LOG_BYTES_MAX, true);
  it.runner.stop();
  await it.becomes(({ state }) => state === FINISHED);
});

test("Supervisor leaves no descriptor, process or cgroup of 200 restarts", async (kernel) => {
  await using it = new Bench(kernel);
  it.wish("echo ready; sleep infinity & exit 4", { restart: NEVER });
  await it.becomes(({ state }) => state === FAILED);
  const count = () => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = count();
  for (let times = 1; times <= 200; times++) {
    it.runner.start();
    await it.becomes(({ state, restarts }) => state === FAILED && restarts === times);
  }
  assertEquals(it.runner.view.lastExit?.code, 4);
  assertEquals(it.groups, []);
  assertEquals(count(), before);
  while (kernel.reapOrphans() > 0);
  const children = await Deno.readTextFile(`/proc/self/task/${Deno.pid}/children`);
  assertEquals(children.trim(), "");
});

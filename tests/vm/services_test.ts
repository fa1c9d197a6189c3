/** Services that misbehave in every way: the machine stays up, says what happened, and nothing of them is left. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createResource, machineStatusOf, resource, strata, until } from "./asking.ts";
import { bootMachine, makeDisk, type TestMachine } from "./machine.ts";
import { probe } from "./probe_client.ts";

const KIND = "runtime/ServiceSpecs.runtime.strata";
const STATUSES = "runtime/ServiceStatuses.runtime.strata";
const PROGRAM = "/usr/lib/probe/service";

/** Restarts by an operator in the test for leaks. */
const RESTARTS = 200;

type Spec = Readonly<Record<string, unknown>>;

async function give(machine: TestMachine, id: string, act: string, more: Spec = {}): Promise<void> {
  const command = [PROGRAM, ...act.split(" ")];
  await createResource(machine, KIND, { id, spec: { command, stopTimeoutMs: 1000, ...more } });
}

async function withdraw(machine: TestMachine, id: string): Promise<void> {
  const response = await machine.http(`/api/v1/resources/${KIND}/${id}?wait=60`, {
    method: "DELETE",
  });
  assertEquals(response.status, 204, await response.text());
}

async function statusOf(machine: TestMachine, id: string): Promise<Spec | undefined> {
  const response = await machine.http(`/api/v1/resources/${STATUSES}/${id}`);
  const body = await response.json();
  return response.status === 200 ? body.spec : undefined;
}

/** Waits until what is told of a service holds. */
async function untilStatus(
  machine: TestMachine,
  id: string,
  holds: (status: Spec) => boolean,
): Promise<Spec> {
  let last: Spec | undefined;
  try {
    return await until(`service ${id}`, async () => {
      last = await statusOf(machine, id);
      return last !== undefined && holds(last) ? last : undefined;
    });
  } catch (error) {
    throw new Error(`it is ${JSON.stringify(last)}`, { cause: error });
  }
}

/** Names in a directory of the machine. */
async function names(machine: TestMachine, path: string): Promise<readonly string[]> {
  const { error, value } = await probe(machine, { act: "names", path });
  assert(error === "" && Array.isArray(value), `${path}: ${error}`);
  return value;
}

/** What a service could leave behind: processes, cgroups, descriptors of the agent. */
async function left(machine: TestMachine): Promise<Readonly<Record<string, number>>> {
  const { messages } = await call(machine, "Processes", {});
  const groups = await names(machine, "/sys/fs/cgroup/system");
  return {
    // Threads of the kernel have no program.
    processes: messages[0].processes.filter((each: Spec) => "executable" in each).length,
    cgroups: groups.filter((name) => !name.includes(".")).length,
    descriptors: (await names(machine, "/proc/1/fd")).length,
  };
}

// deno-lint-ignore no-explicit-any -- JSON of another's making
async function call(machine: TestMachine, method: string, body: Spec): Promise<any> {
  const answer = await machine.http(`/machine.MachineService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assertEquals(answer.status, 200, text);
  return JSON.parse(text);
}

/** Connections of who asks come and go: what 200 restarts leave behind is more. */
const DESCRIPTORS_MORE = 8;

function assertSameLeft(
  { descriptors: now = 0, ...rest }: Readonly<Record<string, number>>,
  { descriptors: then = 0, ...same }: Readonly<Record<string, number>>,
): void {
  assertEquals(rest, same);
  assert(now - then < DESCRIPTORS_MORE, `${now} descriptors, ${then} before`);
}

const exitOf = (status: Spec): Spec => status["lastExit"] as Spec ?? {};
const isRunning = (status: Spec): boolean => status["state"] === "STATE_RUNNING";

Deno.test("services that misbehave leave the machine up and nothing behind, and their status says what happened", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "strata-services-" });
  const disks = [await makeDisk(`${dir}/data.img`)];
  await using machine = await bootMachine({ image: "dist/probe-image", dir, disks });
  const before = await left(machine);

  await t.step("one that is killed is started again, and its status names the signal", async () => {
    await give(machine, "killed", "kill");
    const status = await untilStatus(machine, "killed", (it) => Number(it["restarts"]) >= 2);
    assertEquals(exitOf(status)["signal"], "SIGKILL");
    assertStringIncludes(String(exitOf(status)["lastLine"]), "kill ");
    await withdraw(machine, "killed");
  });

  await t.step("one that ends at its start backs off, and is told with its code", async () => {
    await give(machine, "brief", "exit 3");
    const status = await untilStatus(machine, "brief", (it) => Number(it["restarts"]) >= 2);
    assertEquals(exitOf(status)["code"], 3);
    await give(machine, "once", "exit 3", { restart: "RESTART_NEVER" });
    await untilStatus(machine, "once", (it) => it["state"] === "STATE_FAILED");
    await give(machine, "done", "exit 0", { restart: "RESTART_ON_FAILURE" });
    await untilStatus(machine, "done", (it) => it["state"] === "STATE_FINISHED");
    for (const id of ["brief", "once", "done"]) await withdraw(machine, id);
  });

  await t.step(
    "one that takes all memory is killed at its bound, and the status says of what",
    async () => {
      await give(machine, "greedy", "memory", { limits: { memoryMax: String(16 * 1024 ** 2) } });
      const status = await untilStatus(machine, "greedy", (it) => Number(it["restarts"]) >= 1);
      assertEquals(exitOf(status)["outOfMemory"], true, JSON.stringify(status));
      await withdraw(machine, "greedy");
    },
  );

  await t.step("a fork bomb stays within its bound and is gone as a whole", async () => {
    await give(machine, "bomb", "forks", { limits: { processesMax: 64 } });
    await untilStatus(machine, "bomb", isRunning);
    await until("64 processes", async () => {
      const { stdout } = await strata(machine, "read", "/sys/fs/cgroup/system/bomb/pids.current");
      return stdout.trim() === "64" ? true : undefined;
    });
    await machine.waitOk("/readyz");
    await withdraw(machine, "bomb");
  });

  await t.step("endless output without the end of a line holds up nobody", async () => {
    await give(machine, "loud", "output");
    await untilStatus(machine, "loud", isRunning);
    for (let asked = 0; asked < 10; asked++) {
      assertEquals((await machineStatusOf(machine))["ready"], true);
    }
    const { stdout } = await strata(machine, "logs", "loud", "--tail", "1");
    assertMatch(stdout, /x{1000}/);
    await withdraw(machine, "loud");
  });

  await t.step(
    "one that refuses SIGTERM is killed at its deadline, and so is one that was stopped",
    async () => {
      for (const act of ["stubborn", "stopped"]) {
        await give(machine, act, act);
        await untilStatus(machine, act, isRunning);
        await withdraw(machine, act);
      }
    },
  );

  await t.step("grandchildren that nobody waits for go with their service", async () => {
    await give(machine, "parent", "orphans", { restart: "RESTART_NEVER" });
    const status = await untilStatus(machine, "parent", (it) => it["state"] === "STATE_FAILED");
    assertEquals(exitOf(status)["code"], 7);
    await withdraw(machine, "parent");
  });

  await t.step("a cycle of dependencies is refused by name", async () => {
    await give(machine, "hen", "wait", { dependencies: { services: ["egg"] } });
    await give(machine, "egg", "wait", { dependencies: { services: ["hen"] } });
    const status = await untilStatus(machine, "egg", (it) => it["state"] === "STATE_FAILED");
    assertMatch(String(status["message"]), /hen.*egg|egg.*hen/);
    for (const id of ["hen", "egg"]) await withdraw(machine, id);
  });

  await t.step("one that cannot be started says at which step", async () => {
    await createResource(machine, KIND, {
      id: "absent",
      spec: { command: ["/usr/bin/absent"], restart: "RESTART_NEVER" },
    });
    const status = await untilStatus(machine, "absent", (it) => it["state"] === "STATE_FAILED");
    assertMatch(String(status["message"]), /execve.*\/usr\/bin\/absent.*ENOENT|ENOENT.*execve/);
    await withdraw(machine, "absent");
  });

  await t.step("a health check that hangs is unhealthy, and who depends on it waits", async () => {
    const health = { command: [PROGRAM, "wait"], initialDelayMs: 1, periodMs: 500, timeoutMs: 500 };
    await give(machine, "ill", "wait", { health });
    await give(machine, "waiting", "wait", { dependencies: { services: ["ill"] } });
    await untilStatus(machine, "ill", (it) => it["health"] === "HEALTH_UNHEALTHY");
    const status = await untilStatus(machine, "waiting", (it) => it["state"] === "STATE_WAITING");
    assertStringIncludes(String(status["message"]), "ill");
    for (const id of ["waiting", "ill"]) await withdraw(machine, id);
  });

  await t.step("200 restarts leave no process, cgroup or descriptor behind", async () => {
    await give(machine, "again", "wait", { operable: true });
    await untilStatus(machine, "again", isRunning);
    const at = await left(machine);
    for (let count = 1; count <= RESTARTS; count++) {
      const pid = (await statusOf(machine, "again"))?.["pid"];
      await call(machine, "ServiceRestart", { id: "again" });
      await untilStatus(machine, "again", (it) => isRunning(it) && it["pid"] !== pid);
    }
    const now = await left(machine);
    await withdraw(machine, "again");
    assertSameLeft(now, at);
  });

  await t.step("nothing of all of it is left", async () => {
    assertSameLeft(await left(machine), before);
    assertEquals((await probe(machine, { act: "zombies" })).error, "");
    assertEquals(
      (await resource(machine, "runtime/MachineStatuses.runtime.strata/machine")).spec["ready"],
      true,
    );
  });
  await machine.stop();
  await Deno.remove(dir, { recursive: true });
});

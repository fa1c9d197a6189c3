/** Controllers of the test image that crash, throw and hang: the machine stays up, and says what happens to it. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { giveHost, machineStatusOf, readFile, strata, until } from "./asking.ts";
import { type Fault, FAULTS, faultyName } from "./faults.ts";
import { bootMachine, makeDisk, type TestMachine } from "./machine.ts";
import { probe } from "./probe_client.ts";

/** Failures waited for: their back-offs are some 0.5, 0.75 and 1.1 seconds long. */
const CRASHES = 3;

/** What the console says of a failure, and when it is tried again. */
const FAILED = /test\.Faulty(\w+)Controller: controller failed .*retryMs=(\d+)$/gm;

/** A controller, as GET /api/v1/graph has it. */
interface Shown {
  readonly name: string;
  readonly phase: string;
  readonly runs: string;
  readonly crashes: string;
  readonly wakeups: string;
  readonly lastError: string;
  readonly wokenBy?: { readonly id: string };
}

async function shown(machine: TestMachine, fault: Fault): Promise<Shown> {
  const response = await machine.http("/api/v1/graph");
  const { controllers } = await response.json() as { readonly controllers: readonly Shown[] };
  const found = controllers.find(({ name }) => name === faultyName(fault));
  assert(found !== undefined, `the graph lacks ${faultyName(fault)}`);
  return found;
}

async function request(machine: TestMachine, fault: Fault): Promise<void> {
  const path = `/api/v1/resources/${FAULTS.namespace}/${FAULTS.type}`;
  const response = await machine.http(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ metadata: { id: fault }, spec: { yaml: "" } }),
  });
  assertEquals(response.status, 201, await response.text());
}

async function withdraw(machine: TestMachine, fault: Fault): Promise<void> {
  const path = `/api/v1/resources/${FAULTS.namespace}/${FAULTS.type}/${fault}`;
  assertEquals((await machine.http(path, { method: "DELETE" })).status, 204);
}

/** The number of a controller on a line of /metrics. */
async function metric(machine: TestMachine, name: string, fault: Fault): Promise<number> {
  const text = await (await machine.http("/metrics")).text();
  const line = text.split("\n").find((each) =>
    each.startsWith(`${name}{controller="${faultyName(fault)}"} `)
  );
  return Number(line?.split(" ").at(-1));
}

/** The machine does what it is for: probes are answered, and files of /etc follow their resource. */
async function assertAtWork(machine: TestMachine, address: string): Promise<void> {
  await machine.waitOk("/readyz");
  assertEquals((await machineStatusOf(machine))["stage"], "STAGE_RUNNING");
  assertEquals((await probe(machine, { act: "zombies" })).error, "");
  const name = `at-${address}`;
  await giveHost(machine, name, address);
  await until("the new /etc/hosts", async () => {
    const hosts = await readFile(machine, "/etc/hosts");
    return hosts.includes(`\n${address} ${name}\n`) ? true : undefined;
  });
}

Deno.test("controllers that crash, throw and hang leave the machine up, and show in graph and metrics", async (t) => {
  const dir = await Deno.makeTempDir({ prefix: "strata-graph-" });
  const disks = [await makeDisk(`${dir}/data.img`)];
  const machine = await bootMachine({ image: "dist/probe-image", dir, disks });

  await t.step("what crashes and what throws is run again, later each time", async () => {
    await request(machine, "crash");
    await request(machine, "throw");
    for (
      const [fault, words] of [["crash", "Maximum call stack"], ["throw", "thrown by"]] as const
    ) {
      const { phase, runs, lastError, wokenBy } = await until(
        `${CRASHES} of ${fault}`,
        async () => {
          const found = await shown(machine, fault);
          return Number(found.crashes) >= CRASHES && found.phase === "PHASE_BACKING_OFF"
            ? found
            : undefined;
        },
      );
      assertEquals([phase, wokenBy?.id, Number(runs) >= CRASHES], [
        "PHASE_BACKING_OFF",
        fault,
        true,
      ]);
      assertStringIncludes(lastError, words);
      assert(await metric(machine, "strata_controller_crashes_total", fault) >= CRASHES);
    }
    const said = [...(await machine.console()).matchAll(FAILED)];
    for (const name of ["Crash", "Throw"]) {
      const waits = said.filter(([, who]) => who === name).map(([, , ms]) => Number(ms));
      assert(waits.length >= CRASHES, `${name}: ${waits}`);
      for (const [index, ms] of waits.slice(0, CRASHES).entries()) {
        const middle = 500 * 1.5 ** index;
        assert(ms >= middle * 0.5 - 1 && ms <= middle * 1.5 + 1, `${name} ${index}: ${ms} ms`);
      }
    }
    await assertAtWork(machine, "192.0.2.1");
  });

  await t.step("what hangs hangs alone", async () => {
    await request(machine, "hang");
    const { phase, runs, crashes } = await until("the hanging turn", async () => {
      const found = await shown(machine, "hang");
      return found.wokenBy?.id === "hang" ? found : undefined;
    });
    assertEquals([phase, runs, crashes], ["PHASE_RUNNING", "1", "0"]);
    assertEquals(await metric(machine, "strata_controller_crashes_total", "hang"), 0);
    await assertAtWork(machine, "192.0.2.2");
  });

  await t.step("they work again when the cause is gone, all but the one that hangs", async () => {
    for (const fault of ["crash", "throw", "hang"] as const) await withdraw(machine, fault);
    for (const fault of ["crash", "throw"] as const) {
      await until(`${fault} at work`, async () => {
        return (await shown(machine, fault)).phase === "PHASE_RUNNING" ? true : undefined;
      });
    }
    const { phase, wakeups } = await shown(machine, "hang");
    // The first turn found nothing to do; the second one hangs.
    assertEquals([phase, wakeups], ["PHASE_RUNNING", "2"]);
  });

  await t.step("why /etc/hosts is as it is leads back to the call", async () => {
    const response = await machine.http("/api/v1/why/fs/EtcFileStatuses.fs.strata/hosts");
    const { steps, end } = await response.json();
    assertEquals([response.status, end], [200, "END_ORIGIN"]);
    const actors = steps.map((step: Readonly<Record<string, string>>) => step["actor"]);
    assertEquals(actors, ["fs.EtcFileController", "fs.HostsFileController", "os:admin"]);
    assertStringIncludes(JSON.stringify(steps[1].write), '"id":"hosts"');
    assertMatch(steps[2].request, /^POST [0-9a-f]{8}$/);
    assertStringIncludes(JSON.stringify(steps[2].write), '"id":"at-192.0.2.2"');
  });

  await t.step("the end is in order, though one hangs", async () => {
    assertEquals((await strata(machine, "shutdown")).code, 0);
    assertEquals(await machine.waitExit(), 0);
    assertStringIncludes(await machine.console(), "reboot: power-off");
  });

  await machine[Symbol.asyncDispose]();
  await Deno.remove(dir, { recursive: true });
});

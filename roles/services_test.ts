// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { CGROUP, prepareCgroups } from "../fs/cgroup.ts";
import type { ServiceStatus } from "../proto/gen/strata/runtime/v1/service_pb.ts";
import type { SpecInit } from "../runtime/core/spec_init.ts";
import { watchFor } from "../runtime/core/watch_for.ts";
import { serviceSpec, ServiceState, serviceStatus } from "../runtime/resources/service.ts";
import { type House, house } from "../tests/fakes/engine_house.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { FakeRandom } from "../tests/fakes/random.ts";
import { type Services, startServices } from "./services.ts";

const { WAITING, RUNNING, FAILED } = ServiceState;
const SPECS = { namespace: "runtime", type: serviceSpec.type };
const STATUSES = { namespace: "runtime", type: serviceStatus.type };

interface Bench extends AsyncDisposable {
  readonly kernel: FakeKernel;
  readonly place: House;
  readonly services: Services;
  wish(id: string, init?: SpecInit<typeof serviceSpec>): Promise<void>;
  status(id: string, wanted: (status: ServiceStatus) => boolean): Promise<ServiceStatus>;
}

/** A machine whose services are programs at /bin. */
async function bench(): Promise<Bench> {
  const kernel = new FakeKernel();
  kernel.mkdir(CGROUP.root, 0o755);
  kernel.mount({
    source: "cgroup2",
    target: CGROUP.root,
    fstype: "cgroup2",
    flags: 0n,
    data: "",
  });
  prepareCgroups(kernel);
  kernel.mkdir("/bin", 0o755);
  kernel.onProgram("/bin/service", () => {});
  const place = house();
  const { engine, clock, log } = place;
  const services = await startServices({ engine, clock, log, random: new FakeRandom() }, kernel);
  place.start();
  return {
    kernel,
    place,
    services,
    async wish(id, init = {}) {
      const wanted = serviceSpec.newResource(id, { command: ["/bin/service"], ...init });
      await place.state.modify(wanted, (current) => ({ ...current, spec: wanted.spec }));
    },
    async status(id, wanted) {
      const found = await watchFor(place.state, { ...STATUSES, id }, {
        events: ["created", "updated"],
        predicate: (each) => serviceStatus.is(each) && wanted(each.spec),
      });
      if (!serviceStatus.is(found)) throw new Error("it is no ServiceStatus");
      return found.spec;
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

Deno.test("startServices() runs a service in its cgroup, and takes both away with its spec", async () => {
  await using it = await bench();
  const limits = { memoryMax: 1n << 24n, memoryMin: 1n << 20n, processesMax: 5, cpuMax: 500 };
  await it.wish("etcd", { limits });
  const { pid } = await it.status("etcd", ({ state }) => state === RUNNING);
  const [process] = it.kernel.cgroupProcesses(`${CGROUP.services}/etcd`);
  assertEquals(process?.pid, pid);
  const files = ["memory.max", "memory.min", "pids.max", "cpu.max"].map((name) =>
    it.kernel.readText(`${CGROUP.services}/etcd/${name}`).trim()
  );
  assertEquals(files, ["16777216", "1048576", "5", "50000 100000"]);
  await it.wish("etcd", { limits: { ...limits, processesMax: 6 } });
  while (it.kernel.readText(`${CGROUP.services}/etcd/pids.max`) !== "6") {
    await it.place.clock.advance(0);
  }
  assertEquals(it.kernel.started.length, 1);
  await it.place.state.teardownAndDestroy({ ...SPECS, id: "etcd" });
  assertEquals(process?.signals[0], 15);
  assertEquals(it.kernel.lstat(`${CGROUP.services}/etcd`), undefined);
});

Deno.test("startServices() tells by the status that a program is missing", async () => {
  await using it = await bench();
  await it.wish("etcd", { command: ["/bin/missing"], restart: 3 });
  const { message, lastExit } = await it.status("etcd", ({ state }) => state === FAILED);
  assertStringIncludes(message, 'could not be started: Cannot execve "/bin/missing": ENOENT (2)');
  assertEquals(lastExit?.code, 127);
  assertEquals(it.kernel.lstat(`${CGROUP.services}/etcd`), undefined);
});

Deno.test("startServices() kills with the cgroup who is deaf to its signal", async () => {
  await using it = await bench();
  await it.wish("etcd", { stopTimeoutMs: 1_000 });
  await it.status("etcd", ({ state }) => state === RUNNING);
  const [process] = it.kernel.started;
  process?.ignored.add(15);
  const ended = it.services.stopAll(10_000);
  while (process?.isRunning) await it.place.clock.advance(100);
  assertEquals(await ended, []);
  assertEquals(process?.signals, [15, 9]);
});

Deno.test("startServices() tells a kill for want of memory", async () => {
  await using it = await bench();
  await it.wish("etcd");
  await it.status("etcd", ({ state }) => state === RUNNING);
  const events = `${CGROUP.services}/etcd/memory.events`;
  it.kernel.writeFile(events, "oom 1\noom_kill 1\n", { mode: 0o644, direct: true });
  it.kernel.started[0]?.end({ signal: 9 });
  const { lastExit } = await it.status("etcd", ({ state }) => state === WAITING);
  assertEquals(lastExit?.outOfMemory, true);
  assertEquals(lastExit?.signal, "SIGKILL");
});

Deno.test("startServices() asks health by a program of the machine", async () => {
  await using it = await bench();
  let code = 1;
  it.kernel.onTool("/bin/check", () => ({ code, stderr: "no leader\n" }));
  await it.wish("etcd", { health: { command: ["/bin/check"] } });
  await it.status("etcd", ({ state }) => state === RUNNING);
  await it.place.clock.advance(1_000);
  const ill = await it.status("etcd", ({ healthMessage }) => healthMessage !== "");
  assertEquals(ill.healthMessage, "it ended with code 1: no leader");
  code = 0;
  await it.place.clock.advance(5_000);
  await it.status("etcd", ({ healthMessage }) => healthMessage === "it ended with code 0");
  assertEquals(it.services.port.list()[0]?.health.healthy, true);
});

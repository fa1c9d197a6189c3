// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { type House, house } from "../../../tests/fakes/engine_house.ts";
import { FakeServiceWorld } from "../../../tests/fakes/services.ts";
import type { ServiceStatus } from "../../../proto/gen/strata/runtime/v1/service_pb.ts";
import { watchFor } from "../../core/watch_for.ts";
import type { SpecInit } from "../../core/spec_init.ts";
import { serviceSpec, ServiceState, serviceStatus } from "../../resources/service.ts";
import { MEASURE_MS, serviceController } from "./service_controller.ts";
import { SERVICES_MAX, Supervisor } from "./supervisor.ts";

const NAME = "runtime.ServiceController";
const SPECS = { namespace: "runtime", type: serviceSpec.type };
const STATUSES = { namespace: "runtime", type: serviceStatus.type };
const { RUNNING, STOPPING, FAILED } = ServiceState;

interface Bench extends AsyncDisposable {
  readonly place: House;
  readonly world: FakeServiceWorld;
  wish(id: string, init?: SpecInit<typeof serviceSpec>): Promise<void>;
  status(id: string, wanted: (status: ServiceStatus) => boolean): Promise<ServiceStatus>;
}

function bench(): Bench {
  const place = house();
  const world = new FakeServiceWorld();
  const supervisor = new Supervisor(world);
  place.engine.register(serviceController(supervisor, place.clock));
  place.start();
  return {
    place,
    world,
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

function isIn(state: ServiceState): (status: ServiceStatus) => boolean {
  return (status) => status.state === state;
}

Deno.test("serviceController() runs what is wished, holds its spec, and tells how it is", async () => {
  await using it = bench();
  await it.wish("etcd");
  const status = await it.status("etcd", isIn(RUNNING));
  assertEquals(status.pid, it.world.processOf("etcd").pid);
  assertEquals(status.restarts, 0n);
  const { metadata } = await it.place.state.get({ ...SPECS, id: "etcd" });
  assertEquals(metadata.finalizers, [NAME]);
});

Deno.test("serviceController() frees a spec that goes when nothing of its service is left", async () => {
  await using it = bench();
  await it.wish("etcd");
  await it.status("etcd", isIn(RUNNING));
  const process = it.world.processOf("etcd");
  process.ignored.add(15);
  const gone = it.place.state.teardownAndDestroy({ ...SPECS, id: "etcd" });
  const { message } = await it.status("etcd", isIn(STOPPING));
  assertEquals(message, "its spec is gone: asked to end by SIGTERM, killed after 10 s");
  const { metadata } = await it.place.state.get({ ...SPECS, id: "etcd" });
  assertEquals(metadata.finalizers, [NAME]);
  process.end({ code: 0 });
  await gone;
  assertEquals(await it.place.state.list(STATUSES), []);
  await it.wish("etcd");
  await it.status("etcd", isIn(RUNNING));
  assertEquals(it.world.started.length, 2);
});

Deno.test("serviceController() tells in the status what is wrong with a spec", async () => {
  await using it = bench();
  await it.wish("etcd", { command: [] });
  const { message } = await it.status("etcd", isIn(FAILED));
  assertEquals(
    message,
    "Cannot run it: command is empty, it may be a program by its absolute path, and its arguments",
  );
  await it.wish("etcd");
  await it.status("etcd", isIn(RUNNING));
});

Deno.test("serviceController() tells what services take every 15 seconds, and writes nothing besides", async () => {
  await using it = bench();
  await it.wish("etcd");
  const before = await it.status("etcd", isIn(RUNNING));
  assertEquals(before.memory, 0n);
  const { metadata } = await it.place.state.get({ ...STATUSES, id: "etcd" });
  await it.world.clock.advance(MEASURE_MS);
  await it.place.clock.advance(MEASURE_MS);
  const after = await it.status("etcd", ({ memory }) => memory > 0n);
  assertEquals([after.memory, after.cpuUs, after.processes], [4096n, 7n, 1]);
  const measured = await it.place.state.get({ ...STATUSES, id: "etcd" });
  await it.place.clock.advance(MEASURE_MS);
  await it.place.clock.advance(0);
  const later = await it.place.state.get({ ...STATUSES, id: "etcd" });
  assertEquals(later.metadata.version, measured.metadata.version);
  assertEquals(metadata.id, "etcd");
});

Deno.test("serviceController() tells whom it does not run since there are too many", async () => {
  await using it = bench();
  const names = Array.from({ length: SERVICES_MAX + 1 }, (_, index) => `s${index + 100}`);
  for (const name of names) await it.wish(name);
  const last = names.at(-1) ?? "";
  const { message } = await it.status(last, isIn(FAILED));
  assertEquals(message, "Cannot run it: there are 64 services, as many as there may be");
  await it.place.state.teardownAndDestroy({ ...SPECS, id: names[0] ?? "" });
  await it.status(last, isIn(RUNNING));
});

Deno.test("serviceController() goes on with others where one status cannot be written", async () => {
  await using it = bench();
  const taken = serviceStatus.newResource("etcd", {});
  await it.place.state.create(taken, { owner: "somebody" });
  await it.wish("etcd");
  await it.wish("other");
  await it.status("other", isIn(RUNNING));
  assertEquals(it.world.running.includes("etcd"), true);
  const messages = it.place.log.lines.map(({ message }) => message);
  assertEquals(messages.includes("cannot write a service's status"), true);
  assertEquals(messages.includes("controller failed"), false);
});

Deno.test("serviceController() ends the status of a service that nobody wants when nobody holds it any more", async () => {
  await using it = bench();
  await it.wish("etcd");
  await it.status("etcd", isIn(RUNNING));
  await it.place.state.addFinalizer({ ...STATUSES, id: "etcd" }, ["somebody"]);
  const gone = it.place.state.teardownAndDestroy({ ...SPECS, id: "etcd" });
  await watchFor(it.place.state, { ...STATUSES, id: "etcd" }, { phases: ["tearingDown"] });
  await it.place.state.removeFinalizer({ ...STATUSES, id: "etcd" }, ["somebody"]);
  await gone;
  assertEquals(await it.place.state.list(STATUSES), []);
});

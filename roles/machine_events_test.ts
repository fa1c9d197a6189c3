// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { EventFacts, EventsFrom, MachineEvent } from "../api/event_port.ts";
import { MachineError } from "../api/machine_port.ts";
import { BootStepSpec_Outcome as Outcome } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { MachineStatusSpec_Stage as Stage } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import {
  ServiceStatus_Health as Health,
  ServiceStatus_State as State,
} from "../proto/gen/strata/runtime/v1/service_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { EVENTS_KEPT_MAX } from "../runtime/controllers/events/event_ring.ts";
import type { ResourceDefinition } from "../runtime/core/definition.ts";
import { bootStep, machineStatus } from "../runtime/resources/runtime.ts";
import { serviceStatus } from "../runtime/resources/service.ts";
import { memoryState } from "../runtime/state/memory.ts";
import { FakeClock } from "../tests/fakes/clock.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { FakeRandom } from "../tests/fakes/random.ts";
import { EndRequest } from "./end_request.ts";
import { followState } from "./followed_state.ts";
import { EVENT_READERS_PER_CLIENT_MAX, MachineEvents } from "./machine_events.ts";

const PORTS = { clock: new FakeClock(), random: new FakeRandom() };
const NOW: EventsFrom = { kind: "now" };
const ALL: EventsFrom = { kind: "last", count: Infinity };

/** Reads events one after another. */
function reader(events: MachineEvents, from: EventsFrom, actorId = "") {
  const stop = new AbortController();
  const told = events.follow({ from, actorId, signal: stop.signal })[Symbol.asyncIterator]();
  return {
    async take(count: number): Promise<MachineEvent[]> {
      const found: MachineEvent[] = [];
      while (found.length < count) {
        const { value, done } = await told.next();
        if (done) throw new Error(`only ${found.length} events`);
        found.push(value);
      }
      return found;
    },
    end: () => told.return?.(),
  };
}

function phase(name: string): EventFacts {
  return { kind: "phase", phase: name, action: "start" };
}

Deno.test("MachineEvents.follow() misses nothing between the call and the first reading", async () => {
  const events = new MachineEvents(PORTS);
  const { take, end } = reader(events, NOW);
  events.publish(phase("a"));
  assertEquals((await take(1)).map(({ facts }) => facts), [phase("a")]);
  await end();
});

Deno.test("MachineEvents.beginEnd() marks all that follows from it, once", async () => {
  const events = new MachineEvents(PORTS);
  const end = new EndRequest(new FakeLog(), (ending, actor) => events.beginEnd(ending, actor));
  events.publish(phase("before"));
  const actor = end.ask("restart", "test");
  assertEquals(end.ask("power-off", "test"), actor);
  events.beginEnd("power-off", "another");
  events.publish(phase("after"));
  const own = reader(events, ALL, actor);
  assertEquals((await own.take(2)).map(({ actorId, facts }) => [actorId, facts]), [
    [actor, { kind: "sequence", sequence: "reboot", action: "start" }],
    [actor, phase("after")],
  ]);
  await own.end();
  const all = reader(events, ALL);
  assertEquals((await all.take(3)).map(({ actorId }) => actorId), ["", actor, actor]);
  await all.end();
  assertEquals(await end.wanted, "restart");
});

Deno.test("MachineEvents.follow() refuses what is no id, and tells of losses", async () => {
  const events = new MachineEvents(PORTS);
  const { signal } = new AbortController();
  const error = assertThrows(
    () => events.follow({ from: { kind: "after", id: "x" }, actorId: "", signal }),
    MachineError,
  );
  assertEquals([error.refusal, error.message], [
    "invalid",
    'Cannot go on after "x": it may be the id of an event: twenty digits and letters to v',
  ]);
  const slow = reader(events, NOW);
  for (let count = 0; count <= EVENTS_KEPT_MAX; count++) events.publish(phase(`${count}`));
  const lost = await assertRejects(() => slow.take(1), MachineError);
  assertEquals(lost.refusal, "lost");
});

Deno.test("MachineEvents.follow() refuses more followers of one address than it may have, until one leaves", async () => {
  const events = new MachineEvents(PORTS);
  events.publish(phase("a"));
  const { signal } = new AbortController();
  const follow = (client: string) =>
    events.follow({ from: ALL, actorId: "", signal, client })[Symbol.asyncIterator]();
  const most = EVENT_READERS_PER_CLIENT_MAX;
  const followers = Array.from({ length: most }, () => follow("192.0.2.1"));
  for (const follower of followers) await follower.next();
  const error = await assertRejects(() => follow("192.0.2.1").next(), MachineError);
  assertEquals([error.refusal, error.message], [
    "exhausted",
    `Cannot read events: 192.0.2.1 has ${most} readers already, and may have ${most}`,
  ]);
  await followers.pop()?.return?.();
  const others = ["192.0.2.1", "192.0.2.2"].map(follow);
  for (const each of others) assertEquals((await each.next()).value?.facts, phase("a"));
  for (const each of [...followers, ...others]) await each.return?.();
});

/** A state whose resources are followed. */
function bench(
  options: { readonly history?: { initial: number; maximum: number; gap: number } } = {},
) {
  const state = memoryState({ ...PORTS, ...options });
  const events = new MachineEvents(PORTS);
  const log = new FakeLog();
  const stop = new AbortController();
  return {
    state,
    events,
    log,
    stop,
    begin: () => followState(state, events, { log, signal: stop.signal }),
    async put<D extends ResourceDefinition>(
      definition: D,
      id: string,
      spec: MessageInitShape<D["descriptor"]>,
    ): Promise<void> {
      const empty = definition.newResource(id, {});
      await state.modify(empty, (current) => definition.withSpec(current, spec));
    },
  };
}

Deno.test("followState() tells of the boot: status, steps and the sequence around them", async () => {
  const { state, events, stop, begin, put } = bench();
  await put(machineStatus, "machine", {
    stage: Stage.BOOTING,
    unmetConditions: ["var: is full", "odd"],
  });
  const following = begin();
  const told = reader(events, ALL);
  assertEquals((await told.take(2)).map(({ facts }) => facts), [
    {
      kind: "machine-status",
      stage: "booting",
      ready: false,
      unmet: [{ name: "var", reason: "is full" }, { name: "machine", reason: "odd" }],
    },
    { kind: "sequence", sequence: "boot", action: "start" },
  ]);
  await put(bootStep, "var", { order: 1, startedMs: 5 });
  await put(bootStep, "var", { order: 1, startedMs: 5, durationMs: 2, outcome: Outcome.DONE });
  // A step that was over before anybody looked has begun, too.
  await put(bootStep, "etc", { order: 2, startedMs: 9, outcome: Outcome.FAILED });
  assertEquals((await told.take(4)).map(({ facts }) => facts), [
    { kind: "phase", phase: "var", action: "start" },
    { kind: "phase", phase: "var", action: "stop" },
    { kind: "phase", phase: "etc", action: "start" },
    { kind: "phase", phase: "etc", action: "stop" },
  ]);
  await put(machineStatus, "machine", { stage: Stage.RUNNING, ready: true, hostname: "a" });
  // What is no news of the machine is none.
  await put(machineStatus, "machine", { stage: Stage.RUNNING, ready: true, hostname: "b" });
  await put(machineStatus, "machine", { stage: Stage.REBOOTING, hostname: "b" });
  assertEquals((await told.take(3)).map(({ facts }) => facts), [
    { kind: "machine-status", stage: "running", ready: true, unmet: [] },
    { kind: "sequence", sequence: "boot", action: "stop" },
    { kind: "machine-status", stage: "rebooting", ready: false, unmet: [] },
  ]);
  await told.end();
  stop.abort();
  await following;
  assertEquals((await state.list(bootStep)).length, 2);
});

Deno.test("followState() tells of services, and not of what they use", async () => {
  const { events, stop, begin, put } = bench();
  const following = begin();
  const told = reader(events, ALL);
  const since = { seconds: 7n, nanos: 8 };
  await put(serviceStatus, "apid", { state: State.RUNNING, pid: 3, message: "m", memory: 1n });
  await put(serviceStatus, "apid", { state: State.RUNNING, pid: 3, message: "m", memory: 2n });
  await put(serviceStatus, "apid", {
    state: State.RUNNING,
    pid: 3,
    message: "m",
    health: Health.UNHEALTHY,
    healthMessage: "no answer",
    healthSince: since,
  });
  await put(serviceStatus, "apid", { state: State.FAILED, message: "code 1" });
  const none = { known: false, healthy: false, message: "", changed: 0n };
  const bad = { known: true, healthy: false, message: "no answer", changed: 7_000_000_008n };
  assertEquals((await told.take(3)).map(({ facts }) => facts), [
    { kind: "service", service: "apid", state: "running", message: "m", health: none },
    { kind: "service", service: "apid", state: "running", message: "m", health: bad },
    { kind: "service", service: "apid", state: "failed", message: "code 1", health: none },
  ]);
  await told.end();
  stop.abort();
  await following;
});

Deno.test("followState() begins again where its watch was overtaken, and tells nothing twice", async () => {
  const { events, log, stop, begin, put } = bench({ history: { initial: 4, maximum: 4, gap: 1 } });
  const following = begin();
  const told = reader(events, ALL);
  await put(bootStep, "first", { outcome: Outcome.DONE });
  await told.take(2);
  // In one turn, so that the watch cannot keep up.
  await Promise.all(Array.from({ length: 40 }, (_, at) => put(bootStep, `s${at}`, {})));
  const phases = (await told.take(40)).map(({ facts }) => facts.kind === "phase" && facts.phase);
  assertEquals(new Set(phases), new Set(Array.from({ length: 40 }, (_, at) => `s${at}`)));
  await told.end();
  stop.abort();
  await following;
  assertEquals(log.lines, []);
});

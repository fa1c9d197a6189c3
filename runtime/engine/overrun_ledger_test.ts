// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { controller, house, INTS, item, until } from "../../tests/fakes/engine_house.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { OverrunLedger } from "./overrun_ledger.ts";

const OTHER = { namespace: "other", type: INTS.type };

Deno.test("OverrunLedger counts by kind with the last time, and sums namespaces by type", async () => {
  const clock = new FakeClock();
  const ledger = new OverrunLedger(clock);
  assertEquals([ledger.all(), ledger.byType().size], [[], 0]);
  const first = clock.now();
  ledger.note(INTS);
  ledger.note(OTHER);
  await clock.advance(1000);
  ledger.note({ ...INTS });
  assertEquals(ledger.all(), [
    { ...INTS, count: 2, last: clock.now() },
    { ...OTHER, count: 1, last: first },
  ]);
  assertEquals([...ledger.byType()], [[INTS.type, 3]]);
});

Deno.test("OverrunLedger.follow() tells of each overrun until its signal aborts", () => {
  const ledger = new OverrunLedger(new FakeClock());
  const stop = new AbortController();
  let told = 0;
  ledger.follow(() => told++, stop.signal);
  ledger.note(INTS);
  ledger.note(INTS);
  assertEquals(told, 2);
  stop.abort();
  ledger.note(INTS);
  ledger.follow(() => told++, stop.signal);
  ledger.note(INTS);
  assertEquals(told, 2);
});

Deno.test("Engine.overruns() names the kind whose watch was overtaken", async () => {
  await using it = house();
  let seen = 0;
  await it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    turn: async (context) => seen = (await context.list(INTS)).length,
  }));
  const stop = new AbortController();
  let told = 0;
  it.engine.followOverruns(() => told++, stop.signal);
  it.start();
  await it.clock.advance(0);
  assertEquals(it.engine.overruns(), []);
  // In one turn, so that nobody reads meanwhile: more than the history of 8 events holds.
  await Promise.all(Array.from({ length: 20 }, (_, n) => it.state.create(item(INTS, `${n}`, ""))));
  await until(it.engine, () => seen === 20);
  assertEquals(it.engine.overruns(), [{ ...INTS, count: 1, last: it.clock.now() }]);
  assertEquals(told, 1);
  stop.abort();
});

Deno.test("Engine.metrics() is empty where metrics are switched off, and statuses count all the same", async () => {
  await using it = house((state) => state, { metrics: false });
  await it.engine.register(controller("test.C", {}));
  it.start();
  await until(it.engine, ([status]) => status?.wakeups === 1);
  assertEquals(it.engine.metrics(), []);
  assertEquals(it.engine.controllers()[0]?.runs, 1);
});

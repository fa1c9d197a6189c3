// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  becomes,
  controller,
  house,
  INTS,
  intToStr,
  item,
  STRS,
  until,
} from "../../tests/fakes/engine_house.ts";
import { watchFor } from "../core/watch_for.ts";
import type { Controller, Input } from "./controller.ts";

Deno.test("createEngine() without controllers starts and stops", async () => {
  await using it = house();
  const running = it.start();
  it.stop.abort();
  await running;
  await assertRejects(() => it.engine.run(it.stop.signal), Error, "already been started");
});

Deno.test("createEngine() maps inputs to outputs through their whole life", async () => {
  await using it = house();
  const { state } = it;
  await state.create(item(INTS, "before", "1"));
  it.engine.register(intToStr());
  it.start();
  const str = await becomes(state, "before", "<1>");
  assertEquals(str.metadata.owner, "test.IntToStrController");
  await state.create(item(INTS, "after", "2"));
  await becomes(state, "after", "<2>");
  const int = await state.get({ ...INTS, id: "after" });
  await state.updateWithConflicts(int.metadata, ({ metadata }) => ({
    ...item(INTS, "after", "3"),
    metadata,
  }));
  await becomes(state, "after", "<3>");

  await state.addFinalizer({ ...STRS, id: "after" }, ["somebody"]);
  assertEquals(await state.teardown(int.metadata), false);
  await watchFor(state, { ...STRS, id: "after" }, { phases: ["tearingDown"] });
  await state.removeFinalizer({ ...STRS, id: "after" }, ["somebody"]);
  await watchFor(state, { ...STRS, id: "after" }, { events: ["destroyed"] });
  await watchFor(state, int.metadata, { finalizersEmpty: true });
  await state.destroy(int.metadata);
  assertEquals((await state.list(STRS)).length, 1);
});

Deno.test("createEngine() restarts a controller that throws, and no other notices", async () => {
  await using it = house();
  const { state, clock, engine } = it;
  let calls = 0;
  engine.register(controller("test.FailingController", {
    run: () => {
      calls++;
      // First like a panic, before there is a promise; then like a wait that somebody else cancelled.
      if (calls === 1) throw new TypeError("first");
      return Promise.reject(new DOMException("second", "AbortError"));
    },
  }));
  engine.register(intToStr());
  it.start();
  await clock.sleeping();
  await state.create(item(INTS, "a", "1"));
  await becomes(state, "a", "<1>");
  const waits: number[] = [];
  for (let crash = 1; crash <= 14; crash++) {
    const [failing] = engine.controllers();
    assertEquals([failing?.runs, failing?.crashes, failing?.phase], [crash, crash, "backing-off"]);
    const [waitMs = 0] = clock.pendingMs;
    waits.push(waitMs);
    await clock.advance(waitMs);
    await clock.sleeping();
  }
  assert(
    waits.every((waitMs, index) => {
      const middle = Math.min(500 * 1.5 ** index, 60_000);
      return waitMs >= middle / 2 - 1 && waitMs <= Math.min(middle * 1.5, 60_000) + 1;
    }),
    String(waits),
  );
  assertEquals(engine.controllers()[0]?.lastError, "second");
  const [line] = it.log.lines;
  assertEquals([line?.name, line?.level, line?.message], [
    "test.FailingController",
    "error",
    "controller failed",
  ]);
  assert(line?.facts["error"] instanceof TypeError);
});

Deno.test("createEngine() never starts a controller again that returned", async () => {
  await using it = house();
  it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    run: () => Promise.resolve(),
  }));
  it.start();
  await until(it.engine, ([status]) => status?.phase === "ended");
  await it.state.create(item(INTS, "a", "1"));
  await it.clock.advance(120_000);
  assertEquals(it.engine.controllers()[0]?.runs, 1);
});

Deno.test("createEngine() makes one turn of many changes, and has one at a time", async () => {
  await using it = house();
  const gate = Promise.withResolvers<void>();
  let inside = 0;
  let seen = -1;
  it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    async turn(context) {
      assertEquals(++inside, 1);
      seen = (await context.list(INTS)).length;
      if (seen === 0) await gate.promise;
      inside--;
    },
  }));
  it.start();
  await until(it.engine, ([status]) => status?.wakeups === 1);
  for (const id of ["a", "b", "c", "d"]) await it.state.create(item(INTS, id, ""));
  await it.clock.advance(0);
  gate.resolve();
  await until(it.engine, () => seen === 4);
  await it.clock.advance(0);
  assertEquals(it.engine.controllers()[0]?.wakeups, 2);
});

Deno.test("createEngine() wakes only whom a change concerns", async () => {
  await using it = house();
  const inputs: Readonly<Record<string, Input>> = {
    all: { ...INTS, kind: "weak" },
    one: { ...INTS, id: "a", kind: "strong" },
    ready: { ...INTS, kind: "destroy-ready" },
    other: { ...STRS, kind: "weak" },
  };
  for (const [name, input] of Object.entries(inputs)) {
    it.engine.register(controller(name, { inputs: [input] }));
  }
  it.start();
  const wakeups = () => it.engine.controllers().map((status) => status.wakeups);
  const settled = async (...expected: readonly number[]) => {
    await it.clock.advance(0);
    assertEquals(wakeups(), [...expected]);
  };
  await settled(1, 1, 1, 1);
  await it.state.create(item(INTS, "b", ""));
  await settled(2, 1, 1, 1);
  const { metadata } = await it.state.create(item(INTS, "a", ""));
  await settled(3, 2, 1, 1);
  await it.state.addFinalizer(metadata, ["A"]);
  await settled(4, 3, 1, 1);
  await it.state.teardown(metadata);
  await settled(5, 4, 1, 1);
  await it.state.removeFinalizer(metadata, ["A"]);
  await settled(6, 5, 2, 1);
  await it.state.destroy(metadata);
  await settled(7, 6, 3, 1);
});

Deno.test("createEngine() reconciles on when a watch was overtaken", async () => {
  await using it = house();
  let seen = 0;
  it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    turn: async (context) => seen = (await context.list(INTS)).length,
  }));
  it.start();
  await it.clock.advance(0);
  // In one turn, so that nobody reads meanwhile: more than the history of 8 events holds.
  await Promise.all(Array.from({ length: 20 }, (_, n) => it.state.create(item(INTS, `${n}`, ""))));
  await until(it.engine, () => seen === 20);
  await it.state.create(item(INTS, "last", ""));
  await until(it.engine, () => seen === 21);
});

Deno.test("createEngine() opens a watch again that failed", async () => {
  let failures = 4; // Twice for each of the two inputs.
  await using it = house((state) => ({
    ...state,
    watchKindAggregated(kind, options) {
      if (failures-- > 0) return Promise.reject(new Error("unreachable"));
      return state.watchKindAggregated(kind, options);
    },
  }));
  it.engine.register(intToStr());
  it.start();
  await it.clock.sleeping(2);
  await it.clock.advance(60_000);
  await it.state.create(item(INTS, "a", "1"));
  await becomes(it.state, "a", "<1>");
});

Deno.test("createEngine() lets timers have their turn while a controller wakes itself", async () => {
  await using it = house();
  it.engine.register(controller("test.C", { turn: (context) => context.queueReconcile() }));
  it.start();
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert((it.engine.controllers()[0]?.wakeups ?? 0) > 0);
});

Deno.test("Engine.run() ends only after every controller", async () => {
  await using it = house();
  const gate = Promise.withResolvers<void>();
  let cleaned = false;
  it.engine.register(controller("test.C", {
    async run(context) {
      for await (const _ of context.reconciles());
      await gate.promise;
      cleaned = true;
    },
  }));
  const running = it.start().then(() => cleaned);
  await until(it.engine, ([status]) => status?.wakeups === 1);
  it.stop.abort();
  gate.resolve();
  assertEquals(await running, true);
  const late = () => it.engine.register(controller("test.Late", {}));
  await assertRejects(late, Error, 'Cannot register controller "test.Late": the engine has ended');
});

Deno.test("Engine.register() refuses what breaks a rule, and nothing of it stays", async () => {
  const { engine } = house();
  const exclusive = { type: "A", kind: "exclusive" } as const;
  const shared = { type: "B", kind: "shared" } as const;
  engine.register(controller("one", { outputs: [exclusive, shared] }));
  const weak = { ...INTS, kind: "weak" } as const;
  const cases: readonly (readonly [Controller, string])[] = [
    [controller("one", {}), 'controller "one" already registered'],
    [
      controller("two", { outputs: [{ type: "C", kind: "exclusive" }, exclusive] }),
      'resource "A" is already managed in exclusive mode by "one"',
    ],
    [
      controller("two", { outputs: [{ type: "B", kind: "exclusive" }] }),
      'resource "B" is already managed in shared mode by "one"',
    ],
    [
      controller("two", { outputs: [shared, shared] }),
      'duplicate shared controller output: "B" -> "two"',
    ],
    [
      controller("two", {
        outputs: [{ type: "C", kind: "exclusive" }, { type: "C", kind: "shared" }],
      }),
      'resource "C" is already managed in exclusive mode by "two"',
    ],
    [
      controller("two", { outputs: [shared], inputs: [weak, { ...INTS, kind: "strong" }] }),
      'duplicate controller input: "two" -> "default"/"test/int"',
    ],
  ];
  for (const [refused, reason] of cases) {
    const message = `error initializing controller "${refused.name}" adapter: ${reason}`;
    assertEquals((await assertRejects(() => engine.register(refused), Error)).message, message);
  }
  engine.register(controller("two", {
    outputs: [{ type: "C", kind: "exclusive" }, shared],
    inputs: [weak, { ...weak, id: "a" }],
  }));
  assertEquals(engine.controllers().map(({ name }) => name), ["one", "two"]);
});

Deno.test("Engine.register() starts a controller at once while the engine runs", async () => {
  await using it = house();
  it.start();
  await it.state.create(item(INTS, "a", "1"));
  it.engine.register(intToStr());
  await becomes(it.state, "a", "<1>");
});

// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  controller,
  house,
  INTS,
  intToStr,
  item,
  STRS,
  until,
} from "../../tests/fakes/engine_house.ts";
import { FakeLog } from "../../tests/fakes/log.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { StateError } from "../core/errors.ts";
import type { CoreState } from "../core/state.ts";
import { memoryState } from "../state/memory.ts";
import { systemClock } from "../system/clock.ts";
import { createEngine, type EngineOptions } from "./engine.ts";

/** An engine on the clock of the system, so that what it leaves behind is a leak of the test. */
function realEngine(options: Partial<EngineOptions> = {}) {
  const clock = systemClock();
  const random = new FakeRandom();
  const state = memoryState({ clock, random });
  return { state, engine: createEngine({ state, clock, random, log: new FakeLog(), ...options }) };
}

Deno.test("createEngine() a thousand times leaves no timer, watch or promise behind", async () => {
  let watches = 0;
  for (let life = 0; life < 1_000; life++) {
    const { state, engine } = realEngine({ cachedKinds: [INTS] });
    const stop = new AbortController();
    await state.create(item(INTS, "a", "1"));
    await engine.register(intToStr());
    await engine.register(
      controller("test.Failing", { run: () => Promise.reject(new Error("no")) }),
    );
    await engine.registerQueue({
      name: "test.Q",
      settings: {
        inputs: [{ ...INTS, kind: "q-primary" }],
        outputs: [],
        async run({ contextWithTeardown }) {
          const signal = await contextWithTeardown({ ...INTS, id: "a" });
          if (signal.aborted) return;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        },
      },
      reconcile: () => Promise.reject(new Error("no")),
      mapInput: () => Promise.resolve([]),
    });
    const running = engine.run(stop.signal);
    // At every depth of the promises of a start.
    for (let depth = 0; depth < life % 100; depth++) await Promise.resolve();
    stop.abort();
    await running;
    watches += engine.controllers().filter(({ phase }) => phase !== "ended").length;
  }
  assertEquals(watches, 0);
});

Deno.test("createEngine() opens a watch with its contents when a queue controller comes later", async () => {
  await using it = house();
  let turns = 0;
  await it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    turn: () => turns++,
  }));
  await it.state.create(item(INTS, "early", ""));
  it.start();
  await until(it.engine, () => turns === 1);
  const seen: string[] = [];
  await it.engine.registerQueue({
    name: "test.Q",
    settings: { inputs: [{ ...INTS, kind: "q-primary" }], outputs: [] },
    reconcile(_context, { id }) {
      seen.push(id);
      return Promise.resolve();
    },
    mapInput: () => Promise.resolve([]),
  });
  await until(it.engine, () => seen.includes("early"));
  await it.state.create(item(INTS, "late", ""));
  await until(it.engine, () => seen.includes("late"));
  // Nothing overran: that the watch was opened anew is not counted.
  const overruns = it.engine.metrics().find(({ name }) => name === "watch_overruns");
  assertEquals(overruns?.samples, []);
});

Deno.test("createEngine() tells a cached read that waits when the engine ends before it is filled", async () => {
  const { state, engine } = realEngine();
  const endless = {
    ...state,
    watchKindAggregated: () => new Promise<never>(() => {}),
  };
  const cached = createEngine({
    state: endless,
    clock: systemClock(),
    random: new FakeRandom(),
    log: new FakeLog(),
    cachedKinds: [INTS],
  });
  const waiting = assertRejects(
    () => cached.cachedState().list(INTS),
    StateError,
    "is not filled, and the engine has ended",
  );
  const stop = new AbortController();
  const running = cached.run(stop.signal);
  stop.abort();
  await Promise.all([running, waiting]);
  assertEquals(engine.cachedState() === state, false);
});

Deno.test("createEngine() is as patient with a watch that fails in between", async () => {
  let fail: ((error: Error) => void) | undefined;
  await using it = house((state) => ({
    ...state,
    async watchKindAggregated(...[kind, options]: Parameters<CoreState["watchKindAggregated"]>) {
      const batches = await state.watchKindAggregated(kind, options);
      if (fail !== undefined || kind.type !== INTS.type) return batches;
      const failure = new Promise<never>((_, reject) => fail = reject);
      return (async function* () {
        const iterator = batches[Symbol.asyncIterator]();
        for (;;) {
          const { done, value } = await Promise.race([iterator.next(), failure]);
          if (done) return;
          yield value;
        }
      })();
    },
  }));
  const seen: number[] = [];
  await it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    turn: async (context) => seen.push((await context.list(INTS)).length),
  }));
  it.start();
  await until(it.engine, () => seen.length === 1);
  fail?.(new Error("the connection broke"));
  await it.clock.sleeping();
  await it.state.create(item(INTS, "a", ""));
  await it.clock.advance(it.clock.pendingMs[0] ?? 0);
  await until(it.engine, () => seen.at(-1) === 1);
  assertEquals(it.log.lines.map(({ message }) => message), ["watch failed"]);
});

Deno.test("Engine.controllers() says when, why and by what a controller ran last", async () => {
  await using it = house();
  await it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    async turn(context) {
      if ((await context.list(INTS)).length > 0) throw new Error("too many");
    },
  }));
  it.start();
  await it.clock.advance(0);
  await it.clock.advance(5_000);
  const [before] = it.engine.controllers();
  assert(before?.lastRun !== undefined && before.lastErrorTime === undefined);
  assertEquals(before.wokenBy, undefined);
  await it.state.create(item(INTS, "a", ""));
  await it.clock.sleeping();
  const [after] = it.engine.controllers();
  assertEquals([after?.lastError, after?.phase, after?.crashes], ["too many", "backing-off", 1]);
  assertEquals([after?.wokenBy?.metadata.id, after?.wokenBy?.revision], ["a", 1n]);
  assertEquals((after?.lastRun?.seconds ?? 0n) - before.lastRun.seconds, 5n);
  assertEquals(after?.lastErrorTime, after?.lastRun);
});

Deno.test("Engine.metrics() names every family, and who counts", async () => {
  await using it = house();
  await it.engine.register(controller("test.C", { inputs: [{ ...STRS, kind: "weak" }] }));
  await it.engine.registerQueue({
    name: "test.Q",
    settings: { inputs: [{ ...INTS, kind: "q-primary" }], outputs: [] },
    reconcile: () => it.clock.sleep(2_500),
    mapInput: () => Promise.resolve([]),
  });
  it.start();
  await it.state.create(item(INTS, "a", ""));
  await it.clock.sleeping();
  await it.clock.advance(2_500);
  const families = it.engine.metrics();
  assertEquals(
    families.map(({ name, label, samples }) =>
      `${name} ${label} ${samples.map(({ subject, value }) => `${subject}=${value}`).join()}`
    ),
    [
      "controller_wakeups controller test.C=1",
      "controller_crashes controller test.C=0",
      "controller_reads controller test.C=0,test.Q=0",
      "controller_writes controller test.C=0,test.Q=0",
      "qcontroller_processed controller test.Q=1",
      "qcontroller_crashes controller test.Q=0",
      "qcontroller_skips controller test.Q=0",
      "qcontroller_requeues controller test.Q=0",
      "qcontroller_mapped_in controller test.Q=0",
      "qcontroller_mapped_out controller test.Q=0",
      "qcontroller_queue_length controller test.Q=0",
      "qcontroller_map_busy controller test.Q=0",
      "qcontroller_reconcile_busy controller test.Q=2.5",
      "reconcile_cycles controller ",
      "reconcile_input_items controller ",
      "reconcile_busy controller ",
      "cached_resources resource ",
      "watch_overruns resource ",
    ],
  );
  assertEquals(families.filter(({ type }) => type === "gauge").map(({ name }) => name), [
    "qcontroller_queue_length",
    "cached_resources",
  ]);
});

// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { controller, INTS, intToStr, item, STRS, valueOf } from "../../tests/fakes/engine_house.ts";
import { FakeLog } from "../../tests/fakes/log.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { withMetadata } from "../core/metadata.ts";
import type { Controller } from "../engine/controller.ts";
import { type MemoryState, memoryState } from "../state/memory.ts";
import { eventLoopTurn } from "../system/turn.ts";
import { simulate, type Simulation, type SimulationOptions } from "./simulation.ts";
import { SimulationError } from "./simulation_error.ts";

const A = { ...INTS, id: "a" };

async function filled(): Promise<MemoryState> {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  await state.create(item(INTS, "a", "1"));
  await state.create(item(INTS, "b", "2"));
  return state;
}

async function simulated(options: Partial<SimulationOptions> = {}): Promise<Simulation> {
  return await simulate({
    state: await filled(),
    controllers: () => ({ controllers: [intToStr()] }),
    seed: 1,
    settle: eventLoopTurn,
    ...options,
  });
}

const running = (...controllers: readonly Controller[]) => ({
  controllers: () => ({ controllers }),
});

async function failure(options: Partial<SimulationOptions>): Promise<SimulationError> {
  const error = await assertRejects(() => simulated(options));
  assert(error instanceof SimulationError, String(error));
  return error;
}

Deno.test("simulate() says who ran and what would change, and changes nothing", async () => {
  const state = await filled();
  const before = state.listNow(INTS);
  const simulation = await simulated({ state });
  assert(simulation.isQuiet && simulation.isActOver);
  assertEquals(
    simulation.changes.map(({ pointer, before, after }) => [
      `${pointer.type}/${pointer.id}`,
      before && valueOf(before),
      after && valueOf(after),
    ]),
    [
      ["test/int/a", "1", "1"],
      ["test/int/b", "2", "2"],
      ["test/str/a", undefined, "<1>"],
      ["test/str/b", undefined, "<2>"],
    ],
  );
  const [held] = simulation.changes;
  assertEquals(held?.before?.metadata.finalizers, []);
  assertEquals(held?.after?.metadata.finalizers, [intToStr().name]);
  const [ran] = simulation.controllers;
  assertEquals([ran?.name, ran?.crashes, ran?.writes], [intToStr().name, 0, 4]);
  assert((ran?.wakeups ?? 0) >= 1);
  assertEquals(simulation.listNow(STRS).map(valueOf), ["<1>", "<2>"]);
  assertEquals(state.listNow(INTS), before);
  assertEquals(state.listNow(STRS), []);
});

Deno.test("simulate() is the same run for the same seed, and others for others", async () => {
  const hash = async (seed: number) => (await simulated({ seed })).traceHash;
  assertEquals(await hash(7), await hash(7));
  const hashes = new Set<string>();
  for (let seed = 0; seed < 50; seed++) hashes.add(await hash(seed));
  assert(hashes.size > 45, `${hashes.size} traces of 50 seeds`);
});

Deno.test("simulate() shows what a write of the caller would lead to", async () => {
  const { changes } = await simulated({
    async act({ state }) {
      await state.teardown(A);
      await state.create(item(INTS, "c", "3"));
    },
  });
  const about = changes.map(({ pointer: { type, id }, after }) =>
    `${type}/${id} ${after?.metadata.phase}`
  );
  assertEquals(about, [
    "test/int/a tearingDown",
    "test/int/b running",
    "test/int/c running",
    "test/str/b running",
    "test/str/c running",
  ]);
});

Deno.test("simulate() tells nothing of what ended as it began", async () => {
  const { changes, controllers } = await simulated({
    ...running(controller("test.Undecided", {
      outputs: [{ type: INTS.type, kind: "shared" }],
      async turn(context) {
        for (const value of ["9", "1"]) {
          const { spec } = item(INTS, "a", value);
          await context.modify(item(INTS, "a", ""), (now) => ({ ...now, spec }), { owner: "" });
        }
        await context.create(item(INTS, "c", "1"));
        await context.destroy({ ...INTS, id: "c" });
      },
    })),
  });
  assertEquals(changes, []);
  assertEquals(controllers.map(({ writes }) => writes), [4]);
});

Deno.test("simulate() ends who fails for ever when its time is over, and says so", async () => {
  const log = new FakeLog();
  const simulation = await simulated({
    ...running(controller("test.Failing", { turn: () => Promise.reject(new Error("no way")) })),
    durationMs: 120_000,
    log,
  });
  assert(!simulation.isQuiet);
  const [failing] = simulation.controllers;
  assertEquals(failing?.lastError, "no way");
  assert((failing?.crashes ?? 0) > 5);
  assert(simulation.elapsedMs > 60_000 && simulation.elapsedMs <= 120_000);
  assert(log.lines.some(({ message }) => message === "controller failed"));
});

Deno.test("simulate() gives up after too many steps, with the seed and the last of them", async () => {
  const busy = controller("test.Busy", {
    inputs: [{ ...INTS, kind: "weak" }],
    async turn(context) {
      await context.list(INTS);
      context.queueReconcile();
    },
  });
  const { facts, message } = await failure({ ...running(busy), seed: 42, stepsMax: 500 });
  assertEquals([facts.seed, facts.reason], [42, "there is no end of steps"]);
  assert(facts.trace.some((line) => line.endsWith("list default/test/int/*")));
  assert(message.includes("seed 42: there is no end of steps\n"));
});

Deno.test("simulate() names the controller that does not end with the engine", async () => {
  const deaf = controller("test.Deaf", { run: () => new Promise(() => {}) });
  const { facts } = await failure(running(deaf, intToStr()));
  assertEquals(facts.reason, "the engine does not end: it waits for test.Deaf");
});

Deno.test("simulate() tells of a caller that waits in vain, and ends with one that throws", async () => {
  const act: SimulationOptions["act"] = async ({ state, signal }) => {
    await state.watchFor({ ...INTS, id: "never" }, { events: ["created"], signal });
  };
  const { isActOver, isQuiet } = await simulated({ act });
  assertEquals([isActOver, isQuiet], [false, true]);
  const error = await failure({ act: () => Promise.reject(new TypeError("oh")) });
  assertEquals(error.facts.reason, "the caller failed: oh");
  assert(error.cause instanceof TypeError);
});

Deno.test("simulate() ends with the first write that breaks an invariant, whoever catches it", async () => {
  const thief = controller("test.Thief", {
    outputs: [{ type: INTS.type, kind: "shared" }],
    async turn(context) {
      const { metadata } = item(INTS, "a", "");
      await context.teardown(metadata, { owner: "" });
    },
  });
  const { facts } = await failure({
    ...running(thief),
    // One who lets a torn down resource run again.
    wrap: (core) => ({
      ...core,
      async update(resource, options) {
        const torn = await core.update(resource, options);
        return await core.update(withMetadata(torn, { phase: "running" }), {
          ...options,
          expectedPhase: "any",
        });
      },
    }),
  });
  assertEquals(facts.reason, "default/test/int/a: it was tearing down and runs");
});

Deno.test("simulate() tells of each write, and ends with what the listener throws", async () => {
  const told: string[] = [];
  await simulated({
    onWrite: ({ pointer, before, after, actor }) => {
      told.push(
        `${pointer.type}/${pointer.id} ${before !== undefined}>${after !== undefined} ${actor}`,
      );
    },
    act: async ({ state }) => await state.destroy({ ...INTS, id: "b" }).catch(() => {}),
    seed: 3,
  });
  const { name } = intToStr();
  assert(told.includes(`test/int/a true>true ${name}`));
  assert(told.includes(`test/str/a false>true ${name}`));
  const error = await failure({
    onWrite: () => {
      throw new Error("not with me");
    },
  });
  assert(error.facts.reason.endsWith(": not with me"));
});

Deno.test("simulate() refuses what the engine refuses", async () => {
  const error = await assertRejects(() => simulated(running(intToStr(), intToStr())));
  assert(error instanceof Error && error.message.includes(intToStr().name));
});

Deno.test("simulate() gives controllers a clock and chance of their own", async () => {
  const seen = async (seed: number) => {
    const numbers: number[] = [];
    const simulation = await simulated({
      seed,
      start: { seconds: 100n, nanos: 0 },
      controllers: ({ clock, random }) => ({
        controllers: [controller("test.Sleeper", {
          async turn() {
            await clock.sleep(90_000);
            numbers.push(Number(clock.now().seconds), random.uint32());
          },
        })],
      }),
    });
    assert(simulation.isQuiet);
    assertEquals(simulation.elapsedMs, 90_000);
    return numbers;
  };
  assertEquals((await seen(1))[0], 190);
  assertEquals(await seen(1), await seen(1));
  assertNotEquals(await seen(1), await seen(2));
});

Deno.test("simulate() lets other ports wait for their turn as well", async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const done: string[] = [];
    const { isQuiet } = await simulated({
      seed,
      controllers: ({ wait }) => ({
        controllers: ["x", "y"].map((name) =>
          controller(name, {
            async turn() {
              await wait(`writing the file of ${name}`);
              done.push(name);
            },
          })
        ),
      }),
    });
    assert(isQuiet);
    orders.add(done.join());
  }
  assertEquals([...orders].sort(), ["x,y", "y,x"]);
});

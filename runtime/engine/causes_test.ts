// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { controller, INTS, item, STRS } from "../../tests/fakes/engine_house.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeLog } from "../../tests/fakes/log.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import type { Kind } from "../core/resource.ts";
import { type MemoryState, memoryState } from "../state/memory.ts";
import { createEngine, type Engine } from "./engine.ts";

interface Place {
  readonly state: MemoryState;
  readonly engine: Engine;
  readonly clock: FakeClock;
}

async function within(act: (place: Place) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const random = new FakeRandom();
  const state = memoryState({ clock, random });
  const engine = createEngine({ state, clock, random, log: new FakeLog() });
  const stop = new AbortController();
  const running = engine.run(stop.signal);
  await act({ state, clock, engine }).finally(() => stop.abort());
  await running;
}

/** Why each event of a kind came about, and which write it was. */
function causes(state: MemoryState, kind: Kind): readonly unknown[] {
  return state.eventsNow(kind).map(({ event, cause }) => ({ event, cause }));
}

/** Which write of its namespace the newest event of a kind was. */
function newest(state: MemoryState, kind: Kind): bigint {
  return state.eventsNow(kind).at(-1)?.revision ?? 0n;
}

Deno.test("a controller's writes name the event that woke it, and none where nothing did", async () => {
  await within(async ({ state, engine, clock }) => {
    const actor = "test.C";
    let turns = 0;
    await engine.register(controller(actor, {
      inputs: [{ ...INTS, kind: "strong" }],
      outputs: [{ type: STRS.type, kind: "exclusive" }],
      async turn(context) {
        await context.create(item(STRS, `${++turns}`, ""));
        if (turns !== 2) return;
        await context.addFinalizer({ ...INTS, id: "a" }, actor);
        await context.teardown({ ...STRS, id: "1" });
        await context.destroy({ ...STRS, id: "1" });
      },
    }));
    await clock.advance(0);
    assertEquals(causes(state, STRS), [{ event: "created", cause: { actor } }]);
    await state.create(item(INTS, "a", ""), { cause: { actor: "somebody" } });
    const revision = newest(state, INTS);
    await clock.advance(0);
    const finalized = newest(state, INTS);
    const cause = { actor, event: { revision, pointer: { ...INTS, id: "a" } } };
    assertEquals(causes(state, INTS), [
      { event: "created", cause: { actor: "somebody" } },
      { event: "updated", cause },
    ]);
    assertEquals(causes(state, STRS).slice(1), [
      { event: "created", cause },
      { event: "updated", cause },
      { event: "destroyed", cause },
      // Woken by its own finalizer.
      {
        event: "created",
        cause: { actor, event: { revision: finalized, pointer: { ...INTS, id: "a" } } },
      },
    ]);
  });
});

Deno.test("a queue controller's writes name the event of their item, through a map job too", async () => {
  await within(async ({ state, engine, clock }) => {
    const actor = "test.Q";
    await state.create(item(INTS, "a", ""));
    await engine.registerQueue({
      name: actor,
      settings: {
        inputs: [{ ...INTS, kind: "q-primary" }, {
          namespace: "default",
          type: "M",
          kind: "q-mapped",
        }],
        outputs: [{ type: STRS.type, kind: "exclusive" }],
      },
      async reconcile(context, pointer) {
        const count = (await state.list(STRS)).length;
        await context.create(item(STRS, `${pointer.id}${count}`, ""));
      },
      mapInput: () => Promise.resolve([{ ...INTS, id: "a" }]),
    });
    await clock.advance(0);
    await state.create(item(INTS, "b", ""));
    const first = newest(state, INTS);
    await clock.advance(0);
    const mapped = { namespace: "default", type: "M" };
    await state.create(item(mapped, "m", ""));
    const second = newest(state, mapped);
    await clock.advance(0);
    assertEquals(causes(state, STRS), [
      { event: "created", cause: { actor } },
      {
        event: "created",
        cause: { actor, event: { revision: first, pointer: { ...INTS, id: "b" } } },
      },
      {
        event: "created",
        cause: { actor, event: { revision: second, pointer: { ...mapped, id: "m" } } },
      },
    ]);
  });
});

// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { INTS, item, valueOf } from "../../tests/fakes/engine_house.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { isNotFound } from "../core/errors.ts";
import type { State } from "../core/state.ts";
import { withHelpers } from "../core/state_helpers.ts";
import { memoryState } from "../state/memory.ts";
import { eventLoopTurn } from "../system/turn.ts";
import { interleavedState } from "./interleaved_state.ts";
import { Interleaver } from "./interleaver.ts";
import { seededRandom } from "./seeded_random.ts";
import { Trace } from "./trace.ts";

const A = { ...INTS, id: "a" };

function made() {
  const trace = new Trace();
  const interleaver = new Interleaver({ random: seededRandom(1), trace });
  const near = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  const far: State = withHelpers(interleavedState(near, interleaver));
  const step = async (): Promise<void> => {
    interleaver.resumeOne();
    await eventLoopTurn();
  };
  return { trace, near, far, step, interleaver };
}

Deno.test("interleavedState() asks when it is drawn, and answers when it is drawn again", async () => {
  const { near, far, step, trace } = made();
  await near.create(item(INTS, "a", "1"));
  let answer: string | undefined;
  const asked = far.get(A).then((resource) => answer = valueOf(resource));
  await near.updateWithConflicts(A, (now) => ({ ...now, spec: item(INTS, "a", "2").spec }));
  await step(); // Asks.
  await near.updateWithConflicts(A, (now) => ({ ...now, spec: item(INTS, "a", "3").spec }));
  assertEquals(answer, undefined);
  await step();
  await asked;
  assertEquals(answer, "2");
  assertEquals(trace.lines, ["0: get default/test/int/a", "1: get default/test/int/a: answer"]);
});

Deno.test("interleavedState() passes refusals on, in their time", async () => {
  const { far, step } = made();
  const refused = assertRejects(() => far.destroy(A));
  await step();
  await step();
  assert(isNotFound(await refused));
});

Deno.test("interleavedState() gathers events until the watch takes its step", async () => {
  const { near, far, step, interleaver } = made();
  const opening = far.watchKindAggregated(INTS, {});
  await step();
  await step();
  const batches = (await opening)[Symbol.asyncIterator]();
  const next = batches.next();
  await near.create(item(INTS, "a", "1"));
  await near.create(item(INTS, "b", "1"));
  await step(); // Takes what there is.
  await near.create(item(INTS, "c", "1"));
  await step(); // And tells it.
  const { value } = await next;
  assertEquals(value?.length, 2);
  const waits = batches.next();
  await step();
  await batches.return?.();
  await step();
  assertEquals((await waits).value?.length, 1);
  assertEquals((await drawn(batches.next(), step)).done, true);
  assertEquals(interleaver.waiting, 0);
});

async function drawn<T>(promise: Promise<T>, step: () => Promise<void>): Promise<T> {
  await step();
  await step();
  return await promise;
}

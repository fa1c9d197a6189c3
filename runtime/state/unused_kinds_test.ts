// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import {
  brief,
  path,
  PATHS,
  Probe,
  STRINGS,
  text,
} from "../../tests/conformance/state_fixtures.ts";
import { StateError } from "../core/errors.ts";
import { memoryState } from "./memory.ts";

function open() {
  return memoryState({ clock: new FakeClock(), random: new FakeRandom() });
}

async function endedWatch(state: ReturnType<typeof open>): Promise<void> {
  const watch = new Probe(await state.watchKind(STRINGS, { bootstrapBookmark: true }));
  await watch.next();
  await watch[Symbol.asyncDispose]();
}

Deno.test("memoryState() keeps a watch of a kind that is not written to while others end", async () => {
  const state = open();
  await using first = new Probe(await state.watchKind(PATHS));
  await using second = new Probe(await state.watchKind(PATHS));
  await endedWatch(state);
  await second[Symbol.asyncDispose]();
  await assertRejects(() => state.destroy(text("a", "").metadata), StateError, "doesn't exist");
  await assertRejects(() => state.destroy(path("a").metadata), StateError, "doesn't exist");
  await state.create(path("a"));
  assertEquals(brief(await first.next()), "created a@1");
});

Deno.test("memoryState() keeps what was written to a kind that was asked for before", async () => {
  const state = open();
  const early = new Probe(await state.watchKind(PATHS, { bootstrapBookmark: true }));
  await early.next();
  await assertRejects(() => state.destroy(path("b").metadata), StateError, "doesn't exist");
  await state.create(path("a"));
  await early[Symbol.asyncDispose]();
  await endedWatch(state);
  await assertRejects(() => state.destroy(path("b").metadata), StateError, "doesn't exist");
  assertEquals((await state.list(PATHS)).length, 1);
  await using watch = new Probe(await state.watchKind(PATHS, { bootstrapContents: true }));
  assertEquals(brief(await watch.next()), "created a@1");
});

Deno.test("memoryState() keeps a watch of a kind that is not written to when another ends twice", async () => {
  const state = open();
  await using first = new Probe(await state.watchKind(PATHS));
  const second = new Probe(await state.watchKind(PATHS));
  for (let times = 0; times < 2; times++) await second[Symbol.asyncDispose]();
  await state.create(path("a"));
  assertEquals(brief(await first.next()), "created a@1");
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { brief, path, PATHS, Probe } from "../../tests/conformance/state_fixtures.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { StateError } from "../core/errors.ts";
import type { KindWatchOptions, WatchOptions } from "../core/state.ts";
import { bookmarks, COOKIE_BYTES } from "./bookmark.ts";
import type { HistoryOptions } from "./event_ring.ts";
import { type MemoryState, memoryState } from "./memory.ts";

function open(history: HistoryOptions = {}): MemoryState {
  return memoryState({ clock: new FakeClock(), random: new FakeRandom(), history });
}

/** A bookmark of {@linkcode open}, of any position. */
function at(position: number): Uint8Array {
  return bookmarks(new FakeRandom().bytes(COOKIE_BYTES), PATHS).at(position);
}

/** The first events of a watch, in short. */
async function first(
  state: MemoryState,
  count: number,
  options: KindWatchOptions & { readonly id?: string },
): Promise<readonly string[]> {
  const { id, ...rest } = options;
  const events = id === undefined
    ? state.watchKind(PATHS, rest)
    : state.watch(path(id).metadata, rest);
  await using watch = new Probe(await events);
  return (await watch.take(count)).map(brief);
}

/** What a watch of one, or of the kind, is refused with. */
async function refused(
  state: MemoryState,
  options: KindWatchOptions,
): Promise<readonly string[]> {
  const one = await assertRejects(() => state.watch(path("a").metadata, options), StateError);
  const kind = await assertRejects(() => state.watchKind(PATHS, options), StateError);
  return [one.message, kind.message];
}

Deno.test("watches say which two things may not be asked for together", async () => {
  const state = open();
  const startFromBookmark = at(-1);
  const words = (one: string, other: string) =>
    `invalid query: a watch may ask for ${one} or for ${other}, not for both`;
  const both = words("tail events", "a bookmark");
  assertEquals(await refused(state, { tailEvents: 1, startFromBookmark }), [both, both]);
  const cases: readonly (readonly [KindWatchOptions, string])[] = [
    [{ bootstrapContents: true, tailEvents: 1 }, words("bootstrap contents", "tail events")],
    [{ bootstrapContents: true, startFromBookmark }, words("bootstrap contents", "a bookmark")],
  ];
  for (const [options, message] of cases) {
    const error = await assertRejects(() => state.watchKind(PATHS, options), StateError);
    assertEquals([error.failure.refusal, error.message], ["invalid-query", message]);
  }
});

Deno.test("watches take no tail events for none", async () => {
  const state = open();
  await state.create(path("a"));
  await state.create(path("b"));
  for (const tailEvents of [0, -1]) {
    assertEquals(await first(state, 1, { id: "a", tailEvents }), ["created a@1"]);
    const options: KindWatchOptions = { tailEvents, bootstrapContents: true };
    const list = ["created a@1", "created b@1", "bootstrapped @undefined"];
    assertEquals(await first(state, 3, options), list);
    const resumed: WatchOptions = { tailEvents, startFromBookmark: at(0) };
    assertEquals(await first(state, 1, resumed), ["created b@1"]);
    const last = ["noop @undefined", "created c@1"];
    await using watch = new Probe(
      await state.watchKind(PATHS, { tailEvents, bootstrapBookmark: true }),
    );
    await state.create(path("c"));
    assertEquals((await watch.take(2)).map(brief), last);
    await state.destroy(path("c").metadata);
  }
});

Deno.test("watches go on from the positions there are, and from no other", async () => {
  const state = open();
  await state.create(path("a"));
  await state.create(path("b"));
  assertEquals(await first(state, 2, { startFromBookmark: at(-1) }), [
    "created a@1",
    "created b@1",
  ]);
  assertEquals(await first(state, 1, { startFromBookmark: at(0) }), ["created b@1"]);
  assertEquals(await first(state, 1, { id: "b", startFromBookmark: at(0) }), ["created b@1"]);
  const none = "invalid watch bookmark: there is no such position";
  for (const position of [2, 3, -2]) {
    assertEquals(await refused(state, { startFromBookmark: at(position) }), [none, none]);
  }
  const one = () => state.watch(path("a").metadata, { startFromBookmark: at(-1) });
  await assertRejects(one, StateError, none);
});

Deno.test("watches go back as far as the history less its gap", async () => {
  const state = open({ initial: 4, maximum: 4, gap: 1 });
  for (const id of ["a", "b", "c", "d", "e", "f"]) await state.create(path(id));
  const old = "invalid watch bookmark: it is too old to go on from";
  assertEquals(await refused(state, { startFromBookmark: at(2) }), [old, old]);
  const rest = ["created e@1", "created f@1"];
  assertEquals(await first(state, 2, { startFromBookmark: at(3) }), rest);
  assertEquals(await first(state, 1, { id: "f", startFromBookmark: at(3) }), ["created f@1"]);
  assertEquals(await first(state, 3, { tailEvents: 9 }), ["created d@1", ...rest]);
  assertEquals(await first(state, 1, { id: "d", tailEvents: 9 }), ["created d@1"]);
  await using lost = new Probe(await state.watch(path("c").metadata, { tailEvents: 9 }));
  await state.destroy(path("c").metadata);
  assertEquals(brief(await lost.next()), "destroyed c@1");
});

Deno.test("watches miss nothing while a history is smaller than its gap", async () => {
  const state = open({ initial: 2, maximum: 64, gap: 5 });
  await using watch = new Probe(await state.watchKind(PATHS, { tailEvents: 1 }));
  const ids = ["a", "b", "c", "d"];
  for (const id of ids) await state.create(path(id));
  assertEquals((await watch.take(4)).map(brief), ids.map((id) => `created ${id}@1`));
});

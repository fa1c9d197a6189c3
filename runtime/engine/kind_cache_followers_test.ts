// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { INTS, item, STRS } from "../../tests/fakes/engine_house.ts";
import { withMetadata } from "../core/metadata.ts";
import { memoryState } from "../state/memory.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { KindCache } from "./kind_cache.ts";
import { cachedState, KindCaches } from "./kind_caches.ts";

const at = (id: string) => ({ ...INTS, id });
const going = (id: string) => withMetadata(item(INTS, id, ""), { phase: "tearingDown" });
const ids = (listed: readonly { readonly metadata: { readonly id: string } }[]) =>
  listed.map(({ metadata }) => metadata.id);

function filled(...names: readonly string[]): KindCache {
  const cache = new KindCache(INTS);
  cache.fill(names.map((id) => item(INTS, id, "")));
  return cache;
}

Deno.test("KindCache is empty and not filled at first, filled even by nothing, and keeps no id that went", async () => {
  const cache = new KindCache(INTS);
  assertEquals([cache.isFilled, cache.size], [false, 0]);
  cache.put(item(INTS, "b", ""));
  cache.put(item(INTS, "a", ""));
  cache.remove("b");
  assertEquals(cache.isFilled, false);
  cache.fill([]);
  assertEquals([cache.isFilled, await cache.list()], [true, []]);
  for (const id of ["c", "a", "b", "a"]) cache.put(item(INTS, id, ""));
  cache.remove("a");
  cache.put(item(INTS, "a", ""));
  assertEquals(ids(await cache.list()), ["a", "b", "c"]);
});

Deno.test("KindCache contextWithTeardown() aborts all who follow, and each of them once", async () => {
  const cache = filled("a", "b");
  const one = await cache.contextWithTeardown(at("a"));
  const two = await cache.contextWithTeardown(at("a"));
  const other = await cache.contextWithTeardown(at("b"));
  cache.put(item(INTS, "a", "changed"));
  assertEquals([one.aborted, two.aborted], [false, false]);
  cache.put(going("a"));
  assertEquals([one.aborted, two.aborted, other.aborted], [true, true, false]);
  cache.remove("b");
  assertEquals(other.aborted, true);
  // Who comes later follows the next of that name.
  cache.put(item(INTS, "b", ""));
  const again = await cache.contextWithTeardown(at("b"));
  assertEquals(again.aborted, false);
  cache.fill([]);
  assertEquals(again.aborted, true);
});

Deno.test("KindCache contextWithTeardown() lets go of who left, and of nobody else", async () => {
  const cache = filled("a");
  const leaving = new AbortController();
  const left = await cache.contextWithTeardown(at("a"), { signal: leaving.signal });
  const stays = await cache.contextWithTeardown(at("a"));
  leaving.abort();
  assertEquals([left.aborted, stays.aborted], [true, false]);
  cache.put(going("a"));
  assertEquals(stays.aborted, true);
  for (const id of ["missing", "a"]) {
    assertEquals((await cache.contextWithTeardown(at(id))).aborted, true, id);
  }
});

Deno.test("KindCaches names what is cached where a kind is not", () => {
  const text = 'Cannot read "default"/"test/str" from the cache:';
  assertThrows(() => new KindCaches([]).cache(STRS), Error, `${text} nothing is cached`);
  const some = new KindCaches([INTS, { ...INTS, namespace: "other" }]);
  const known = '"default"/"test/int", "other"/"test/int" are cached';
  assertThrows(() => some.cache(STRS), Error, `${text} ${known}`);
});

Deno.test("cachedState() reads cached kinds from the cache, others and lists by an id expression from the state", async () => {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  await state.create(item(INTS, "stored", ""));
  await state.create(item(STRS, "stored", ""));
  const caches = new KindCaches([INTS]);
  caches.cache(INTS).fill([item(INTS, "cached", "")]);
  const view = cachedState(state, caches);
  assertEquals(ids(await view.list(INTS)), ["cached"]);
  assertEquals(ids(await view.list(INTS, { query: { id: "" } })), ["cached"]);
  assertEquals(ids(await view.list(INTS, { query: { id: "^s" } })), ["stored"]);
  assertEquals(ids(await view.list(STRS)), ["stored"]);
  assertEquals((await view.get(at("cached"))).metadata.id, "cached");
  assertEquals((await view.get({ ...STRS, id: "stored" })).metadata.id, "stored");
  const follows = await view.contextWithTeardown(at("cached"));
  caches.cache(INTS).remove("cached");
  assertEquals(follows.aborted, true);
  const stop = new AbortController();
  const ofState = await view.contextWithTeardown({ ...STRS, id: "stored" }, {
    signal: stop.signal,
  });
  assertEquals(ofState.aborted, false);
  stop.abort();
  assertEquals([...caches.sizes()], [[INTS.type, 0]]);
});

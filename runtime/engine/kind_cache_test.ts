// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { INTS, item, STRS, valueOf } from "../../tests/fakes/engine_house.ts";
import { isInvalidQuery, isNotFound, StateError } from "../core/errors.ts";
import { withMetadata } from "../core/metadata.ts";
import { KindCache } from "./kind_cache.ts";
import { KindCaches } from "./kind_caches.ts";

const at = (id: string) => ({ ...INTS, id });
const ids = (listed: readonly { readonly metadata: { readonly id: string } }[]) =>
  listed.map(({ metadata }) => metadata.id);

Deno.test("KindCache TestCacheOperations: blocks until it is filled, and is sorted", async () => {
  const cache = new KindCache(INTS);
  const order: string[] = [];
  const early = [
    cache.get(at("b")).then((found) => order.push(valueOf(found))),
    cache.list().then((listed) => order.push(ids(listed).join())),
  ];
  await Promise.resolve();
  assertEquals(order, []);
  cache.fill([item(INTS, "\u{10000}", "3"), item(INTS, "b", "2"), item(INTS, "a", "1")]);
  await Promise.all(early);
  assertEquals(order, ["2", "a,b,\u{10000}"]);
  cache.put(item(INTS, "\u{ffff}", "4", { odd: "" }));
  cache.put(item(INTS, "b", "5"));
  cache.remove("a");
  cache.remove("never there");
  const listed = await cache.list();
  assertEquals([ids(listed), cache.size], [["b", "\u{ffff}", "\u{10000}"], 3]);
  assertEquals(valueOf(await cache.get(at("b"))), "5");
  assert(isNotFound(await assertRejects(() => cache.get(at("a")))));
  const odd = { key: "odd", operation: "exists", values: [], invert: false } as const;
  assertEquals(ids(await cache.list([[odd]])), ["\u{ffff}"]);
  assertEquals(ids(await cache.list([[{ ...odd, invert: true }]])), ["b", "\u{10000}"]);
  const wrong = { ...odd, operation: "like" } as unknown as typeof odd;
  assert(isInvalidQuery(await assertRejects(() => cache.list([[wrong]]))));
  cache.fill([item(INTS, "z", "6")]);
  assertEquals(ids(await cache.list()), ["z"]);
});

Deno.test("KindCache TestCacheOperations: a wait ends with its signal, or with the engine", async () => {
  const cache = new KindCache(INTS);
  const stop = new AbortController();
  const { signal } = stop;
  const waits = [
    assertRejects(() => cache.get(at("a"), { signal }), Error, "enough"),
    assertRejects(() => cache.list([], { signal }), Error, "enough"),
    assertRejects(() => cache.contextWithTeardown(at("a"), { signal }), Error, "enough"),
  ];
  const endless = assertRejects(() => cache.get(at("a")), StateError, "the engine has ended");
  stop.abort(new Error("enough"));
  await Promise.all(waits);
  cache.close();
  await endless;
  await assertRejects(() => cache.list(), StateError, "the engine has ended");
});

Deno.test("KindCache TestCacheContextWithTeardown: by a put, a removal, a new filling", async () => {
  const cache = new KindCache(INTS);
  const names = ["torn", "removed", "vanished", "refilled", "kept"];
  cache.fill(names.map((id) => item(INTS, id, "")));
  const stop = new AbortController();
  const signals = await Promise.all(
    names.map((id) => cache.contextWithTeardown(at(id), { signal: stop.signal })),
  );
  const state = () => signals.map(({ aborted }) => aborted);
  const torn = (id: string) => withMetadata(item(INTS, id, ""), { phase: "tearingDown" });
  cache.put(item(INTS, "torn", "changed"));
  assertEquals(state(), [false, false, false, false, false]);
  cache.put(torn("torn"));
  cache.remove("removed");
  assertEquals(state(), [true, true, false, false, false]);
  cache.fill([torn("refilled"), item(INTS, "kept", "")]);
  assertEquals(state(), [true, true, true, true, false]);
  assert((await cache.contextWithTeardown(at("vanished"))).aborted);
  assert((await cache.contextWithTeardown(at("refilled"))).aborted);
  stop.abort(new Error("enough"));
  assertEquals(signals[4]?.reason, stop.signal.reason);
  assert(
    (await assertRejects(() => cache.contextWithTeardown(at("kept"), { signal: stop.signal }))) ===
      stop.signal.reason,
  );
});

Deno.test("KindCaches TestCacheOperations: knows its kinds, and how many there are of each type", () => {
  const other = { ...INTS, namespace: "other" };
  const caches = new KindCaches([INTS, other]);
  caches.cache(INTS).fill([item(INTS, "a", ""), item(INTS, "b", "")]);
  caches.cache(other).fill([item(other, "a", "")]);
  assertEquals([...caches.sizes()], [[INTS.type, 3]]);
  assertEquals(caches.find(STRS), undefined);
  assertThrows(
    () => caches.cache(STRS),
    Error,
    'Cannot read "default"/"test/str" from the cache: ' +
      '"default"/"test/int", "other"/"test/int" are cached',
  );
});

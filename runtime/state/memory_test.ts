// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { brief, path, PATHS, Probe } from "../../tests/conformance/state_fixtures.ts";
import { StateError } from "../core/errors.ts";
import { newMetadata, withMetadata } from "../core/metadata.ts";
import type { Query } from "../core/state.ts";
import type { HistoryOptions } from "./event_ring.ts";
import { memoryState } from "./memory.ts";

function open(history: HistoryOptions = {}) {
  return memoryState({ clock: new FakeClock(), random: new FakeRandom(), history });
}

Deno.test("memoryState() delivers all that a lagging reader may lag", async () => {
  const state = open({ initial: 4, maximum: 4, gap: 1 });
  await using watch = new Probe(await state.watchKind(PATHS));
  for (const id of ["0", "1", "2", "3"]) await state.create(path(id));
  assertEquals(
    (await watch.take(4)).map(brief),
    ["0@1", "1@1", "2@1", "3@1"].map((it) => `created ${it}`),
  );
});

Deno.test("memoryState() does not count a waiting watch of one id as lagging", async () => {
  const state = open({ initial: 4, maximum: 4, gap: 1 });
  await using watch = new Probe(await state.watch(path("a").metadata));
  await watch.next();
  const next = watch.next();
  // All at once: whoever is woken by one of them lags.
  await Promise.all(Array.from({ length: 20 }, (_, id) => state.create(path(`${id}`))));
  await state.create(path("a"));
  assertEquals(brief(await next), "created a@1");
  await state.destroy(path("a").metadata);
  assertEquals(brief(await watch.next()), "destroyed a@1");
});

Deno.test("memoryState() wakes every waiting watch once for a burst", async () => {
  const state = open();
  const probes: Probe<unknown>[] = [];
  for (let count = 0; count < 100; count++) probes.push(new Probe(await state.watchKind(PATHS)));
  const first = Promise.all(probes.map((probe) => probe.next()));
  await Promise.all([state.create(path("a")), state.create(path("b"))]);
  await first;
  assertEquals((await Promise.all(probes.map((probe) => probe.next()))).length, 100);
  for (const probe of probes) await probe[Symbol.asyncDispose]();
});

Deno.test("memoryState() serves turns asked for at once in order", async () => {
  const state = open();
  await using watch = new Probe(await state.watchKind(PATHS));
  const both = Promise.all([watch.next(), watch.next()]);
  await state.create(path("a"));
  await state.create(path("b"));
  assertEquals((await both).map(brief), ["created a@1", "created b@1"]);
});

Deno.test("memoryState() refuses the bookmarks of another one", async () => {
  const other = memoryState({ clock: new FakeClock(), random: new FakeRandom(2) });
  await using marker = new Probe(await other.watchKind(PATHS, { bootstrapBookmark: true }));
  const startFromBookmark = (await marker.next()).bookmark ?? new Uint8Array();
  const resume = () => open().watchKind(PATHS, { startFromBookmark });
  await assertRejects(resume, StateError, "it is of another process");
});

Deno.test("memoryState() goes on from before the first event, though nobody watched meanwhile", async () => {
  const state = open();
  let startFromBookmark = new Uint8Array();
  {
    await using marker = new Probe(await state.watchKind(PATHS, { bootstrapBookmark: true }));
    startFromBookmark = new Uint8Array((await marker.next()).bookmark ?? []);
  }
  await state.create(path("a"));
  await using resumed = new Probe(await state.watchKind(PATHS, { startFromBookmark }));
  assertEquals(brief(await resumed.next()), "created a@1");
});

Deno.test("memoryState() shares what it stored, frozen, with every reader", async () => {
  const state = open();
  await using watch = new Probe(await state.watchKind(PATHS));
  const spec = { list: [1] };
  const stored = await state.create({ metadata: path("a").metadata, spec });
  assert(Object.isFrozen(stored) && Object.isFrozen(spec.list));
  assertStrictEquals(stored.spec, spec);
  assertStrictEquals(await state.get(stored.metadata), stored);
  assertStrictEquals(state.getNow(stored.metadata), stored);
  assertStrictEquals(state.listNow(PATHS)[0], stored);
  const event = await watch.next();
  assert(event.event === "created");
  assertStrictEquals(event.resource, stored);
});

Deno.test("memoryState() stores nothing that cannot be made immutable", async () => {
  const state = open();
  const create = () => state.create({ metadata: path("a").metadata, spec: new Uint8Array(1) });
  await assertRejects(create, StateError, "Cannot make spec immutable: it is bytes");
  assertEquals([state.listNow(PATHS), state.eventsNow(PATHS)], [[], []]);
});

Deno.test("memoryState() commits in the order of the calls, before they return", async () => {
  const state = open();
  const writes = [
    state.create(path("a")),
    state.destroy(path("a").metadata),
    state.create(path("a")),
  ];
  assertEquals(state.getNow(path("a").metadata)?.metadata.version, 1n);
  await Promise.all(writes);
  assertEquals(state.eventsNow(PATHS).map(({ event }) => event), [
    "created",
    "destroyed",
    "created",
  ]);
});

Deno.test("memoryState() keeps namespaces and types apart", async () => {
  const state = open();
  const elsewhere = { metadata: newMetadata({ ...PATHS, namespace: "system", id: "a" }), spec: {} };
  await state.create(path("a"));
  await state.create(elsewhere);
  await state.create({ ...elsewhere, metadata: { ...elsewhere.metadata, type: "other" } });
  assertEquals(state.listNow(PATHS).length, 1);
  const revisions = (kind: typeof PATHS) => state.eventsNow(kind).map(({ revision }) => revision);
  assertEquals(revisions(elsewhere.metadata), [1n]);
  assertEquals(revisions({ namespace: "system", type: "other" }), [2n]);
});

Deno.test("memoryState() keeps the cause of every event", async () => {
  const state = open();
  const cause = { actor: "test.C", request: "r" };
  const stored = await state.create(path("a"), { cause });
  await state.update(stored);
  await state.create(path("b"));
  const events = state.eventsNow(PATHS);
  assertEquals(events.map((event) => event.cause), [cause, undefined, undefined]);
  assertEquals(events.map((event) => "cause" in event), [true, false, false]);
});

Deno.test("memoryState() says when, where nobody said", async () => {
  const clock = new FakeClock();
  const state = memoryState({ clock, random: new FakeRandom() });
  const first = await state.create(path("a"));
  assertEquals([first.metadata.created, first.metadata.updated], [clock.now(), clock.now()]);
  await clock.advance(1500);
  const second = await state.update(withMetadata(first, { owner: "" }));
  assertEquals(second.metadata.created, first.metadata.created);
  assertEquals(second.metadata.updated, clock.now());
});

Deno.test("memoryState() refuses calls whose signal has aborted", async () => {
  const state = open();
  const signal = AbortSignal.abort(new Error("enough"));
  const { metadata } = path("a");
  const calls = [
    () => state.get(metadata, { signal }),
    () => state.list(PATHS, { signal }),
    () => state.create(path("a"), { signal }),
    () => state.watchKind(PATHS, { signal }),
  ];
  for (const call of calls) await assertRejects(call, Error, "enough");
  assertEquals(state.listNow(PATHS), []);
});

Deno.test("memoryState() refuses a history that cannot be", () => {
  assertThrows(() => open({ initial: 0 }), RangeError, "Cannot keep a history");
});

Deno.test("memoryState() keeps the sizes of its history, whatever becomes of the object that told them", async () => {
  const history = { initial: 4, maximum: 4, gap: 1 };
  const state = open(history);
  Object.assign(history, { initial: 1000, maximum: 1000, gap: 999 });
  await using watch = new Probe(await state.watchKind(PATHS));
  for (let id = 0; id < 5; id++) await state.create(path(`${id}`));
  assertEquals(state.eventsNow(PATHS).length, 4);
  assertEquals(brief(await watch.next()), "errored overrun");
});

Deno.test("memoryState() numbers the writes of a namespace, as watches and causes tell", async () => {
  const state = open();
  await state.create(path("first"));
  const query = {
    labels: [[{ key: "k", operation: "exists", values: [], invert: false }]],
  } as const;
  await using kind = new Probe(await state.watchKind(PATHS, { bootstrapContents: true }));
  await using part = new Probe(await state.watchKind(PATHS, { query }));
  await using one = new Probe(await state.watch(path("a").metadata));
  const created = await state.create(path("a"));
  await state.create({ ...created, metadata: { ...created.metadata, type: "other" } });
  const labelled = withMetadata(created, { labels: { k: "" } });
  await state.update(labelled, { cause: { actor: "C", event: { revision: 2n } } });
  const numbers = async (probe: typeof kind, count: number) =>
    (await probe.take(count)).map(({ event, revision }) => [event, revision]);
  assertEquals(await numbers(kind, 4), [
    ["created", undefined],
    ["bootstrapped", undefined],
    ["created", 2n],
    ["updated", 4n],
  ]);
  assertEquals(await numbers(part, 1), [["created", 4n]]);
  assertEquals(await numbers(one, 3), [["destroyed", undefined], ["created", 2n], ["updated", 4n]]);
  const last = state.eventsNow(PATHS).at(-1);
  assertEquals([last?.revision, last?.cause?.event?.revision], [4n, 2n]);
});

Deno.test("memoryState() listNow() refuses what is no query", () => {
  const query = "app=x" as unknown as Query; // What no compiler let through.
  assertThrows(() => open().listNow(PATHS, query), StateError, `the query is "app=x"`);
});

Deno.test("memoryState() says of a watch that is returned that it is done", async () => {
  const events = (await open().watchKind(PATHS))[Symbol.asyncIterator]();
  assertEquals(await events.return?.(), { done: true, value: undefined });
  assertEquals(await events.next(), { done: true, value: undefined });
});

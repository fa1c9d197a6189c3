// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { NamespaceSpecSchema } from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { Probe, text } from "../../tests/conformance/state_fixtures.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { memoryState } from "../state/memory.ts";
import { defineResource } from "./definition.ts";
import type { WatchEvent } from "./state.ts";
import { typedState } from "./typed_state.ts";

const namespaces = defineResource({
  descriptor: NamespaceSpecSchema,
  type: "Namespaces.meta.cosi.dev",
  namespace: "meta",
});

function open() {
  const history = { initial: 4, maximum: 4, gap: 1 };
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom(), history });
  return { state, typed: typedState(state) };
}

Deno.test("typedState().watchKind() hands on the events without a resource, and their bookmarks", async () => {
  const { typed } = open();
  const options = { bootstrapContents: true, bootstrapBookmark: true };
  await using one = new Probe(await typed.watchKind(namespaces, options));
  const markers = await one.take(2);
  assertEquals(markers.map(({ event }) => event), ["bootstrapped", "noop"]);
  assert(markers.every(({ bookmark }) => bookmark !== undefined));
  await using all = new Probe(await typed.watchKindAggregated(namespaces, options));
  assertEquals((await all.next()).map(({ event }) => event), ["bootstrapped"]);
  assertEquals((await all.next()).map(({ event }) => event), ["noop"]);
  await typed.create(namespaces, { id: "a", spec: { description: "x" } });
  await typed.destroy(namespaces, "a");
  const [created, destroyed] = await one.take(2);
  assert(created?.event === "created" && destroyed?.event === "destroyed");
  assertEquals(destroyed.resource?.spec.description, "x");
  // A batch that holds no error is not the last one.
  assertEquals((await all.next()).map(({ event }) => event), ["created", "destroyed"]);
  await typed.create(namespaces, { id: "b", spec: {} });
  assertEquals((await all.next()).map(({ event }) => event), ["created"]);
});

Deno.test("typedState().watchKind() ends with the error of a watch that was overtaken", async () => {
  const { typed } = open();
  await using one = new Probe(await typed.watchKind(namespaces));
  await using all = new Probe(await typed.watchKindAggregated(namespaces));
  for (const id of ["a", "b", "c", "d", "e"]) await typed.create(namespaces, { id, spec: {} });
  const first = await one.next();
  assert(first.event === "errored" && first.error.failure.refusal === "overrun");
  assert(await one.done());
  assertEquals((await all.next()).map(({ event }) => event), ["errored"]);
  assert(await all.done());
});

Deno.test("typedState().watchFor() and list() heed the place and the signal they are given", async () => {
  const { typed } = open();
  const place = { namespace: "other" };
  await typed.create(namespaces, { id: "a", spec: { description: "there" }, ...place });
  const found = await typed.watchFor(namespaces, "a", { ...place, events: ["created"] });
  assertEquals(found?.spec.description, "there");
  const signal = AbortSignal.abort(new RangeError("enough"));
  await assertRejects(() => typed.list(namespaces, {}, { signal }), RangeError, "enough");
  const conditions = { events: ["created"], signal } as const;
  await assertRejects(() => typed.watchFor(namespaces, "b", conditions), RangeError, "enough");
});

Deno.test("typedState() of a state that does not answer at once does not either", () => {
  const { state, typed } = open();
  const { getNow: _getNow, listNow: _listNow, ...remote } = { ...state };
  assertEquals("getNow" in typed, true);
  assertEquals("getNow" in typedState(remote), false);
});

Deno.test("typedState().watch() shows both sides of an update", async () => {
  const { typed } = open();
  const { metadata } = await typed.create(namespaces, { id: "a", spec: { description: "x" } });
  await using watch = new Probe(await typed.watch(namespaces, "a"));
  await watch.next();
  const changed = namespaces.withSpec({ metadata, spec: {} }, { description: "y" });
  await typed.update(namespaces, changed);
  const event = await watch.next();
  assert(event.event === "updated");
  assertEquals([event.old.spec.description, event.resource.spec.description], ["x", "y"]);
});

Deno.test("typedState().watchKindAggregated() ends a batch with its first error", async () => {
  const { state, typed } = open();
  const { spec } = text("a", "");
  const strange = namespaces.newResource("a", {});
  await state.create({ ...strange, spec });
  await typed.create(namespaces, { id: "b", spec: {} });
  const options = { bootstrapContents: true };
  await using all = new Probe(await typed.watchKindAggregated(namespaces, options));
  assertEquals((await all.next()).map(({ event }) => event), ["errored"]);
  assert(await all.done());
});

Deno.test("typedState().watchKind() throws what is no refusal", async () => {
  const { typed } = open();
  const is: typeof namespaces.is = (_resource): _resource is never => {
    throw new TypeError("broken");
  };
  const broken = { ...namespaces, is };
  await using watch = new Probe(await typed.watchKind(broken));
  await typed.create(namespaces, { id: "a", spec: {} });
  await assertRejects(() => watch.next(), TypeError, "broken");
});

Deno.test("typedState().watchKind() hands on the place of each event in the history, where it has one", async () => {
  const { typed } = open();
  const options = { bootstrapContents: true, bootstrapBookmark: true };
  await using one = new Probe(await typed.watchKind(namespaces, options));
  const [start] = await one.take(2);
  assert(start !== undefined);
  assertEquals("revision" in start, false);
  await typed.create(namespaces, { id: "a", spec: {} });
  await typed.destroy(namespaces, "a");
  const places = (await one.take(2)).map((event) => "revision" in event ? event.revision : "none");
  assertEquals(places, [1n, 2n]);
});

Deno.test("typedState().watchKind() makes up no bookmark for a state that gives none", async () => {
  const { state } = open();
  async function* bare(): AsyncGenerator<WatchEvent> {
    yield { event: "created", resource: namespaces.newResource("a", {}) };
  }
  const typed = typedState({ ...state, watchKind: () => Promise.resolve(bare()) });
  await using one = new Probe(await typed.watchKind(namespaces));
  assertEquals(Object.keys(await one.next()).sort(), ["event", "resource"]);
});

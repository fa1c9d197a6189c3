// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { labelled, path, PATHS } from "../../tests/conformance/state_fixtures.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { MemoryCore } from "../state/memory.ts";
import { isClosed, StateError } from "./errors.ts";
import { tombstone, withMetadata } from "./metadata.ts";
import type { Pointer, Resource } from "./resource.ts";
import type { CoreState, State, WatchEvent } from "./state.ts";
import { withHelpers } from "./state_helpers.ts";

const { metadata } = path("a");
const DENIED = new StateError({ refusal: "access-denied", detail: "no" });

/** A back-end in memory, some of whose calls are of its own. */
function over(own: Partial<CoreState> = {}): State {
  const core: CoreState = new MemoryCore({ clock: new FakeClock(), random: new FakeRandom() });
  return withHelpers({
    get: (pointer, options) => core.get(pointer, options),
    list: (kind, options) => core.list(kind, options),
    create: (resource, options) => core.create(resource, options),
    update: (resource, options) => core.update(resource, options),
    destroy: (pointer, options) => core.destroy(pointer, options),
    watch: (pointer, options) => core.watch(pointer, options),
    watchKind: (kind, options) => core.watchKind(kind, options),
    watchKindAggregated: (kind, options) => core.watchKindAggregated(kind, options),
    ...own,
  });
}

function deny(): never {
  throw DENIED;
}

Deno.test("withHelpers() rejects with what its back-end throws", async () => {
  const state = over({
    list: deny,
    create: deny,
    update: deny,
    destroy: deny,
    watch: deny,
    watchKind: deny,
    watchKindAggregated: deny,
  });
  const calls = [
    () => state.list(PATHS),
    () => state.create(path("a")),
    () => state.update(path("a")),
    () => state.destroy(metadata),
    () => state.watch(metadata),
    () => state.watchKind(PATHS),
    () => state.watchKindAggregated(PATHS),
  ];
  for (const call of calls) assertStrictEquals(await assertRejects(call), DENIED);
});

Deno.test("withHelpers() hands on names alone, as they were when they were given", async () => {
  const asked: unknown[] = [];
  const ask = (name: unknown): never => {
    asked.push(name);
    return deny();
  };
  const state = over({
    get: ask,
    destroy: ask,
    watch: ask,
    watchKind: ask,
    watchKindAggregated: ask,
  });
  const pointer: Pointer = { ...PATHS, id: "a" };
  const given = withMetadata(path("a"), { version: 3n }).metadata;
  const calls = [
    async () => await state.get(given),
    () => state.destroy(given),
    () => state.watch(given),
    () => state.watchKind(given),
    () => state.watchKindAggregated(given),
  ];
  for (const call of calls) assertStrictEquals(await assertRejects(call), DENIED);
  assertEquals(asked, [pointer, pointer, pointer, PATHS, PATHS]);
});

Deno.test("withHelpers() reads metadata once, and not at all where it was checked before", async () => {
  const given: Resource[] = [];
  const take = (resource: Resource) => {
    given.push(resource);
    return Promise.resolve(resource);
  };
  const state = over({ create: take, update: take });
  const other = { ...metadata };
  for (const write of [state.create, state.update]) {
    await write(path("a"));
    await write({ metadata, spec: 1 });
    await write({ metadata: other, spec: 2 });
  }
  for (const index of [1, 4]) assertStrictEquals(given[index]?.metadata, metadata);
  for (const index of [2, 5]) {
    assertEquals([given[index]?.metadata === other, given[index]?.metadata], [false, metadata]);
  }
});

Deno.test("State.modify() creates only what is known to be missing", async () => {
  let created = 0;
  const create = (): never => {
    created++;
    return deny();
  };
  const state = over({ get: () => Promise.reject(DENIED), create });
  assertStrictEquals(await assertRejects(() => state.modify(path("a"), (it) => it)), DENIED);
  assertEquals(created, 0);
});

Deno.test("State.updateWithConflicts() keeps the whole name, and says what a change made of it", async () => {
  const state = over();
  await state.create(path("a"));
  for (const part of [{ namespace: "x" }, { type: "x" }, { id: "x" }]) {
    const rename = () => state.updateWithConflicts(metadata, (it) => withMetadata(it, part));
    const { namespace, type, id } = { ...metadata, ...part };
    const error = await assertRejects(
      rename,
      StateError,
      `os/path(default/a@1): a change must keep the name, and made it ` +
        `${type}(${namespace}/${id}@1)`,
    );
    assertEquals(error.failure.refusal, "invalid-resource");
  }
});

Deno.test("State.updateWithConflicts() writes whatever version its change carries", async () => {
  const state = over();
  await state.create(path("a"));
  for (const version of [undefined, 9n]) {
    const value = `${version}`;
    const written = await state.updateWithConflicts(
      metadata,
      (it) => withMetadata(labelled(it, "k", value), { version }),
    );
    assertEquals(written.metadata.labels["k"], value);
  }
  assertEquals((await state.get(metadata)).metadata.version, 3n);
});

Deno.test("State.updateWithConflicts() reads nothing once its signal has aborted", async () => {
  let read = 0;
  const get = (): never => {
    read++;
    return deny();
  };
  const reason = new Error("enough");
  const options = { signal: AbortSignal.abort(reason) };
  const update = () => over({ get }).updateWithConflicts(metadata, (it) => it, options);
  assertStrictEquals(await assertRejects(update), reason);
  assertEquals(read, 0);
});

Deno.test("State.teardown() a second time is anybody's, and writes nothing", async () => {
  const state = over();
  await state.create(path("a"), { owner: "X" });
  await state.addFinalizer(metadata, ["F"]);
  assertEquals(await state.teardown(metadata, { owner: "X" }), false);
  assertEquals(await state.teardown(metadata), false);
  const { metadata: { version, phase } } = await state.get(metadata);
  assertEquals([version, phase], [3n, "tearingDown"]);
});

Deno.test("State.teardownAndDestroy() opens no watch where nobody holds the resource", async () => {
  const state = over({ watch: deny });
  await state.create(path("a"), { owner: "X" });
  await state.teardownAndDestroy(metadata, { owner: "X" });
  assertEquals(await state.list(PATHS), []);
});

Deno.test("withHelpers() uses the fast path of tearing down wherever it tears down", async () => {
  const torn: Pointer[] = [];
  const state = over({
    teardown(pointer) {
      torn.push(pointer);
      return Promise.resolve(true);
    },
  });
  await state.create(path("a"));
  assertEquals(await state.teardown(metadata), true);
  await state.teardownAndDestroy(metadata);
  assertEquals([torn.length, await state.list(PATHS)], [2, []]);
});

const HELD = withMetadata(path("a"), { finalizers: ["F"], phase: "tearingDown" });
const FREE = withMetadata(HELD, { finalizers: [] });

/** Waits for the last finalizer along these events; gives how often the resource was destroyed then. */
async function waitAlong(...events: readonly WatchEvent[]): Promise<number> {
  let destroyed = 0;
  async function* watch(): AsyncGenerator<WatchEvent> {
    for (const event of events) yield await Promise.resolve(event);
  }
  const state = over({
    teardown: () => Promise.resolve(false),
    watch: () => Promise.resolve(watch()),
    destroy() {
      destroyed++;
      return Promise.resolve();
    },
  });
  await state.teardownAndDestroy(metadata);
  return destroyed;
}

Deno.test("State.teardownAndDestroy() destroys at the first event that shows no finalizer", async () => {
  const created = (resource: Resource): WatchEvent => ({ event: "created", resource });
  const updated = (resource: Resource): WatchEvent => ({ event: "updated", resource, old: HELD });
  const noop: WatchEvent = { event: "noop", resource: tombstone(metadata) };
  assertEquals(await waitAlong(created(FREE)), 1);
  assertEquals(await waitAlong(created(HELD), updated(HELD), updated(FREE), updated(FREE)), 1);
  assertEquals(await waitAlong(created(HELD), { event: "destroyed", resource: FREE }), 0);
  assert(isClosed(await assertRejects(() => waitAlong(created(HELD), noop))));
});

Deno.test("State.teardownAndDestroy() says how its watch ended, where the resource did not", async () => {
  const errored: WatchEvent = { event: "errored", error: DENIED };
  assertStrictEquals(await assertRejects(() => waitAlong(errored)), DENIED);
  const words = "the watch ended before the last finalizer was gone";
  assert(isClosed(await assertRejects(() => waitAlong(), StateError, words)));
});

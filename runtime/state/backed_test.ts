// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  FakeBackingStore,
  type FakeBackingStoreOptions,
  oneByOne,
  StoreFailure,
} from "../../tests/fakes/backing_store.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { backedStateConformance, stateConformance } from "../../tests/conformance/state.ts";
import { brief, labelled, path, PATHS, Probe } from "../../tests/conformance/state_fixtures.ts";
import type { BackingStore } from "../core/backing_store.ts";
import { StateError } from "../core/errors.ts";
import { withMetadata } from "../core/metadata.ts";
import type { Resource } from "../core/resource.ts";
import { backedState } from "./backed.ts";
import type { MemoryState } from "./memory.ts";
import { SHARED_WRITES_MAX, WAITING_WRITES_MAX } from "./write_queue.ts";

function open(store: BackingStore): Promise<MemoryState> {
  return backedState({ clock: new FakeClock(), random: new FakeRandom(), store });
}

async function withStore(options: FakeBackingStoreOptions = {}) {
  const store = new FakeBackingStore(options);
  return { store, state: await open(store) };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function conformance(name: string, store: () => BackingStore): void {
  stateConformance(`TestLocalConformanceWithBackingStore: backedState(${name})`, async () => {
    const state = await open(store());
    return { state, [Symbol.asyncDispose]: () => Promise.resolve() };
  });
}

conformance("immediate", () => new FakeBackingStore());
conformance("delayed", () => new FakeBackingStore({ delay: turn }));
conformance("delayed, one by one", () => oneByOne(new FakeBackingStore({ delay: turn })));

for (const form of ["shared commits", "one by one"]) {
  backedStateConformance(`backedState(${form})`, () => {
    let store = new FakeBackingStore();
    return {
      load() {
        store = store.restarted();
        return open(form === "one by one" ? oneByOne(store) : store);
      },
    };
  });
}

Deno.test("backedState() announces what it loads, once each", async () => {
  const { store, state } = await withStore();
  const { metadata } = await state.create(path("a"));
  await state.teardown(metadata);
  const again = await open(store.restarted());
  assertEquals(again.eventsNow(PATHS).map((event) => brief(event)), ["created a@2 tearingDown"]);
});

Deno.test("backedState() shows a write when the store has kept it, and not before", async () => {
  const { store, state } = await withStore({ fault: (call) => call > 0 ? "stall" : undefined });
  await using watch = new Probe(await state.watchKind(PATHS));
  const creating = state.create(path("a"));
  await store.held;
  assertEquals([state.getNow(path("a").metadata), state.listNow(PATHS)], [undefined, []]);
  assertEquals(state.eventsNow(PATHS), []);
  await assertRejects(() => state.get(path("a").metadata), StateError, "doesn't exist");
  await using marker = new Probe(await state.watchKind(PATHS, { bootstrapBookmark: true }));
  const { bookmark = new Uint8Array() } = await marker.next();
  store.release();
  const created = await creating;
  assertStrictEquals(state.getNow(created.metadata), created);
  assertEquals(brief(await watch.next()), "created a@1");
  await using resumed = new Probe(await state.watchKind(PATHS, { startFromBookmark: bookmark }));
  assertEquals(brief(await resumed.next()), "created a@1");
});

Deno.test("backedState() checks against the newest write that waits, and shares commits", async () => {
  const { store, state } = await withStore({ fault: (call) => call === 1 ? "stall" : undefined });
  const first = state.create(path("first"));
  await store.held;
  const versions = [1n, 2n];
  const writes = [
    state.create(path("a")),
    ...versions.map((version) => state.update(withMetadata(path("a"), { version }))),
    state.create(path("b")),
    state.destroy(path("a").metadata),
    state.create(path("a", { again: "" })),
  ];
  store.release();
  await Promise.all([first, ...writes]);
  const shared = "put a@1, put a@2, put a@3, put b@1, destroy a, put a@1";
  assertEquals(store.calls, ["load", "put first@1", `commit ${shared}`]);
  assertEquals(state.eventsNow(PATHS).map((event) => brief(event)), [
    "created first@1",
    "created a@1",
    "updated a@2 from 1",
    "updated a@3 from 2",
    "created b@1",
    "destroyed a@3",
    "created a@1",
  ]);
});

Deno.test("backedState() refuses what a waiting write forbids once that is kept", async () => {
  const { store, state } = await withStore({ fault: (call) => call === 1 ? "stall" : undefined });
  const creating = state.create(path("a"));
  await store.held;
  let answered = false;
  const again = assertRejects(() => state.create(path("a")), StateError, "already exists")
    .finally(() => answered = true);
  await assertRejects(() => state.destroy(path("other").metadata), StateError, "doesn't exist");
  assertEquals(answered, false);
  store.release();
  await Promise.all([creating, again]);
});

Deno.test("backedState() checks against a write that waits while the one before it is kept", async () => {
  const { store, state } = await withStore({ fault: (call) => call > 0 ? "stall" : undefined });
  const creating = state.create(path("a"));
  await store.held;
  const second = state.update(withMetadata(path("a"), { version: 1n }));
  store.release();
  await creating;
  await store.held;
  const third = state.update(withMetadata(path("a"), { version: 2n }));
  store.release();
  await second;
  await store.held;
  store.release();
  assertEquals((await third).metadata.version, 3n);
});

Deno.test("backedState() refuses at once what no waiting write is about", async () => {
  const { store, state } = await withStore({ fault: (call) => call === 2 ? "stall" : undefined });
  await state.create(path("a"));
  const creating = state.create(path("b"));
  await store.held;
  await assertRejects(() => state.create(path("a")), StateError, "already exists");
  await assertRejects(() => state.destroy(path("c").metadata), StateError, "doesn't exist");
  store.release();
  await creating;
});

Deno.test("backedState() answers what came before a write that fails", async () => {
  const { store, state } = await withStore({
    fault: (call) => call === 1 ? "stall" : call === 2 ? "fail" : undefined,
  });
  const creating = state.create(path("a"));
  await store.held;
  const again = assertRejects(() => state.create(path("a")), StateError, "already exists");
  const update = state.update(withMetadata(path("a"), { version: 1n }));
  const failing = assertRejects(() => update, StoreFailure);
  store.release();
  await Promise.all([creating, again, failing]);
  assertEquals((await state.get(path("a").metadata)).metadata.version, 1n);
});

Deno.test("backedState() fails a write, and those that were checked against it, with it", async () => {
  for (const share of [true, false]) {
    const store = new FakeBackingStore({
      // The shared commit, and then the create of "a" alone.
      fault: (call) => call === 1 || (share && call === 2) ? "fail" : undefined,
    });
    const state = await open(share ? store : oneByOne(store));
    await using watch = new Probe(await state.watchKind(PATHS));
    const [a, update, again, b] = await Promise.allSettled([
      state.create(path("a")),
      state.update(withMetadata(path("a"), { version: 1n })),
      state.create(path("a")),
      state.create(path("b")),
    ]);
    assert(a.status === "rejected" && a.reason instanceof StoreFailure);
    for (const [version, dependent] of [["1", update], ["undefined", again]] as const) {
      assert(dependent.status === "rejected" && dependent.reason instanceof StateError);
      assertEquals(dependent.reason.failure.refusal, "closed");
      assertStrictEquals(dependent.reason.cause, a.reason);
      const words = "the backing store did not keep the write before it";
      assertEquals(
        dependent.reason.message,
        `Cannot write os/path(default/a@${version}): ${words}`,
      );
    }
    assertEquals(b.status, "fulfilled");
    assertEquals(brief(await watch.next()), "created b@1");
    assertEquals(state.listNow(PATHS).map(({ metadata }) => metadata.id), ["b"]);
    assertEquals((await state.create(path("a"))).metadata.version, 1n);
    assertEquals(store.kept, ["a@1", "b@1"]);
  }
});

Deno.test("backedState() lets updateWithConflicts() win against a slow store", async () => {
  const { state } = await withStore({ delay: turn });
  const { metadata } = await state.create(path("a"));
  const names = Array.from({ length: 8 }, (_, index) => `n${index}`);
  await Promise.all(
    names.map((name) => state.updateWithConflicts(metadata, (it) => labelled(it, name, ""))),
  );
  assertEquals(Object.keys((await state.get(metadata)).metadata.labels).sort(), names);
});

Deno.test("backedState() waits no longer than the signal, and the write goes on", async () => {
  const { store, state } = await withStore({ fault: (call) => call === 1 ? "stall" : undefined });
  const stop = new AbortController();
  const { signal } = stop;
  const creating = assertRejects(() => state.create(path("a"), { signal }), Error, "enough");
  await store.held;
  stop.abort(new Error("enough"));
  await creating;
  await assertRejects(() => state.create(path("b"), { signal }), Error, "enough");
  await using watch = new Probe(await state.watchKind(PATHS));
  store.release();
  assertEquals(brief(await watch.next()), "created a@1");
  assertEquals(store.kept, ["a@1"]);
});

Deno.test("backedState() lets go of the signal once a write is answered", async () => {
  const { state } = await withStore();
  const { signal } = new AbortController();
  let listening = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listening++;
    add(...given);
  };
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listening--;
    remove(...given);
  };
  const creating = state.create(path("a"), { signal });
  assertEquals(listening, 1);
  await creating;
  assertEquals(listening, 0);
});

Deno.test("backedState() keeps the cause of every event", async () => {
  const { state } = await withStore();
  const cause = { actor: "test.C", request: "r" };
  await state.create(path("a"), { cause });
  await state.destroy(path("a").metadata);
  assertEquals(state.eventsNow(PATHS).map((event) => event.cause), [cause, undefined]);
});

Deno.test("backedState() lets so many writes wait, and share a commit, as may", async () => {
  const { store, state } = await withStore({ fault: (call) => call === 1 ? "stall" : undefined });
  const first = state.create(path("first"));
  await store.held;
  const more = Array.from(
    { length: WAITING_WRITES_MAX - 1 },
    (_, index) => state.create(path(`${index}`)),
  );
  const error = await assertRejects(() => state.create(path("more")), StateError);
  const words = "4096 writes wait for the backing store, and no more may";
  assertEquals(error.message, `Cannot write os/path(default/more@undefined): ${words}`);
  assertEquals(error.failure.refusal, "overrun");
  store.release();
  await Promise.all([first, ...more]);
  assertEquals(state.listNow(PATHS).length, WAITING_WRITES_MAX);
  const commits = store.calls.filter((call) => call.startsWith("commit"));
  assertEquals(commits.length, Math.ceil((WAITING_WRITES_MAX - 1) / SHARED_WRITES_MAX));
  await state.create(path("more"));
});

Deno.test("backedState() is handed out loaded, or not at all", async () => {
  const store = new FakeBackingStore({ fault: (call) => call === 0 ? "fail" : undefined });
  await assertRejects(() => open(store), StoreFailure, "Cannot load");
  const state = await open(store);
  await state.create(path("a"));
  assertEquals((await open(store.restarted())).listNow(PATHS).length, 1);
});

Deno.test("backedState() refuses to load what cannot be", async () => {
  const kept = (...resources: readonly Resource[]): BackingStore => ({
    load: (take) => Promise.resolve().then(() => resources.forEach(take)),
    put: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  });
  const one = withMetadata(path("a"), { version: 1n });
  const broken = [kept(path("a")), kept(one, one)];
  for (const [index, words] of ["without a version", "twice"].entries()) {
    const store = broken[index] ?? kept();
    const error = await assertRejects(() => open(store), StateError, words);
    assertEquals(error.failure.refusal, "invalid-resource");
  }
  const state = await open(kept({ metadata: { ...one.metadata }, spec: { list: [1] } }));
  const [loaded] = state.listNow(PATHS);
  assert(Object.isFrozen(loaded?.metadata) && Object.isFrozen(loaded?.spec));
});

Deno.test("backedState() keeps a pointer as it was when it was given", async () => {
  const { store, state } = await withStore();
  await Promise.all([state.create(path("a")), state.create(path("b"))]);
  const pointer = { ...PATHS, id: "a" };
  const destroying = state.destroy(pointer);
  pointer.id = "b";
  await destroying;
  assertEquals(store.kept, ["b@1"]);
});

Deno.test("backedState() tries every write of a refused commit by itself, and then shares again", async () => {
  const { store, state } = await withStore({
    fault: (call) => call === 1 || call === 4 ? "fail" : undefined,
  });
  const writes = ["a", "b", "c", "d"].map((id) => state.create(path(id)));
  const outcomes = await Promise.allSettled(writes);
  assertEquals(outcomes.map(({ status }) => status === "fulfilled"), [true, true, false, true]);
  await Promise.all(["e", "f"].map((id) => state.create(path(id))));
  assertEquals(store.calls, [
    "load",
    "commit put a@1, put b@1, put c@1, put d@1",
    "put a@1",
    "put b@1",
    "put c@1",
    "put d@1",
    "commit put e@1, put f@1",
  ]);
});

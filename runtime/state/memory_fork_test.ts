// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { item, valueOf } from "../../tests/fakes/engine_house.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { isInvalidBookmark } from "../core/errors.ts";
import { withMetadata } from "../core/metadata.ts";
import type { Resource } from "../core/resource.ts";
import { type MemoryState, memoryState } from "./memory.ts";

const KIND = { namespace: "default", type: "test/int" };
const A = { ...KIND, id: "a" };

function ports(seed: number) {
  return { clock: new FakeClock(), random: new FakeRandom(seed) };
}

const all = (state: MemoryState) =>
  state.listNow(KIND).map((resource) => `${resource.metadata.id}=${valueOf(resource)}`);

async function filled(): Promise<MemoryState> {
  const state = memoryState(ports(1));
  for (const id of ["b", "a", "c"]) await state.create(item(KIND, id, id, { name: id }));
  await state.teardown({ ...KIND, id: "c" });
  return state;
}

Deno.test("MemoryState.fork() begins with the very same resources", async () => {
  const state = await filled();
  const fork = state.fork(ports(2));
  assertEquals(all(fork), ["a=a", "b=b", "c=c"]);
  assert(fork.getNow(A) === state.getNow(A));
  const named = { key: "name", operation: "equal", values: ["b"], invert: false } as const;
  assertEquals((await fork.list(KIND, { query: { labels: [[named]] } })).length, 1);
  assertEquals(fork.kindCountsNow(), state.kindCountsNow());
});

Deno.test("MemoryState.fork() and its origin go their own ways", async () => {
  const state = await filled();
  const fork = state.fork(ports(2));
  await fork.updateWithConflicts(A, (now) => ({ ...now, spec: item(KIND, "a", "2").spec }));
  await fork.create(item(KIND, "d", "d"));
  await state.destroy({ ...KIND, id: "b" });
  assertEquals(all(fork), ["a=2", "b=b", "c=c", "d=d"]);
  assertEquals(all(state), ["a=a", "c=c"]);
  assertEquals(fork.getNow(A)?.metadata.version, 2n);
});

Deno.test("MemoryState.fork() goes on with the revision, and with a history of its own", async () => {
  const state = await filled();
  const fork = state.fork(ports(2));
  assertEquals(fork.eventsNow(KIND), []);
  await fork.destroy(A);
  assertEquals(fork.eventsNow(KIND).map(({ revision }) => revision), [5n]);
  const stop = new AbortController();
  const { signal } = stop;
  const events = await state.watchKind(KIND, { signal, bootstrapBookmark: true });
  const first = await events[Symbol.asyncIterator]().next();
  const startFromBookmark: Uint8Array = first.value?.bookmark;
  const error = await assertRejects(() => fork.watchKind(KIND, { signal, startFromBookmark }));
  assert(isInvalidBookmark(error));
  stop.abort();
});

Deno.test("MemoryState.fork() keeps what nobody wrote to since, watched or not", async () => {
  const state = await filled();
  const fork = state.fork(ports(2));
  const events = await fork.watchKind(KIND, { bootstrapContents: true });
  const seen: Resource[] = [];
  for await (const event of events) {
    if (event.event !== "created") break;
    seen.push(event.resource);
  }
  assertEquals(seen.length, 3);
  const missing = item(KIND, "missing", "");
  await assertRejects(() => fork.update(withMetadata(missing, { version: 1n })));
  assertEquals(all(fork), ["a=a", "b=b", "c=c"]);
  assertEquals(all(fork.fork(ports(3))), ["a=a", "b=b", "c=c"]);
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { newMetadata } from "../core/metadata.ts";
import type { Pointer } from "../core/resource.ts";
import { type MemoryState, memoryState } from "./memory.ts";

const NAMESPACE = "n";

function pointer(id: string, type = "T"): Pointer {
  return { namespace: NAMESPACE, type, id };
}

function newState(): MemoryState {
  const history = { initial: 2, maximum: 4, gap: 1 };
  return memoryState({ clock: new FakeClock(), random: new FakeRandom(), history });
}

async function create(state: MemoryState, id: string, type = "T"): Promise<void> {
  const cause = { actor: `maker of ${id}` };
  await state.create({ metadata: newMetadata(pointer(id, type)), spec: {} }, { cause });
}

/** What is remembered of a resource's newest write. */
function newest(state: MemoryState, id: string, type = "T"): unknown {
  const write = state.newestWriteNow(pointer(id, type));
  return write && [write.event, write.revision, write.cause?.actor, write.resource.metadata.id];
}

Deno.test("newestWriteNow() tells what was done last, a destroy too, until the history forgets", async () => {
  const state = newState();
  assertEquals(newest(state, "a"), undefined);
  await create(state, "a");
  await create(state, "b", "Other");
  assertEquals(newest(state, "a"), ["created", 1n, "maker of a", "a"]);
  assertEquals(newest(state, "b"), undefined);
  assertEquals(newest(state, "b", "Other"), ["created", 2n, "maker of b", "b"]);
  await state.teardown(pointer("a"), { cause: { actor: "X" } });
  assertEquals(newest(state, "a"), ["updated", 3n, "X", "a"]);
  await state.destroy(pointer("a"));
  assertEquals(newest(state, "a"), ["destroyed", 4n, undefined, "a"]);
  for (const id of ["1", "2", "3"]) await create(state, id);
  assertEquals(newest(state, "a"), ["destroyed", 4n, undefined, "a"]);
  await create(state, "4");
  assertEquals(newest(state, "a"), undefined);
  assertEquals(newest(state, "1"), ["created", 5n, "maker of 1", "1"]);
});

Deno.test("writeNow() finds a write by its revision, and only under its own name", async () => {
  const state = newState();
  for (let n = 1; n <= 9; n++) {
    // Revisions of a kind have gaps: those of a namespace are shared.
    await create(state, `${n}`, n % 3 === 0 ? "Other" : "T");
    for (let revision = 0; revision <= n + 1; revision++) {
      const age = [1, 2, 4, 5, 7, 8].filter((each) => each > revision && each <= n).length;
      const there = revision > 0 && revision <= n && revision % 3 !== 0 && age < 4;
      const found = state.writeNow(pointer(`${revision}`), BigInt(revision));
      assertEquals(found?.revision, there ? BigInt(revision) : undefined, `${revision} after ${n}`);
    }
  }
  assertEquals(state.writeNow(pointer("7"), 8n), undefined);
  assertEquals(state.writeNow(pointer("8", "Other"), 8n), undefined);
  assertEquals(state.writeNow(pointer("9", "Other"), 9n)?.cause?.actor, "maker of 9");
});

Deno.test("kindCountsNow() counts by phase through the whole life of resources", async () => {
  const state = newState();
  const counts = () =>
    state.kindCountsNow().map(({ type, running, tearingDown }) => [type, running, tearingDown]);
  const { signal } = new AbortController();
  await state.watchKind({ namespace: NAMESPACE, type: "Watched" }, { signal });
  assertEquals(counts(), []);
  for (const id of ["a", "b", "c"]) await create(state, id);
  await create(state, "a", "Other");
  assertEquals(counts(), [["T", 3, 0], ["Other", 1, 0]]);
  await state.teardown(pointer("a"));
  await state.teardown(pointer("a"));
  await state.teardown(pointer("b"));
  assertEquals(counts(), [["T", 1, 2], ["Other", 1, 0]]);
  await state.addFinalizer(pointer("a"), ["F"]);
  await state.destroy(pointer("b"));
  await state.destroy(pointer("c"));
  assertEquals(counts(), [["T", 0, 1], ["Other", 1, 0]]);
  const { metadata } = await state.get(pointer("a"));
  const running = { metadata: newMetadata({ ...metadata, phase: "running" }), spec: {} };
  await state.update(running, { expectedPhase: "tearingDown" });
  assertEquals(counts(), [["T", 1, 0], ["Other", 1, 0]]);
  const born = { metadata: newMetadata({ ...pointer("d"), phase: "tearingDown" }), spec: {} };
  await state.create(born);
  assertEquals(counts(), [["T", 1, 1], ["Other", 1, 0]]);
  await state.destroy(pointer("d"));
  assertEquals(counts(), [["T", 1, 0], ["Other", 1, 0]]);
});

Deno.test("writeNow() does not take a later write of the same name for one between two of its kind", async () => {
  const state = newState();
  await create(state, "a");
  await create(state, "b", "Other");
  await state.teardown(pointer("a"));
  assertEquals(state.writeNow(pointer("a"), 2n), undefined);
  assertEquals(state.writeNow(pointer("a"), 3n)?.event, "updated");
  assertEquals(state.writeNow(pointer("a", "NeverSeen"), 1n), undefined);
});

Deno.test("eventsNow() tells of an old resource only where there was one", async () => {
  const state = newState();
  await create(state, "a");
  await state.teardown(pointer("a"));
  const told = state.eventsNow(pointer("a")).map((event) => [event.event, "old" in event]);
  assertEquals(told, [["created", false], ["updated", true]]);
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { path } from "../../tests/conformance/state_fixtures.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { MemoryCore } from "../state/memory.ts";
import { StateError } from "./errors.ts";
import { lookup } from "./lookup.ts";
import type { CoreState } from "./state.ts";

const { metadata } = path("a");
const MISSING = `resource ${metadata.type}(${metadata.namespace}/a@undefined) doesn't exist`;

async function filled(): Promise<MemoryCore> {
  const core = new MemoryCore({ clock: new FakeClock(), random: new FakeRandom() });
  await core.create(path("b"));
  return core;
}

/** The same, but reads take their time. */
function far(core: MemoryCore): CoreState {
  return {
    get: (pointer, options) => core.get(pointer, options),
    list: (kind, options) => core.list(kind, options),
    create: (resource, options) => core.create(resource, options),
    update: (resource, options) => core.update(resource, options),
    destroy: (pointer, options) => core.destroy(pointer, options),
    watch: (pointer, options) => core.watch(pointer, options),
    watchKind: (kind, options) => core.watchKind(kind, options),
    watchKindAggregated: (kind, options) => core.watchKindAggregated(kind, options),
  };
}

Deno.test("lookup() answers in the same turn where the back-end does", async () => {
  const core = await filled();
  const reads = lookup(core, core);
  const there = core.getNow(path("b").metadata);
  assertStrictEquals(reads.get(path("b").metadata, {}), there);
  assertStrictEquals(reads.find(path("b").metadata, {}), there);
  assertEquals(reads.find(metadata, {}), undefined);
  assertThrows(() => reads.get(metadata, {}), StateError, MISSING);
  const signal = AbortSignal.abort(new Error("enough"));
  assertThrows(() => reads.find(metadata, { signal }), Error, "enough");
  const id = 7 as unknown as string; // For callers that no compiler checked.
  assertThrows(() => reads.find({ ...metadata, id }, {}), StateError, "the id is 7");
});

Deno.test("lookup() waits for a back-end that is far, and passes on what it refuses", async () => {
  const core = far(await filled());
  const reads = lookup(core, core);
  assertEquals((await reads.get(path("b").metadata, {})).metadata.id, "b");
  assertEquals((await reads.find(path("b").metadata, {}))?.metadata.id, "b");
  assertEquals(await reads.find(metadata, {}), undefined);
  await assertRejects(async () => await reads.get(metadata, {}), StateError, MISSING);
  const denied = new StateError({ refusal: "access-denied", detail: "no" });
  const shut = { ...core, get: () => Promise.reject(denied) };
  await assertRejects(async () => await lookup(shut, shut).find(metadata, {}), StateError, "no");
});

Deno.test("lookup() waits where one of several back-ends does not answer at once", async () => {
  const core = await filled();
  const mixed = Object.assign(far(core), {
    getNow: () => {
      throw new StateError({ refusal: "unsupported", operation: "getNow" });
    },
    listNow: () => [],
  });
  const reads = lookup(mixed, mixed);
  assertEquals((await reads.get(path("b").metadata, {})).metadata.id, "b");
  assertEquals(await reads.find(metadata, {}), undefined);
  const broken = Object.assign(far(core), {
    getNow: () => {
      throw new Error("broken");
    },
    listNow: () => [],
  });
  assertThrows(() => lookup(broken, broken).find(metadata, {}), Error, "broken");
});

// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { stateConformance } from "../../tests/conformance/state.ts";
import {
  brief,
  type OpenState,
  path,
  PATHS,
  Probe,
} from "../../tests/conformance/state_fixtures.ts";
import { isInvalidBookmark, isOverrun, StateError } from "../core/errors.ts";
import { withMetadata } from "../core/metadata.ts";
import { withHelpers } from "../core/state_helpers.ts";
import { type MemoryState, memoryState } from "./memory.ts";
import { MADE_NAMESPACES_MAX, namespacedState } from "./namespaced.ts";

function memory(seed: number): MemoryState {
  return memoryState({ clock: new FakeClock(), random: new FakeRandom(seed) });
}

function open() {
  const [others, system] = [memory(1), memory(2)];
  const state = namespacedState({ namespaces: new Map([["system", system]]), others });
  return { state, others, system };
}

function inNamespace(namespace: string, id: string) {
  return withMetadata(path(id), { namespace });
}

/** The suite works in "default": once as a back-end of its own, once among the others. */
const openings: readonly (readonly [string, () => ReturnType<OpenState>])[] = [
  ["made on demand", () => {
    let seed = 4;
    return opened(new Map(), () => memory(seed++));
  }],
  ["of its own", () => opened(new Map([["default", memory(1)], ["system", memory(2)]]))],
  ["among others", () => opened(new Map([["system", memory(2)]]))],
];
for (const [where, openSuite] of openings) {
  stateConformance(`TestNamespacedConformance: namespacedState(${where})`, openSuite);
}

async function opened(
  namespaces: ReadonlyMap<string, MemoryState>,
  others: MemoryState | (() => MemoryState) = memory(3),
): ReturnType<OpenState> {
  const state = namespacedState({ namespaces, others });
  // Neighbours of the same names, which no case may see.
  for (const namespace of ["system", "controller"]) {
    for (const id of ["a", "b", "var/run"]) await state.create(inNamespace(namespace, id));
  }
  return { state, [Symbol.asyncDispose]: () => Promise.resolve() };
}

Deno.test("namespacedState() keeps each namespace in its back-end", async () => {
  const { state, others, system } = open();
  for (const namespace of ["default", "system", "runtime"]) {
    const created = await state.create(inNamespace(namespace, "a"));
    assertEquals(await state.get(created.metadata), created);
    await state.addFinalizer(created.metadata, ["F"]);
    assertEquals(await state.teardown(created.metadata), false);
    await state.removeFinalizer(created.metadata, ["F"]);
  }
  assertEquals(system.listNow({ ...PATHS, namespace: "system" }).length, 1);
  assertEquals(others.listNow({ ...PATHS, namespace: "system" }), []);
  for (const namespace of ["default", "runtime"]) {
    assertEquals(others.listNow({ ...PATHS, namespace }).length, 1);
    assertEquals(system.listNow({ ...PATHS, namespace }), []);
  }
  await state.teardownAndDestroy(inNamespace("system", "a").metadata);
  assertEquals(system.listNow({ ...PATHS, namespace: "system" }), []);
});

Deno.test("namespacedState() watches the namespace asked for alone", async () => {
  const { state } = open();
  const system = { ...PATHS, namespace: "system" };
  await using watch = new Probe(await state.watchKind(system, { bootstrapBookmark: true }));
  const marker = await watch.next();
  await state.create(inNamespace("default", "a"));
  await state.create(inNamespace("system", "b"));
  assertEquals(brief(await watch.next()), "created b@1");
  const startFromBookmark = marker.bookmark ?? new Uint8Array();
  const elsewhere = () => state.watchKind(PATHS, { startFromBookmark });
  assert(isInvalidBookmark(await assertRejects(elsewhere, StateError)));
});

Deno.test("namespacedState() uses the fast paths of a back-end", async () => {
  const calls: string[] = [];
  const core = {
    ...memory(1),
    teardown: () => Promise.resolve(calls.push("teardown") > 0),
    teardownAndDestroy: () => Promise.resolve(void calls.push("teardownAndDestroy")),
  };
  const state = namespacedState({ namespaces: new Map(), others: core });
  await state.teardown(path("a").metadata);
  await state.teardownAndDestroy(path("a").metadata);
  assertEquals(calls, ["teardown", "teardownAndDestroy"]);
});

Deno.test("namespacedState() answers at once where all its back-ends do", async () => {
  const { state, system } = open();
  const created = await state.create(inNamespace("system", "a"));
  assertStrictEquals(state.getNow(created.metadata), created);
  assertStrictEquals(system.getNow(created.metadata), created);
  assertEquals(state.getNow(path("a").metadata), undefined);
  assertEquals(state.listNow({ ...PATHS, namespace: "system" }, { id: "a" }), [created]);
  assertEquals(state.listNow(PATHS), []);
  const far = namespacedState({
    namespaces: new Map([["far", withHelpers(memory(1))]]),
    others: system,
  });
  // @ts-expect-error one of the back-ends does not answer at once
  assertEquals(far.getNow, undefined);
  const others = namespacedState({
    namespaces: new Map([["near", system]]),
    others: withHelpers(memory(1)),
  });
  // @ts-expect-error the others do not answer at once
  assertEquals(others.getNow, undefined);
});

Deno.test("namespacedState() makes a back-end once, when its namespace is first touched", async () => {
  const made: string[] = [];
  const state = namespacedState({
    others(namespace) {
      made.push(namespace);
      return memory(made.length);
    },
  });
  assertEquals(made, []);
  assertEquals(state.listNow({ ...PATHS, namespace: "a" }), []);
  await state.create(inNamespace("a", "x"));
  await state.create(inNamespace("b", "x"));
  assertEquals(state.getNow(inNamespace("a", "x").metadata)?.metadata.version, 1n);
  assertEquals(made, ["a", "b"]);
});

Deno.test("namespacedState() makes so many back-ends, and no more", async () => {
  const one = memory(1);
  const state = namespacedState({ others: () => one });
  const read = (index: number) => state.list({ ...PATHS, namespace: `n${index}` });
  for (let index = 0; index < MADE_NAMESPACES_MAX; index++) await read(index);
  const refused = () => read(MADE_NAMESPACES_MAX);
  const words = 'Cannot make namespace "n1024": there are 1024 made on demand';
  assert(isOverrun(await assertRejects(refused, StateError, words)));
  assertEquals(await read(0), []);
});

Deno.test("namespacedState() refuses to answer at once for a back-end that does not", () => {
  // As a caller whom no compiler checks would make it.
  const others = (() => withHelpers(memory(1))) as () => MemoryState;
  const state = namespacedState({ others });
  const words = "operation getNow is not supported";
  assertThrows(() => state.getNow(path("a").metadata), StateError, words);
  const list = "operation listNow is not supported";
  assertThrows(() => state.listNow(PATHS), StateError, list);
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { filteredStateConformance, stateConformance } from "../../tests/conformance/state.ts";
import { path, PATHS } from "../../tests/conformance/state_fixtures.ts";
import { isLocalState } from "../core/local_state.ts";
import { withHelpers } from "../core/state_helpers.ts";
import { type Access, type AccessRule, filteredState } from "./filtered.ts";
import { memoryState } from "./memory.ts";

function open(rule: AccessRule) {
  const core = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  return { core, state: filteredState(core, rule) };
}

/** A state, and what its rule was asked. */
function asked() {
  const accesses: Access[] = [];
  const { core, state } = open((access) => void accesses.push(access));
  return { core, state, verbs: () => accesses.splice(0).map(({ id, verb }) => `${verb} ${id}`) };
}

stateConformance("TestFilterPasshtroughConformance: filteredState()", () => {
  const { state } = open(() => {});
  return Promise.resolve({ state, [Symbol.asyncDispose]: () => Promise.resolve() });
});

filteredStateConformance("filteredState()", (rule) => {
  const { core, state } = open(rule);
  return Promise.resolve({ core, state, [Symbol.asyncDispose]: () => Promise.resolve() });
});

Deno.test("filteredState() answers at once where its state does, and asks before it", async () => {
  const { core, state, verbs } = asked();
  const created = await core.create(path("a"));
  assertStrictEquals(state.getNow(created.metadata), created);
  assertEquals(state.listNow(created.metadata, { id: "a" }), [created]);
  assertEquals(verbs(), ["get a", "list "]);
  const denied = new RangeError("no");
  const { state: shut } = open(() => {
    throw denied;
  });
  assertStrictEquals(assertThrows(() => shut.getNow(created.metadata)), denied);
  assertStrictEquals(assertThrows(() => shut.listNow(PATHS)), denied);
});

Deno.test("filteredState() asks before each call, with the id where there is one", async () => {
  const { state, verbs } = asked();
  const created = await state.create(path("a"));
  await state.get(created.metadata);
  await state.list(created.metadata);
  await state.update(created);
  await state.watch(created.metadata);
  await state.watchKind(PATHS);
  await state.watchKindAggregated(PATHS);
  await state.destroy(created.metadata);
  const expected = ["create a", "get a", "list ", "update a", "watch a", "watch ", "watch "];
  assertEquals(verbs(), [...expected, "destroy a"]);
});

Deno.test("filteredState() judges helpers by the calls they are made of", async () => {
  const { core, state, verbs } = asked();
  await core.create(path("a"));
  await state.addFinalizer(path("a").metadata, ["F"]);
  assertEquals(new Set(verbs()), new Set(["get a", "update a"]));
  await state.removeFinalizer(path("a").metadata, ["F"]);
  assertEquals(new Set(verbs()), new Set(["get a", "update a"]));
  assertEquals(await state.teardown(path("a").metadata), true);
  assertEquals(verbs(), ["get a", "update a"]);
  await core.addFinalizer(path("a").metadata, ["F"]);
  const gone = state.teardownAndDestroy(path("a").metadata);
  const released = core.removeFinalizer(path("a").metadata, ["F"]);
  await Promise.all([gone, released]);
  const seen = verbs();
  assertEquals([seen[0], seen.at(-1)], ["get a", "destroy a"]);
});

Deno.test("filteredState() does nothing that its rule refuses", async () => {
  const { core, state } = open(({ verb }) => {
    if (verb !== "get") throw new RangeError(`no ${verb}`);
  });
  await core.create(path("a"));
  await assertRejects(() => state.teardown(path("a").metadata), RangeError, "no update");
  await assertRejects(() => state.destroy(path("a").metadata), RangeError, "no destroy");
  await assertRejects(() => state.create(path("b")), RangeError, "no create");
  assertEquals(core.eventsNow(PATHS).length, 1);
});

Deno.test("filteredState() asks about a whole kind by its name, and by no id", async () => {
  const accesses: Access[] = [];
  const { state } = open((access) => void accesses.push(access));
  const pointer = { ...PATHS, id: "a" };
  await state.list(pointer);
  state.listNow(pointer);
  await state.watchKind(pointer);
  await state.watchKindAggregated(pointer);
  const verbs = ["list", "list", "watch", "watch"] as const;
  assertEquals(accesses, verbs.map((verb) => ({ ...PATHS, id: "", verb })));
});

Deno.test("filteredState() answers at once only where its state does", () => {
  const { core } = open(() => {});
  assertEquals(isLocalState(filteredState(withHelpers(core), () => {})), false);
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { ownedStateConformance, stateConformance } from "../../tests/conformance/state.ts";
import { path, PATHS } from "../../tests/conformance/state_fixtures.ts";
import { withHelpers } from "../core/state_helpers.ts";
import { memoryState } from "./memory.ts";
import { ownedState } from "./owned.ts";

function memory() {
  return memoryState({ clock: new FakeClock(), random: new FakeRandom() });
}

stateConformance("ownedState()", () => {
  const state = ownedState(memory(), "view");
  return Promise.resolve({ state, [Symbol.asyncDispose]: () => Promise.resolve() });
}, { owner: "view" });

ownedStateConformance("ownedState()", () => {
  const state = memory();
  const views = { mine: ownedState(state, "me"), yours: ownedState(state, "you") };
  return Promise.resolve({ state, ...views, [Symbol.asyncDispose]: () => Promise.resolve() });
});

Deno.test("ownedState() answers at once where its state does", async () => {
  const state = memory();
  const mine = ownedState(state, "me");
  const created = await mine.create(path("a"));
  assertStrictEquals(mine.getNow(path("a").metadata), created);
  assertEquals(mine.listNow(PATHS, { id: "a" }), [created]);
  assertEquals(mine.listNow(PATHS, { id: "b" }), []);
  // Back-ends elsewhere do not, and the type says so.
  const far = ownedState(withHelpers(state), "me");
  // @ts-expect-error only the view of a local state answers at once
  assertEquals(far.getNow, undefined);
});

Deno.test("ownedState() takes an owner that is undefined for none that was named", async () => {
  const mine = ownedState(memory(), "me");
  // As a caller whom no compiler checks would pass it.
  const options = { owner: undefined } as object;
  assertEquals((await mine.create(path("a"), options)).metadata.owner, "me");
  await mine.destroy(path("a").metadata, options);
});

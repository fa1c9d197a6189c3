// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { memoryState } from "../state/memory.ts";
import { isLocalState } from "./local_state.ts";

Deno.test("isLocalState() wants both reads that answer at once", () => {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  const { getNow: _getNow, ...lists } = state;
  const { listNow: _listNow, ...gets } = state;
  assertEquals([state, lists, gets].map(isLocalState), [true, false, false]);
});

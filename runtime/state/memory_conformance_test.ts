import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import {
  stateConformance,
  stateHistoryConformance,
  stateWrapperConformance,
} from "../../tests/conformance/state.ts";
import type { CoreState } from "../core/state.ts";
import { withHelpers } from "../core/state_helpers.ts";
import type { HistoryOptions } from "./event_ring.ts";
import { type MemoryState, memoryState } from "./memory.ts";

function memory(history: HistoryOptions = {}): MemoryState {
  return memoryState({ clock: new FakeClock(), random: new FakeRandom(), history });
}

/** The eight operations, and nothing of what a state adds to them. */
function bare(): CoreState {
  const { get, list, create, update, destroy, watch, watchKind, watchKindAggregated } = memory();
  return { get, list, create, update, destroy, watch, watchKind, watchKindAggregated };
}

function conformance(name: string, history?: HistoryOptions): void {
  stateConformance(`TestLocalConformance: ${name}`, () => {
    const state = memory(history);
    return Promise.resolve({ state, [Symbol.asyncDispose]: () => Promise.resolve() });
  });
}

conformance("memoryState()");
conformance("memoryState(8 to 1024, gap 2)", { initial: 8, maximum: 1024, gap: 2 });
conformance("memoryState(4 to 32, gap 1)", { initial: 4, maximum: 32, gap: 1 });

stateConformance("TestWrapConformance: withHelpers()", () => {
  const state = withHelpers(bare());
  return Promise.resolve({ state, [Symbol.asyncDispose]: () => Promise.resolve() });
});

stateHistoryConformance("memoryState()", (history) => {
  const state = memory(history);
  return Promise.resolve({ state, [Symbol.asyncDispose]: () => Promise.resolve() });
});

stateWrapperConformance({ name: "withHelpers()", wrap: withHelpers, open: bare });

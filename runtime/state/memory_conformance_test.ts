import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { stateConformance } from "../../tests/conformance/state.ts";
import type { HistoryOptions } from "./event_ring.ts";
import { memoryState } from "./memory.ts";

function conformance(name: string, history?: HistoryOptions): void {
  stateConformance(name, () => {
    const options = { clock: new FakeClock(), random: new FakeRandom() };
    const state = memoryState(history === undefined ? options : { ...options, history });
    return Promise.resolve({ state, [Symbol.asyncDispose]: () => Promise.resolve() });
  });
}

conformance("memoryState()");
conformance("memoryState(8 to 1024, gap 2)", { initial: 8, maximum: 1024, gap: 2 });
conformance("memoryState(4 to 32, gap 1)", { initial: 4, maximum: 32, gap: 1 });

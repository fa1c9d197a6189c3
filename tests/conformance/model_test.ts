import process from "node:process";
import { memoryState } from "../../runtime/state/memory.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeRandom } from "../fakes/random.ts";
import { modelConformance } from "./model.ts";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

modelConformance(() => {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  return Promise.resolve({ state, [Symbol.asyncDispose]: () => Promise.resolve() });
});

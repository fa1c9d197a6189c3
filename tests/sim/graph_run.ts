/** Runs a graph with a seed, and says what is wrong with how it went. */
import type { Timestamp } from "../../runtime/core/resource.ts";
import { pointerKey } from "../../runtime/engine/pointer_key.ts";
import type { ObservedWrite } from "../../runtime/sim/observed_writes.ts";
import { simulate, type Simulation, type SimulationOptions } from "../../runtime/sim/simulation.ts";
import { type MemoryState, memoryState } from "../../runtime/state/memory.ts";
import { eventLoopTurn } from "../../runtime/system/turn.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeRandom } from "../fakes/random.ts";
import type { Graph } from "./graph.ts";
import { left } from "./outside.ts";

/** More than ten times what the longest of the graphs takes. */
const STEPS_MAX = 30_000;
const START: Timestamp = { seconds: 1_767_323_045n, nanos: 0 };

/** A graph with what it begins with. */
export interface GraphRun {
  readonly graph: Graph;
  readonly state: MemoryState;
}

export async function graphRun(graph: Graph): Promise<GraphRun> {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  for (const resource of graph.before ?? []) await state.create(resource);
  return { graph, state };
}

/** @throws {SimulationError} It cannot go on. */
export async function simulateGraph(
  { graph, state }: GraphRun,
  options: Pick<SimulationOptions, "seed" | "wrap" | "onWrite">,
): Promise<Simulation> {
  const { controllers, act, engine, history } = graph;
  return await simulate({
    state,
    controllers,
    act,
    onWrite: orphanJudge(graph),
    settle: eventLoopTurn,
    start: START,
    stepsMax: STEPS_MAX,
    ...(engine === undefined ? {} : { engine }),
    ...(history === undefined ? {} : { history }),
    ...options,
  });
}

/** What is wrong with how a graph ended; undefined: nothing. */
export function wrongEnd(
  { left: wanted, kinds }: Graph,
  simulation: Simulation,
): string | undefined {
  if (!simulation.isActOver) return "who acts outside waits for ever";
  if (!simulation.isQuiet) return "it does not get quiet";
  const is = left(simulation, kinds).join("\n");
  return is === wanted.join("\n") ? undefined : `this is left:\n${is}`;
}

/** Throws when something is destroyed while there is still what hangs on it. */
function orphanJudge({ held = [] }: Graph): (write: ObservedWrite) => void {
  const there = new Set<string>();
  return ({ pointer, after }) => {
    if (after !== undefined) return void there.add(pointerKey(pointer));
    there.delete(pointerKey(pointer));
    for (const [input, output] of held) {
      if (input.type !== pointer.type || !there.has(pointerKey({ ...output, id: pointer.id }))) {
        continue;
      }
      throw new Error(`it is gone, and its ${output.type} is still there`);
    }
  };
}

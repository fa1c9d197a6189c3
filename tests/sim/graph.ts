/** A graph of controllers to be simulated, and how the outside lives with it. */
import type { Kind, Resource } from "../../runtime/core/resource.ts";
import type {
  SimulatedCaller,
  SimulatedControllers,
  SimulationOptions,
} from "../../runtime/sim/simulation.ts";
import { INTS } from "../fakes/engine_house.ts";
import { becomes, end, held, put } from "./outside.ts";

/** Controllers, and what becomes of them when somebody acts on them. */
export interface Graph extends Pick<SimulationOptions, "engine" | "history"> {
  readonly name: string;
  readonly controllers: () => SimulatedControllers;
  readonly act: (caller: SimulatedCaller) => Promise<void>;
  /** What is there before anybody begins. */
  readonly before?: readonly Resource[];
  /** Kinds that are looked at in the end, and may be cached. */
  readonly kinds: readonly Kind[];
  /** Kinds of which the second has a resource of the same id only while the first has. */
  readonly held?: readonly (readonly [Kind, Kind])[];
  /** What is left in the end, whatever the order: as {@linkcode left} says it. */
  readonly left: readonly string[];
}

/** The same graph, reading from caches. */
export function cached(graph: Graph): Graph {
  return {
    ...graph,
    name: `${graph.name}, read from caches`,
    engine: { ...graph.engine, cachedKinds: graph.kinds },
  };
}

export const A = { ...INTS, id: "a" };
export const B = { ...INTS, id: "b" };

/**
 * Creates, changes, ends and creates again, and waits for an answer only here and there.
 *
 * One waits until somebody holds what is to be made anew: versions begin at 1 again, so that whoever read the old one and
 * holds nothing could write over the new one, which no state of COSI notices.
 */
export async function live({ state }: SimulatedCaller, target: Kind): Promise<void> {
  await put(state, { ...A, value: "1" });
  await put(state, { ...B, value: "2" });
  await becomes(state, { ...target, id: "a", value: "<1>" });
  await put(state, { ...A, value: "3" });
  await held(state, B);
  await end(state, B);
  await put(state, { ...B, value: "4" });
  await put(state, { ...INTS, id: "c", value: "5" });
  await end(state, { ...INTS, id: "c" });
}

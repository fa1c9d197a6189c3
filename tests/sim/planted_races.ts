/** All planted races, and how one is looked for. */
import { CONTROLLER_PLANTS } from "./controller_plants.ts";
import { ENGINE_PLANTS } from "./engine_plants.ts";
import { graphRun, simulateGraph, wrongEnd } from "./graph_run.ts";
import type { Plant } from "./plant.ts";
import { STATE_PLANTS } from "./state_plants.ts";

export const PLANTED_RACES: readonly Plant[] = [
  ...STATE_PLANTS,
  ...ENGINE_PLANTS,
  ...CONTROLLER_PLANTS,
];

/** A race that takes more than this to be found would hide from every run of the suite. */
export const SEEDS_MAX = 5_000;

/** What a seed shows. */
export type Trial = (seed: number) => Promise<string | undefined>;

/** Tries seeds on the graph with its fault: each gives what went wrong, or undefined. For one at a time. */
export async function faultyTrial({ graph, faulty, wrap, spoil }: Plant): Promise<Trial> {
  const run = await graphRun(faulty ?? graph);
  return async (seed) => {
    using _ = spoil?.();
    try {
      const simulation = await simulateGraph(run, {
        seed,
        ...(wrap === undefined ? {} : { wrap }),
      });
      return wrongEnd(run.graph, simulation);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
}

/** The first seed that finds the race, up to {@linkcode SEEDS_MAX}. */
export async function firstSeed(plant: Plant): Promise<number | undefined> {
  const trial = await faultyTrial(plant);
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    if (await trial(seed) !== undefined) return seed;
  }
  return undefined;
}

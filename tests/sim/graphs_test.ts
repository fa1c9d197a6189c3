/**
 * The graphs of the engine's suite in thousands of orders: each ends in the same, and no step breaks an invariant.
 *
 * `deno test tests/sim/graphs_test.ts -- SEEDS FIRST` tries as many, from that one on.
 */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { cached, type Graph } from "./graph.ts";
import { graphRun, simulateGraph, wrongEnd } from "./graph_run.ts";
import { GRAPHS } from "./graphs.ts";

const SEEDS = Number(Deno.args[0] ?? 5_000);
const FIRST = Number(Deno.args[1] ?? 1);
/** Two orders that are different and have the same trace happen, in graphs with few orders; most have their own. */
const DISTINCT_MIN = 0.9;

for (const graph of GRAPHS) {
  Deno.test(`simulate() ${graph.name}: the same end in each of ${SEEDS} orders`, async () => {
    const hashes = await ends(graph, SEEDS);
    assert(SEEDS >= 1);
    assert(hashes.size >= DISTINCT_MIN * SEEDS, `${hashes.size} traces of ${SEEDS} seeds`);
  });

  Deno.test(`simulate() ${graph.name}: the same seed is the same run, step by step`, async () => {
    const run = await graphRun(graph);
    for (const seed of [FIRST, FIRST + 1]) {
      const [once, twice] = [
        await simulateGraph(run, { seed }),
        await simulateGraph(run, { seed }),
      ];
      assertEquals(once.traceHash, twice.traceHash);
      assertEquals([once.steps, once.trace], [twice.steps, twice.trace]);
    }
  });
}

/** Reads from the state with odd seeds, from caches with even ones. @returns The traces' hashes. */
async function ends(graph: Graph, seeds: number): Promise<ReadonlySet<string>> {
  const runs = [await graphRun(cached(graph)), await graphRun(graph)];
  const hashes = new Set<string>();
  for (let seed = FIRST; seed < FIRST + seeds; seed++) {
    const run = runs[seed % 2] ?? await graphRun(graph);
    const simulation = await simulateGraph(run, { seed });
    const wrong = wrongEnd(run.graph, simulation);
    const story = simulation.trace.join("\n");
    assert(wrong === undefined, `seed ${seed} of "${run.graph.name}": ${wrong}\n${story}`);
    hashes.add(simulation.traceHash);
  }
  return hashes;
}

// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { graphRun, simulateGraph, wrongEnd } from "./graph_run.ts";
import { faultyTrial, firstSeed, PLANTED_RACES } from "./planted_races.ts";
import { PLANTED_SEEDS } from "./planted_seeds.ts";

/** As many as the suite promises to find. */
const RACES_MIN = 20;

Deno.test("simulate() has a seed for every planted race, and enough of them", () => {
  const faults = PLANTED_RACES.map(({ fault }) => fault);
  assert(new Set(faults).size >= RACES_MIN);
  assertEquals(faults.toSorted(), Object.keys(PLANTED_SEEDS).toSorted());
});

for (const plant of PLANTED_RACES) {
  const seed = PLANTED_SEEDS[plant.fault] ?? 1;
  Deno.test(`simulate() finds with seed ${seed}: ${plant.fault}`, async () => {
    const trial = await faultyTrial(plant);
    if (await trial(seed) === undefined) {
      const now = await firstSeed(plant);
      assert(now === undefined, `now it is found with seed ${now}: run tests/sim/search_seeds.ts`);
      assert(false, "it is not found any more");
    }
    // And nothing is found where nothing is wrong.
    const sound = await graphRun(plant.graph);
    assertEquals(wrongEnd(plant.graph, await simulateGraph(sound, { seed })), undefined);
  });
}

/**
 * Looks for the first seed of every planted race, and writes `planted_seeds.ts` anew. To be run when the engine asks the
 * state in another order than before, after which a seed stands for another order.
 */
import { firstSeed, PLANTED_RACES, SEEDS_MAX } from "./planted_races.ts";

const lines: string[] = [];
for (const plant of PLANTED_RACES) {
  const seed = await firstSeed(plant);
  if (seed === undefined) throw new Error(`Cannot find within ${SEEDS_MAX} seeds: ${plant.fault}`);
  lines.push(`  ${JSON.stringify(plant.fault)}: ${seed},\n`);
}
const text =
  "/** The first seed that finds each planted race; `tests/sim/search_seeds.ts` writes this list. */\n" +
  `export const PLANTED_SEEDS: Readonly<Record<string, number>> = {\n${lines.join("")}};\n`;
await Deno.writeTextFile(new URL("planted_seeds.ts", import.meta.url), text);

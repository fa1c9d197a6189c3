/**
 * Every case of the engine's suite, in hundreds of orders.
 *
 * `deno test tests/sim/engine_cases_test.ts -- SEEDS FIRST` tries as many, from that one on.
 */
import { engineConformance } from "../conformance/engine.ts";
import { simulatedSubject } from "../conformance/engine_simulation.ts";

const SEEDS = Number(Deno.args[0] ?? 500);
const FIRST = Number(Deno.args[1] ?? 1);

engineConformance(simulatedSubject({ seeds: SEEDS, first: FIRST }));

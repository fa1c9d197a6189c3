/**
 * Runs the same workloads on our engine and on that of Go's cosi-project/runtime, interleaved in one run, and
 * says how ours compares: `deno task bench:engine [--rounds N] [--only WORKLOAD] [--json FILE]`.
 */
import { WORKLOADS } from "./engine_ours.ts";
import { againstGo } from "./against_go.ts";
import type { Goal } from "./comparison.ts";

const GOALS: Readonly<Record<string, Goal>> = {
  "controller: input to output, p50": { value: 15 },
  "controller: input to output, p99": { value: 150 },
  "queue controller: input to output, p50": { value: 15 },
  "queue controller: input to output, p99": { value: 150 },
  "queue controller: burst of 20 k creates": { value: 40_000, ratio: 1.4 },
};

if (import.meta.main) {
  const workloads = Object.keys(WORKLOADS);
  await againstGo(
    { ours: "engine_ours.ts", peer: "engine-bench", workloads, goals: GOALS },
    Deno.args,
  );
}

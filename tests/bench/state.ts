/**
 * Runs the same workloads on our state in memory and on that of Go's cosi-project/runtime, interleaved in one run, and
 * says how ours compares: `deno task bench:state [--rounds N] [--only WORKLOAD] [--json FILE]`.
 */
import { WORKLOADS } from "./state_ours.ts";
import { againstGo } from "./against_go.ts";
import type { Goal } from "./comparison.ts";

const GOALS: Readonly<Record<string, Goal>> = {
  "get (synchronous, ids in order)": { value: 5e6, ratio: 2 },
  "get (synchronous, ids shuffled)": { value: 5e6, ratio: 2 },
  "update": { value: 1.2e6, ratio: 1 },
  "updateWithConflicts": { value: 0.6e6, ratio: 1 },
  "list 100 k": { value: 12, ratio: 9 },
  "list by label (10 %)": { value: 1, ratio: 9 },
  "update to last of 1000 watchers, p50": { value: 800, ratio: 2 },
  "update to last of 1000 watchers, p99": { value: 3000, ratio: 2 },
  "writer with 1000 blocked watchers, to none": { value: 0.9 },
};

if (import.meta.main) {
  const workloads = Object.keys(WORKLOADS);
  await againstGo(
    { ours: "state_ours.ts", peer: "state-bench", workloads, goals: GOALS },
    Deno.args,
  );
}

/** Runs one named workload on the state in memory and prints its figures as JSON: the twin of state-bench in Go. */
import type { Figure } from "./figures.ts";
import * as operations from "./state_operations.ts";
import * as watches from "./state_watches.ts";

const { create, destroy, get, list, memory, update, updateWithConflicts } = operations;
const { blocked, delivery, latency } = watches;

/** In the order in which they are shown. */
export const WORKLOADS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  get,
  create,
  update,
  updateWithConflicts,
  list,
  destroy,
  latency,
  delivery,
  blocked,
  memory,
};

if (import.meta.main) {
  const [name = ""] = Deno.args;
  const workload = WORKLOADS[name];
  if (workload === undefined) {
    throw new RangeError(
      `Cannot run workload "${name}": may be ${Object.keys(WORKLOADS).join(", ")}`,
    );
  }
  const text = `${JSON.stringify(await workload())}\n`;
  await Deno.stdout.write(new TextEncoder().encode(text));
}

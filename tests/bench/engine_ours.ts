/** Runs one named workload on our engine and prints its figures as JSON: the twin of engine-bench in Go. */
import { controllerLatency, queueBurst, queueLatency, transformBurst } from "./engine_flows.ts";
import { graph, memory, registration } from "./engine_sizes.ts";
import type { Figure } from "./figures.ts";

/** In the order in which they are shown. */
export const WORKLOADS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  controllerLatency,
  queueLatency,
  queueBurst,
  transformBurst,
  registration,
  graph,
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

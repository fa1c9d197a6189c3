/** The numbers of an agent under the names Prometheus has for such things: `_seconds` for times, `_total` for sums. */
import type { MetricFamily } from "../api/graph_port.ts";
import type { KindCount } from "../runtime/core/event_history.ts";
import type { MetricFamily as EngineFamily } from "../runtime/engine/metrics.ts";

/** Where the numbers come from. */
export interface MetricsParts {
  readonly engine: readonly EngineFamily[];
  readonly kinds: readonly KindCount[];
  /** Bytes of memory that the process takes. */
  readonly residentBytes: number;
}

/** The engine's families under COSI's names behind `strata_`, then those of state and process. */
export function metricsOf({ engine, kinds, residentBytes }: MetricsParts): readonly MetricFamily[] {
  return [
    ...engine.map(engineFamily),
    {
      name: "strata_resources",
      help: "Resources there are.",
      type: "gauge",
      samples: kinds.flatMap(({ namespace, type, running, tearingDown }) => [
        { labels: { namespace, type, phase: "running" }, value: running },
        { labels: { namespace, type, phase: "tearingDown" }, value: tearingDown },
      ]),
    },
    {
      name: "process_resident_memory_bytes",
      help: "Resident memory size in bytes.",
      type: "gauge",
      samples: [{ labels: {}, value: residentBytes }],
    },
  ];
}

function engineFamily({ name, help, type, unit, label, samples }: EngineFamily): MetricFamily {
  const suffix = (unit === undefined ? "" : `_${unit}`) + (type === "counter" ? "_total" : "");
  return {
    name: `strata_${name}${suffix}`,
    help,
    type,
    samples: samples.map(({ subject, value }) => ({ labels: { [label]: subject }, value })),
  };
}

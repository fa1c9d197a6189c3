/** What an engine counts, as values that any exposition format can be made from. */
import type { ControllerCounters } from "./controller_counters.ts";

/** One number, and whose it is. */
export interface MetricSample {
  /** A controller's name or a resource type, as the family says. */
  readonly subject: string;
  readonly value: number;
}

/** Numbers of the same meaning. */
export interface MetricFamily {
  /** COSI's name: lower case and `_`; times are in seconds. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  /** What is counted, where it is no number of things. */
  readonly unit?: "seconds";
  /** What the subjects are. */
  readonly label: "controller" | "resource";
  readonly samples: readonly MetricSample[];
}

/** What the numbers are made from. */
export interface MetricSources {
  readonly controllers: readonly {
    readonly name: string;
    readonly flavour: "controller" | "queue";
    readonly counters: ControllerCounters;
    readonly queueLength: number;
  }[];
  /** Resources held in caches, by type. */
  readonly cached: ReadonlyMap<string, number>;
  /** How often a watch of the engine was overtaken, by type. */
  readonly overruns: ReadonlyMap<string, number>;
}

type Value = (counters: ControllerCounters, queueLength: number) => number;

interface Row {
  readonly name: string;
  readonly help: string;
  readonly of?: "controller" | "queue" | "transform";
  readonly type?: "gauge";
  readonly unit?: "seconds";
  readonly value: Value;
}

// deno-fmt-ignore: one family, one row
const ROWS: readonly Row[] = [
  { name: "controller_wakeups", help: "Triggers of a controller, those while one was pending aside.", of: "controller", value: ({ wakeups }) => wakeups },
  { name: "controller_crashes", help: "Runs of a controller that failed.", of: "controller", value: ({ crashes }) => crashes },
  { name: "controller_reads", help: "Reads of the state for a controller.", value: ({ reads }) => reads },
  { name: "controller_writes", help: "Writes to the state for a controller, failures included.", value: ({ writes }) => writes },
  { name: "qcontroller_processed", help: "Reconcile jobs begun.", of: "queue", value: ({ processed }) => processed },
  { name: "qcontroller_crashes", help: "Jobs that failed.", of: "queue", value: ({ jobCrashes }) => jobCrashes },
  { name: "qcontroller_skips", help: "Jobs that had nothing to do yet.", of: "queue", value: ({ skips }) => skips },
  { name: "qcontroller_requeues", help: "Jobs that succeeded and asked to be done again.", of: "queue", value: ({ requeues }) => requeues },
  { name: "qcontroller_mapped_in", help: "Map jobs begun.", of: "queue", value: ({ mappedIn }) => mappedIn },
  { name: "qcontroller_mapped_out", help: "Primaries that map jobs named.", of: "queue", value: ({ mappedOut }) => mappedOut },
  { name: "qcontroller_queue_length", help: "Items that wait.", of: "queue", type: "gauge", value: (_, length) => length },
  { name: "qcontroller_map_busy", help: "Seconds spent in map jobs.", of: "queue", unit: "seconds", value: ({ mapBusyMs }) => mapBusyMs / 1000 },
  { name: "qcontroller_reconcile_busy", help: "Seconds spent in reconcile jobs.", of: "queue", unit: "seconds", value: ({ reconcileBusyMs }) => reconcileBusyMs / 1000 },
  { name: "reconcile_cycles", help: "Turns of a transforming controller.", of: "transform", value: ({ cycles }) => cycles },
  { name: "reconcile_input_items", help: "Inputs a transforming controller looked at.", of: "transform", value: ({ cycleInputItems }) => cycleInputItems },
  { name: "reconcile_busy", help: "Seconds spent in the turns of a transforming controller.", of: "transform", unit: "seconds", value: ({ cycleBusyMs }) => cycleBusyMs / 1000 },
];

/** Families in a fixed order; those without a subject are there, and empty. */
export function metricFamilies(sources: MetricSources): readonly MetricFamily[] {
  return [
    ...ROWS.map((row) => controllerFamily(row, sources)),
    {
      name: "cached_resources",
      help: "Resources held in caches.",
      type: "gauge",
      label: "resource",
      samples: samplesOf(sources.cached),
    },
    {
      name: "watch_overruns",
      help: "Watches of the engine that were overtaken; each time the kind was listed again.",
      type: "counter",
      label: "resource",
      samples: samplesOf(sources.overruns),
    },
  ];
}

function controllerFamily(
  { name, help, of, type, unit, value }: Row,
  { controllers }: MetricSources,
): MetricFamily {
  const samples = controllers
    .filter(({ flavour, counters }) =>
      of === undefined || of === flavour || of === "transform" && counters.cycles > 0
    )
    .map(({ name: subject, counters, queueLength }) => ({
      subject,
      value: value(counters, queueLength),
    }));
  return {
    name,
    help,
    type: type ?? "counter",
    ...(unit === undefined ? {} : { unit }),
    label: "controller",
    samples,
  };
}

function samplesOf(values: ReadonlyMap<string, number>): readonly MetricSample[] {
  return [...values].map(([subject, value]) => ({ subject, value }));
}

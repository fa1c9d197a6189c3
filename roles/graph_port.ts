/** What the wire tells of controllers, kinds and causes, read from engine and state. */
import type { GraphFacts, GraphPort, MetricFamily } from "../api/graph_port.ts";
import {
  ControllerNode_Flavour as Flavour,
  ControllerNode_Phase as Phase,
  type Edge_Type as EdgeType,
} from "../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { KindCount } from "../runtime/core/event_history.ts";
import type { Kind } from "../runtime/core/resource.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import { utf8Compare } from "../runtime/core/text_order.ts";
import type { ControllerPhase, ControllerStatus } from "../runtime/engine/controller_status.ts";
import { type DependencyEdge, EDGE_ORDINALS } from "../runtime/engine/dependency_graph.ts";
import type { Engine } from "../runtime/engine/engine.ts";
import type { MemoryState } from "../runtime/state/memory.ts";
import { metricsOf } from "./graph_metrics.ts";
import { eventReference, whyFacts } from "./why_facts.ts";

/** Kinds that are told of, beside those controllers name: callers may make as many as they like, and a message ends. */
const KINDS_MAX = 4096;

/** UTF-16 units of what a controller threw; the log has the rest. */
const ERROR_TEXT_MAX = 1024;

/** What the port is made of. */
export interface GraphPortParts {
  readonly engine: Pick<Engine, "controllers" | "dependencies" | "overruns" | "metrics">;
  readonly state: Pick<MemoryState, "getNow" | "newestWriteNow" | "writeNow" | "kindCountsNow">;
  readonly types: ResourceTypes;
  /** Bytes of memory that the process takes. */
  readonly residentBytes: () => number;
}

/** Makes the port. */
export function graphPort(parts: GraphPortParts): GraphPort {
  const { engine, state } = parts;
  return {
    graph: () => graphOf(parts),
    why: (pointer) => whyFacts(state, pointer),
    metrics: (): readonly MetricFamily[] =>
      metricsOf({
        engine: engine.metrics(),
        kinds: shownKinds(parts, engine.dependencies()),
        residentBytes: parts.residentBytes(),
      }),
  };
}

const FLAVOURS: Readonly<Record<ControllerStatus["flavour"], Flavour>> = {
  controller: Flavour.CONTROLLER,
  queue: Flavour.QUEUE,
};

const PHASES: Readonly<Record<ControllerPhase, Phase>> = {
  registered: Phase.REGISTERED,
  running: Phase.RUNNING,
  "backing-off": Phase.BACKING_OFF,
  ended: Phase.ENDED,
};

function graphOf(parts: GraphPortParts): GraphFacts {
  const edges = parts.engine.dependencies();
  return {
    controllers: parts.engine.controllers().map(controllerNode),
    kinds: kindNodes(parts, edges),
    edges: edges.map(({ controller, edge, namespace, type, id }) => {
      const number: EdgeType = EDGE_ORDINALS[edge];
      return { controller, type: number, namespace, resourceType: type, id };
    }),
  };
}

function controllerNode(status: ControllerStatus) {
  const { name, flavour, phase, runs, crashes, wakeups, queueLength, wokenBy } = status;
  return {
    name,
    flavour: FLAVOURS[flavour],
    phase: PHASES[phase],
    runs: BigInt(runs),
    crashes: BigInt(crashes),
    wakeups: BigInt(wakeups),
    queueLength: BigInt(queueLength),
    lastError: (status.lastError ?? "").slice(0, ERROR_TEXT_MAX).toWellFormed(),
    ...(status.lastRun === undefined ? {} : { lastRun: status.lastRun }),
    ...(status.lastErrorTime === undefined ? {} : { lastErrorTime: status.lastErrorTime }),
    ...(wokenBy === undefined
      ? {}
      : { wokenBy: eventReference(wokenBy.metadata, wokenBy.revision) }),
  };
}

function kindNodes(
  parts: GraphPortParts,
  edges: readonly DependencyEdge[],
): GraphFacts["kinds"] & object {
  const overruns = new Map(parts.engine.overruns().map((each) => [keyOf(each), each.count]));
  return shownKinds(parts, edges).map((kind) => ({
    namespace: kind.namespace,
    type: kind.type,
    running: BigInt(kind.running),
    tearingDown: BigInt(kind.tearingDown),
    overruns: BigInt(overruns.get(keyOf(kind)) ?? 0),
  }));
}

/**
 * Inputs, outputs and kinds that have resources, by namespace and type. Beyond {@linkcode KINDS_MAX} those are left out
 * that no controller names.
 */
function shownKinds(
  { state, types }: GraphPortParts,
  edges: readonly DependencyEdge[],
): readonly KindCount[] {
  const counts = new Map(state.kindCountsNow().map((kind) => [keyOf(kind), kind]));
  const present = Map.groupBy(counts.values(), ({ type }) => type);
  const shown = new Map<string, KindCount>();
  const show = ({ namespace, type }: Kind): void => {
    const key = keyOf({ namespace, type });
    shown.set(key, counts.get(key) ?? { namespace, type, running: 0, tearingDown: 0 });
  };
  const [outputs, inputs] = [edges.filter(isOutput), edges.filter((edge) => !isOutput(edge))];
  inputs.forEach(show);
  const placed = new Set(inputs.map(({ type }) => type));
  for (const { type } of outputs) {
    const nowhere = placed.has(type)
      ? []
      : [{ namespace: types.byType(type)?.namespace ?? "", type }];
    (present.get(type) ?? nowhere).forEach(show);
  }
  for (const kind of [...counts.values()].sort(byName)) {
    if (shown.size >= KINDS_MAX) break;
    show(kind);
  }
  return [...shown.values()].sort(byName);
}

function isOutput({ edge }: DependencyEdge): boolean {
  return edge.startsWith("output-");
}

function keyOf({ namespace, type }: Kind): string {
  return JSON.stringify([namespace, type]);
}

function byName(a: Kind, b: Kind): number {
  return utf8Compare(a.namespace, b.namespace) || utf8Compare(a.type, b.type);
}

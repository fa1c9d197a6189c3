/** Graph, causes and numbers as a caller may read them: of kinds it may not read, their names and no more. */
import { create } from "@bufbuild/protobuf";
import {
  GraphResponseSchema,
  WhyResponse_End as End,
  WhyResponseSchema,
} from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { Pointer } from "../../runtime/core/resource.ts";
import type { GraphFacts, GraphPort, MetricFamily, WhyFacts } from "../graph_port.ts";
import { type Reading, unreadable } from "./readable_state.ts";
import { ADMIN, type Identity } from "./roles.ts";

/** Stands for what a controller threw. */
const WITHHELD = "withheld";

/** The port as a caller may use it. `why` throws `access-denied` of a kind that it may not read. */
export type GraphFor = (identity: Identity) => GraphPort;

/** Makes the views. */
export function readableGraph(graph: GraphPort, reading: Reading): GraphFor {
  return (identity) => {
    if (identity.roles.includes(ADMIN)) return graph;
    const view = { reading, identity };
    return {
      graph: () => graphView(graph.graph(), view),
      why: (pointer) => whyView(graph, pointer, view),
      metrics: () => graph.metrics().map((family) => familyView(family, view)),
    };
  };
}

interface View {
  readonly reading: Reading;
  readonly identity: Identity;
}

function graphView(facts: GraphFacts, { reading, identity }: View): GraphFacts {
  const { controllers, kinds, edges } = create(GraphResponseSchema, facts);
  const isHidden = (type: string, namespace: string): boolean =>
    namespace === ""
      ? !reading.mayReadType(identity, type)
      : !reading.mayRead(identity, { namespace, type });
  const hidden = edges.filter((edge) => isHidden(edge.resourceType, edge.namespace));
  const silenced = new Set(hidden.map(({ controller }) => controller));
  return {
    controllers: controllers.map((node) => {
      const { wokenBy, ...rest } = node;
      const isSilent = silenced.has(node.name) && node.lastError !== "";
      return {
        ...rest,
        ...(isSilent ? { lastError: WITHHELD } : {}),
        ...(wokenBy === undefined || isHidden(wokenBy.type, wokenBy.namespace) ? {} : { wokenBy }),
      };
    }),
    kinds: kinds.map((kind) => {
      const { namespace, type } = kind;
      return isHidden(type, namespace) ? { namespace, type, withheld: true } : kind;
    }),
    edges: edges.map((edge) => hidden.includes(edge) ? { ...edge, id: "" } : edge),
  };
}

function whyView(
  graph: GraphPort,
  pointer: Pointer,
  { reading, identity }: View,
): WhyFacts | undefined {
  if (!reading.mayRead(identity, pointer)) throw unreadable(pointer);
  const facts = graph.why(pointer);
  if (facts === undefined) return undefined;
  const { steps } = create(WhyResponseSchema, facts);
  const end = steps.findIndex(({ write }) =>
    write === undefined || !reading.mayRead(identity, write)
  );
  return end < 0 ? facts : { steps: steps.slice(0, end), end: End.WITHHELD };
}

/** Numbers of kinds are told by the labels `type` and `namespace`, or by `resource`, a type alone. */
function familyView(family: MetricFamily, { reading, identity }: View): MetricFamily {
  const samples = family.samples.filter(({ labels }) => {
    const { namespace, type, resource } = labels as Readonly<Record<string, string | undefined>>;
    if (resource !== undefined) return reading.mayReadType(identity, resource);
    if (type === undefined) return true;
    return reading.mayRead(identity, { namespace: namespace ?? "", type });
  });
  return { ...family, samples };
}

/** Serves the graph of controllers and resources as strata.runtime.v1.GraphService. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { GraphService as GraphDescriptor } from "../proto/gen/strata/runtime/v1/graph_pb.ts";
import { StateError } from "../runtime/core/errors.ts";
import type { Pointer } from "../runtime/core/resource.ts";
import type { GraphPort, WhyFacts } from "./graph_port.ts";

/** Makes the methods. */
export function graphService(graph: GraphPort): ServiceImpl<typeof GraphDescriptor> {
  return {
    graph: () => graph.graph(),
    why: ({ namespace, type, id }) => whyOf(graph, { namespace, type, id }),
  };
}

/** @throws {StateError} `not-found`: there is no such resource, and nothing of it is remembered. */
export function whyOf(graph: GraphPort, pointer: Pointer): WhyFacts {
  const facts = graph.why(pointer);
  if (facts === undefined) throw new StateError({ refusal: "not-found", pointer });
  return facts;
}

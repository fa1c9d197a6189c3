/** Serves the graph of controllers and resources as strata.runtime.v1.GraphService. */
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { GraphService as GraphDescriptor } from "../proto/gen/strata/runtime/v1/graph_pb.ts";
import { StateError } from "../runtime/core/errors.ts";
import type { Pointer } from "../runtime/core/resource.ts";
import type { GraphFor } from "./authorization/readable_graph.ts";
import { CALLER } from "./caller.ts";
import type { GraphPort, WhyFacts } from "./graph_port.ts";

/** Makes the methods. */
export function graphService(graphFor: GraphFor): ServiceImpl<typeof GraphDescriptor> {
  const graphOf = ({ values }: HandlerContext) => graphFor(values.get(CALLER).identity);
  return {
    graph: (_request, context) => graphOf(context).graph(),
    why: ({ namespace, type, id }, context) => whyOf(graphOf(context), { namespace, type, id }),
  };
}

/** @throws {StateError} `not-found`: there is no such resource, and nothing of it is remembered. */
export function whyOf(graph: GraphPort, pointer: Pointer): WhyFacts {
  const facts = graph.why(pointer);
  if (facts === undefined) throw new StateError({ refusal: "not-found", pointer });
  return facts;
}

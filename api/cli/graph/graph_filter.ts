/** The part of the graph that somebody asked for. */
import { isAbout } from "./graph_view.ts";
import {
  type GraphResponse,
  GraphResponseSchema,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { create } from "@bufbuild/protobuf";

/** What is asked for; both together are what one has to do with the other. */
export interface GraphPart {
  /** A controller's whole name. */
  readonly controller?: string | undefined;
  /** A resource type's whole name. */
  readonly type?: string | undefined;
  /** What becomes of kinds that no line of the part goes to. */
  readonly untouched: "kept" | "left out";
}

/** A part of `graph` in its order; with neither name, all of it. */
export function partOfGraph(graph: GraphResponse, part: GraphPart): GraphResponse {
  const { controller, type } = part;
  const edges = graph.edges.filter((edge) =>
    (controller === undefined || edge.controller === controller) &&
    (type === undefined || edge.resourceType === type)
  );
  const named = new Set(edges.map((edge) => edge.controller));
  const whole = controller === undefined && type === undefined;
  return create(GraphResponseSchema, {
    controllers: graph.controllers.filter(({ name }) =>
      whole || (controller === undefined ? named.has(name) : name === controller)
    ),
    kinds: graph.kinds.filter((kind) =>
      edges.some((edge) => isAbout(edge, kind)) ||
      (part.untouched === "kept" && (whole || kind.type === type))
    ),
    edges,
  });
}

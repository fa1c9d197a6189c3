/** The graph as nodes that lines join: what the drawn forms are made from. */
import { type EdgeMeaning, edgeMeaning } from "./edge_meaning.ts";
import {
  type ControllerNode,
  ControllerNodeSchema,
  type Edge,
  type GraphResponse,
  type KindNode,
  KindNodeSchema,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { create } from "@bufbuild/protobuf";

/** A controller, under a key that is a plain word in every form. */
export interface ControllerBox {
  readonly key: string;
  readonly controller: ControllerNode;
}

/** Resources of one type in one namespace, under such a key. */
export interface KindBox {
  readonly key: string;
  readonly kind: KindNode;
}

/** A line between the two. */
export interface Link {
  readonly controller: ControllerBox;
  readonly kind: KindBox;
  readonly meaning: EdgeMeaning;
  /** The resources it is about; none stands for all. */
  readonly ids: readonly string[];
}

export interface GraphView {
  readonly controllers: readonly ControllerBox[];
  readonly kinds: readonly KindBox[];
  readonly links: readonly Link[];
}

/**
 * Joins nodes by lines. A line without a namespace goes to the type in every namespace there is; lines that differ
 * in their id only become one. What a line names and the answer has no node for gets one.
 */
export function graphView(graph: GraphResponse): GraphView {
  const controllers = graph.controllers.map((controller, at) => ({ key: `c${at}`, controller }));
  const kinds = graph.kinds.map((kind, at) => ({ key: `k${at}`, kind }));
  const byName = new Map(controllers.map((box) => [box.controller.name, box]));
  const links = new Map<string, Link & { readonly ids: string[] }>();
  for (const edge of graph.edges) {
    let controller = byName.get(edge.controller);
    if (controller === undefined) {
      const node = create(ControllerNodeSchema, { name: edge.controller });
      controller = { key: `c${controllers.length}`, controller: node };
      controllers.push(controller);
      byName.set(edge.controller, controller);
    }
    for (const kind of kindsOf(edge, kinds)) {
      const key = `${controller.key} ${kind.key} ${edge.type}`;
      const link = links.get(key) ??
        { controller, kind, meaning: edgeMeaning(edge.type), ids: [] };
      if (edge.id !== "") link.ids.push(edge.id);
      links.set(key, link);
    }
  }
  return { controllers, kinds, links: [...links.values()] };
}

/** Whether the line is about resources of this kind. */
export function isAbout(edge: Edge, kind: KindNode): boolean {
  return edge.resourceType === kind.type &&
    (edge.namespace === "" || edge.namespace === kind.namespace);
}

function kindsOf(edge: Edge, kinds: KindBox[]): readonly KindBox[] {
  const found = kinds.filter(({ kind }) => isAbout(edge, kind));
  if (found.length > 0) return found;
  const { namespace, resourceType: type } = edge;
  const made = { key: `k${kinds.length}`, kind: create(KindNodeSchema, { namespace, type }) };
  kinds.push(made);
  return [made];
}

/** Who reads and writes what, as edges: the design of the machine, made from what its controllers declare. */
import { utf8Compare } from "../core/text_order.ts";
import type { AnyInput, Declared } from "./access.ts";
import type { Output } from "./controller.ts";

/** What a controller has to do with resources. */
export type EdgeType = `output-${Output["kind"]}` | `input-${AnyInput["kind"]}`;

/** COSI's numbers of the edge types. */
export const EDGE_ORDINALS: Readonly<Record<EdgeType, number>> = Object.freeze({
  "output-exclusive": 0,
  "output-shared": 1,
  "input-strong": 2,
  "input-weak": 3,
  "input-destroy-ready": 4,
  "input-q-primary": 5,
  "input-q-mapped": 6,
  "input-q-mapped-destroy-ready": 7,
});

/** One line between a controller and resources. */
export interface DependencyEdge {
  readonly controller: string;
  readonly edge: EdgeType;
  /** "" for outputs: a controller writes a type in any namespace. */
  readonly namespace: string;
  readonly type: string;
  /** "" where it is about all of them. */
  readonly id: string;
}

/**
 * Exclusive outputs, shared outputs, then all inputs; each group by controller, namespace, type and id.
 */
export function dependencyEdges(controllers: readonly Declared[]): readonly DependencyEdge[] {
  // Names are compared once for each controller, not for each of its edges.
  const sorted = [...controllers].sort((a, b) => utf8Compare(a.name, b.name));
  return [
    ...sorted.flatMap((each) => outputEdges(each, "exclusive")),
    ...sorted.flatMap((each) => outputEdges(each, "shared")),
    ...sorted.flatMap(inputEdges),
  ];
}

function outputEdges(
  { name: controller, outputs }: Declared,
  wanted: Output["kind"],
): readonly DependencyEdge[] {
  const edges: DependencyEdge[] = [];
  for (const { type, kind } of outputs) {
    if (kind !== wanted) continue;
    edges.push({ controller, edge: `output-${kind}`, namespace: "", type, id: "" });
  }
  return edges.sort(compareResources);
}

function inputEdges({ name: controller, inputs }: Declared): readonly DependencyEdge[] {
  const edges: DependencyEdge[] = [];
  for (const { namespace, type, id = "", kind } of inputs) {
    edges.push({ controller, edge: `input-${kind}`, namespace, type, id });
  }
  return edges.sort(compareResources);
}

function compareResources(a: DependencyEdge, b: DependencyEdge): number {
  return utf8Compare(a.namespace, b.namespace) || utf8Compare(a.type, b.type) ||
    utf8Compare(a.id, b.id);
}

/** What is used of `@dagrejs/dagre`; its own declarations name their parts without an ending, which Deno does not find. */
export interface Point {
  readonly x: number;
  readonly y: number;
}
/** Where `layout` put a node: its middle. */
export interface NodePlace extends Point {
  readonly width: number;
  readonly height: number;
}
/** The way of a line; `x` and `y` are the middle of its label, where it has one. */
export interface EdgePlace extends Partial<Point> {
  readonly points: readonly Point[];
}
/** How to lay out; distances in the units of the nodes' sizes. */
export interface GraphOptions {
  readonly rankdir?: "TB" | "BT" | "LR" | "RL";
  readonly nodesep?: number;
  readonly edgesep?: number;
  readonly ranksep?: number;
  readonly acyclicer?: "greedy";
  readonly ranker?: "network-simplex" | "tight-tree" | "longest-path";
}
export declare class Graph {
  constructor(options?: { readonly multigraph?: boolean });
  setGraph(options: GraphOptions): this;
  setNode(id: string, size: { width: number; height: number }): this;
  /** `labelpos` is the side of the line on which its label lies. */
  setEdge(
    from: string,
    to: string,
    label: { width?: number; height?: number; labelpos?: "l" | "c" | "r"; weight?: number },
    name: string,
  ): this;
  node(id: string): NodePlace;
  edge(from: string, to: string, name: string): EdgePlace;
}
/** Writes places into the graph. */
export declare function layout(graph: Graph): void;

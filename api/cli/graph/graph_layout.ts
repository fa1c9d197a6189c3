/** Places of a drawing's boxes and lines: a layered layout from left to right, by dagre. */
import { docked } from "./graph_docks.ts";
import type { GraphView, Link } from "./graph_view.ts";
// @ts-types="types/dagre.d.ts"
import { Graph, layout, type Point } from "@dagrejs/dagre";

/** Boxes of a drawing at most: some seconds of work. A picture of more shows nobody anything. */
export const BOXES_MAX = 300;

/** Lines of a drawing at most, for the same reasons. */
export const LINES_MAX = 600;

/** Distances between boxes that stand above one another, between lines, and between columns. */
const BOX_GAP = 22;
const LINE_GAP = 18;
const COLUMN_GAP = 120;

/** Width and height. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A box by its upper left corner. */
export interface Place extends Point, Size {}

/** A line's way from its beginning to its head, and the middle of its label. */
export interface Way {
  readonly link: Link;
  readonly points: readonly Point[];
  readonly label: Point | undefined;
}

export interface Layout extends Size {
  /** By the keys of the boxes; those that no line touches are not in it. */
  readonly places: ReadonlyMap<string, Place>;
  readonly ways: readonly Way[];
}

/** What has to be known of a drawing to lay it out. */
export interface Sizes {
  box(key: string): Size;
  /** Undefined where the line has no label. */
  label(link: Link): Size | undefined;
}

/** Lays out the boxes that lines touch; all coordinates are 0 or more. The same view gives the same layout. */
export function graphLayout(view: GraphView, sizes: Sizes): Layout {
  const graph = new Graph({ multigraph: true }).setGraph({
    rankdir: "LR",
    nodesep: BOX_GAP,
    edgesep: LINE_GAP,
    ranksep: COLUMN_GAP,
    acyclicer: "greedy",
  });
  const keys = new Set(view.links.flatMap(({ controller, kind }) => [controller.key, kind.key]));
  const boxes = [...view.controllers, ...view.kinds].filter(({ key }) => keys.has(key));
  for (const { key } of boxes) graph.setNode(key, { ...sizes.box(key) });
  const ends = view.links.map((link, at) => endsOf(link, at));
  view.links.forEach((link, at) => {
    const size = sizes.label(link);
    const label = size === undefined ? {} : { ...size, labelpos: "c" as const };
    const [from, to, name] = ends[at] ?? ["", "", ""];
    graph.setEdge(from, to, label, name);
  });
  layout(graph);
  const places = new Map(boxes.map(({ key }): [string, Place] => {
    const { x, y, width, height } = graph.node(key);
    return [key, { x: x - width / 2, y: y - height / 2, width, height }];
  }));
  const ways = view.links.map((link, at): Way => {
    const { points, x, y } = graph.edge(...(ends[at] ?? ["", "", ""]));
    const label = x === undefined || y === undefined || sizes.label(link) === undefined
      ? undefined
      : { x, y };
    return { link, points, label };
  });
  return movedToOrigin(places, docked(ways, places));
}

function endsOf(link: Link, at: number): [from: string, to: string, name: string] {
  const { controller, kind, meaning } = link;
  return meaning.direction === "writes"
    ? [controller.key, kind.key, String(at)]
    : [kind.key, controller.key, String(at)];
}

/** Lines may leave the frame that the boxes make. */
function movedToOrigin(places: ReadonlyMap<string, Place>, ways: readonly Way[]): Layout {
  const corners = [...places.values()].flatMap(({ x, y, width, height }) => [
    { x, y },
    { x: x + width, y: y + height },
  ]);
  const all = [...corners, ...ways.flatMap(({ points }) => points)];
  if (all.length === 0) return { width: 0, height: 0, places, ways };
  const xs = all.map(({ x }) => x);
  const ys = all.map(({ y }) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const moved = (point: Point): Point => ({ x: point.x - left, y: point.y - top });
  return {
    width: Math.max(...xs) - left,
    height: Math.max(...ys) - top,
    places: new Map([...places].map(([key, place]) => [key, { ...place, ...moved(place) }])),
    ways: ways.map((way) => ({
      ...way,
      points: way.points.map(moved),
      label: way.label === undefined ? undefined : moved(way.label),
    })),
  };
}

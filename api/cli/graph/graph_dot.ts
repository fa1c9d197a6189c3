/** The graph in the language of Graphviz. */
import type { EdgeMeaning } from "./edge_meaning.ts";
import { safeText } from "./safe_text.ts";
import { type GraphView, graphView, type Link } from "./graph_view.ts";
import { controllerLines, hasFailed, kindLines } from "./node_words.ts";
import type { GraphResponse } from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";

const STROKES: Readonly<Record<EdgeMeaning["stroke"], string>> = {
  bold: "style=bold",
  "bold-dashed": 'style="bold,dashed"',
  solid: "style=solid",
  dashed: "style=dashed",
  dotted: "style=dotted",
};

const HEADS: Readonly<Record<EdgeMeaning["head"], string>> = {
  full: "arrowhead=normal",
  open: "arrowhead=vee",
  hollow: "arrowhead=empty",
};

/** A whole file. Controllers are rounded boxes, kinds are cylinders; a failed controller is drawn bold and in red. */
export function graphDot(graph: GraphResponse): string {
  const view = graphView(graph);
  return [
    "digraph strata {",
    "  rankdir=LR;",
    "  node [fontname=Helvetica, fontsize=11];",
    "  edge [fontname=Helvetica, fontsize=9];",
    ...nodeLines(view),
    ...view.links.map(linkLine),
    "}\n",
  ].join("\n");
}

function nodeLines({ controllers, kinds }: GraphView): readonly string[] {
  return [
    ...controllers.map(({ key, controller }) => {
      const look = hasFailed(controller) ? 'style="rounded,bold", color=red' : "style=rounded";
      return `  ${key} [shape=box, ${look}, label=${quoted(controllerLines(controller))}];`;
    }),
    ...kinds.map(({ key, kind }) => `  ${key} [shape=cylinder, label=${quoted(kindLines(kind))}];`),
  ];
}

function linkLine({ controller, kind, meaning, ids }: Link): string {
  const ends = meaning.direction === "writes"
    ? `${controller.key} -> ${kind.key}`
    : `${kind.key} -> ${controller.key}`;
  const label = quoted([meaning.word, ...ids.map(safeText)]);
  return `  ${ends} [${STROKES[meaning.stroke]}, ${HEADS[meaning.head]}, label=${label}];`;
}

/** A string of safe lines. Graphviz reads backslashes and entities in it, and nothing else. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;")
  );
  return `"${escaped.join("\\n")}"`;
}

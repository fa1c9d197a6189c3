/** The graph as a flowchart of Mermaid. */
import type { EdgeMeaning } from "./edge_meaning.ts";
import { safeText } from "./safe_text.ts";
import { graphView, type Link } from "./graph_view.ts";
import { controllerLines, hasFailed, kindLines } from "./node_words.ts";
import type { GraphResponse } from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";

const ARROWS: Readonly<Record<EdgeMeaning["stroke"], string>> = {
  bold: "==>",
  "bold-dashed": "==>",
  solid: "-->",
  dashed: "-.->",
  dotted: "-.->",
};

/** A whole file. Controllers have round ends, kinds are cylinders; a failed controller has a thick red border. */
export function graphMermaid(graph: GraphResponse): string {
  const { controllers, kinds, links } = graphView(graph);
  const failed = controllers.filter(({ controller }) => hasFailed(controller));
  return [
    "flowchart LR",
    ...controllers.map(({ key, controller }) =>
      `  ${key}(["${label(controllerLines(controller))}"])`
    ),
    ...kinds.map(({ key, kind }) => `  ${key}[("${label(kindLines(kind))}")]`),
    ...links.map(linkLine),
    "  classDef failed stroke:#c62828,stroke-width:4px",
    ...failed.map(({ key }) => `  class ${key} failed`),
    "",
  ].join("\n");
}

function linkLine({ controller, kind, meaning, ids }: Link): string {
  const [from, to] = meaning.direction === "writes"
    ? [controller.key, kind.key]
    : [kind.key, controller.key];
  return `  ${from} ${ARROWS[meaning.stroke]}|"${
    label([meaning.word, ...ids.map(safeText)])
  }"| ${to}`;
}

/**
 * What may stand in a label as it is: letters with their marks, digits, blanks, commas, and dots, hyphens and slashes behind a
 * letter. All else Mermaid may take for Markdown, HTML, a directive, a style or the label's end.
 */
const NOT_PLAIN_REGEXP = /[^\p{L}\p{N}\p{M} ,./-]|(?<!\p{L})[./-]/gu;

function label(lines: readonly string[]): string {
  return lines.map((line) => line.replace(NOT_PLAIN_REGEXP, (char) => `#${char.codePointAt(0)};`))
    .join("<br/>");
}

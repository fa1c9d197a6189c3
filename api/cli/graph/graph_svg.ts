/** The graph as a picture that needs nothing else: one SVG document. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import { BOXES_MAX, graphLayout, LINES_MAX, type Size } from "./graph_layout.ts";
import { type GraphView, graphView } from "./graph_view.ts";
import { controllerDrawable, kindDrawable } from "./svg_boxes.ts";
import { type Drawable, flowed } from "./svg_flow.ts";
import { legendItems } from "./svg_legend.ts";
import { labelSize, lineHeads, lineText, wayLabel } from "./svg_lines.ts";
import { svgStyle } from "./svg_style.ts";
import type { GraphResponse } from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";

/** Pixels around everything, and between the parts of the drawing. */
const MARGIN = 24;

/** Pixels that rows of boxes without lines, and the legend, may take where the graph itself is narrower. */
const ROW_WIDTH_MIN = 900;

/**
 * A whole document. Boxes that no line touches stand in rows below the others, the legend below all.
 *
 * @throws {CommandError} `failed`: more than {@linkcode BOXES_MAX} boxes or {@linkcode LINES_MAX} lines.
 */
export function graphSvg(graph: GraphResponse): string {
  const view = graphView(graph);
  requireDrawable(view);
  const boxes = new Map([
    ...evenlyWide(view.controllers.map((box) => [box.key, controllerDrawable(box)])),
    ...evenlyWide(view.kinds.map((box) => [box.key, kindDrawable(box)])),
  ]);
  const layout = graphLayout(view, {
    box: (key) => boxes.get(key)?.size ?? { width: 0, height: 0 },
    label: labelSize,
  });
  const width = Math.max(layout.width, ROW_WIDTH_MIN);
  const joined = [...layout.places].map(([key, place]) => boxes.get(key)?.draw(place) ?? "");
  const alone = [...boxes].filter(([key]) => !layout.places.has(key)).map(([, box]) => box);
  const loose = flowed(alone, { top: below(layout.height), width });
  const legend = flowed(legendItems(view), { top: below(loose.bottom), width });
  const size = {
    width: Math.max(layout.width, loose.right, legend.right) + 2 * MARGIN,
    height: legend.bottom + 2 * MARGIN,
  };
  return documentText(size, [
    ...layout.ways.map(lineText),
    ...joined,
    ...layout.ways.map(wayLabel),
    ...loose.drawn,
    ...legend.drawn,
  ]);
}

/** All as wide as the widest: between columns there is then room for lines, and none passes behind a box. */
function evenlyWide(
  boxes: readonly (readonly [key: string, box: Drawable])[],
): readonly (readonly [key: string, box: Drawable])[] {
  const width = Math.max(0, ...boxes.map(([, { size }]) => size.width));
  return boxes.map(([key, box]) => [key, { ...box, size: { ...box.size, width } }]);
}

function below(height: number): number {
  return height === 0 ? 0 : height + MARGIN;
}

function requireDrawable({ controllers, kinds, links }: GraphView): void {
  const boxes = controllers.length + kinds.length;
  if (boxes <= BOXES_MAX && links.length <= LINES_MAX) return;
  throw new CommandError(
    EXIT.failed,
    `cannot draw ${boxes} boxes and ${links.length} lines: at most ${BOXES_MAX} and ${LINES_MAX}; ` +
      "give --controller or --type, or print -o dot",
  );
}

function documentText(size: Size, parts: readonly string[]): string {
  const [width, height] = [Math.ceil(size.width), Math.ceil(size.height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img">`,
    "<title>Controllers and resources</title>",
    svgStyle(),
    lineHeads(),
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    ...parts.filter((part) => part !== ""),
    "</g>",
    "</svg>\n",
  ].join("\n");
}

/** Lines of the drawing, their heads, and the ids that stand at them. */
import { EDGE_MEANINGS, type EdgeMeaning } from "./edge_meaning.ts";
import { safeText } from "./safe_text.ts";
import { fitWidth } from "../display_width.ts";
import type { Size, Way } from "./graph_layout.ts";
import type { Link } from "./graph_view.ts";
import { round } from "./svg_boxes.ts";
import { LINE_HEIGHT, textWidth, xml } from "./svg_style.ts";
// @ts-types="types/dagre.d.ts"
import type { Point } from "@dagrejs/dagre";

/** Columns of what stands at a line. */
const LABEL_WIDTH_MAX = 28;

const HEADS: Readonly<Record<EdgeMeaning["head"], string>> = {
  full: "M1 1L11 6L1 11Z",
  open: "M2 1L11 6L2 11",
  hollow: "M1 1L11 6L1 11Z",
};

/** Heads of lines, to be used by all. Each has a name of its own, since a head has no colour from its line. */
export function lineHeads(): string {
  const heads = [...new Set(EDGE_MEANINGS.map(({ head }) => head))].map((head) =>
    `<marker id="head-${head}" viewBox="0 0 12 12" refX="10.5" refY="6" markerWidth="12" markerHeight="12" ` +
    `markerUnits="userSpaceOnUse" orient="auto"><path class="head ${head}" stroke-width="1.5" d="${
      HEADS[head]
    }"/></marker>`
  );
  return `<defs>\n${heads.join("\n")}\n</defs>`;
}

/** A line along its way. */
export function lineText({ link, points }: Pick<Way, "link" | "points">): string {
  const { controller, kind, meaning } = link;
  const said =
    `${controller.controller.name} ${meaning.direction} ${kind.kind.type}: ${meaning.word}`;
  return `<g><title>${xml([said, ...link.ids].join(" "))}</title>${
    strokeText(meaning, points)
  }</g>`;
}

/** The stroke alone. */
export function strokeText({ key, head }: EdgeMeaning, points: readonly Point[]): string {
  return `<path class="line ${key} ${head}" marker-end="url(#head-${head})" d="${curve(points)}"/>`;
}

/** Room for the ids at a line; undefined where it is about all. */
export function labelSize(link: Link): Size | undefined {
  const text = labelText(link);
  return text === "" ? undefined : { width: textWidth(text) + 8, height: LINE_HEIGHT };
}

/** The ids at their line. */
export function wayLabel({ link, label }: Way): string {
  const size = labelSize(link);
  if (label === undefined || size === undefined) return "";
  const [x, y] = [label.x - size.width / 2, label.y - size.height / 2];
  const frame = `x="${round(x)}" y="${round(y)}" width="${size.width}" height="${size.height}"`;
  return `<rect class="page" ${frame} rx="3"/><text class="faint" x="${round(x + 4)}" y="${
    round(y + 12.5)
  }">${xml(labelText(link))}</text>`;
}

function labelText({ ids }: Link): string {
  return fitWidth(safeText(ids.join(", ")), LABEL_WIDTH_MAX);
}

/** Through all points, level at each of them. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let from = first;
  const bends = rest.map((to) => {
    const middle = (from.x + to.x) / 2;
    const bend = from.y === to.y
      ? `L${pair(to)}`
      : `C${pair({ x: middle, y: from.y })} ${pair({ x: middle, y: to.y })} ${pair(to)}`;
    from = to;
    return bend;
  });
  return `M${pair(first)}${bends.join("")}`;
}

function pair({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

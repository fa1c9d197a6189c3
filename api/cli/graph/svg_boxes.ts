/** Boxes of the drawing: controllers have round corners, kinds a folded one. */
import { fitWidth } from "../display_width.ts";
import type { Place } from "./graph_layout.ts";
import type { ControllerBox, KindBox } from "./graph_view.ts";
import { controllerLines, hasFailed, kindLines, momentWords } from "./node_words.ts";
import type { Drawable } from "./svg_flow.ts";
import { LINE_HEIGHT, textWidth, xml } from "./svg_style.ts";

const PADDING = 12;

/** Columns of a line in a box: a longer one would push everything else apart. Its whole is in the tooltip. */
const LINE_WIDTH_MAX = 56;

/** Pixels of the warning sign with the room beside it. */
const MARK_WIDTH = 26;

/** Pixels of a kind's folded corner. */
const FOLD = 12;

/** A controller as it is drawn; one that failed has a thick border and a warning sign. */
export function controllerDrawable({ controller }: ControllerBox): Drawable {
  const failed = hasFailed(controller);
  const { name, lastRun, lastError, lastErrorTime } = controller;
  const told = lastError === "" ? [] : [`last error ${momentWords(lastErrorTime)}: ${lastError}`];
  return boxDrawable({
    lines: controllerLines(controller),
    tooltip: [name, `last run ${momentWords(lastRun)}`, ...told],
    classes: failed ? "controller failed" : "controller",
    shape: (place) => roundShape(place) + (failed ? markShape(place) : ""),
    // The sign stands beside the name.
    nameRoom: failed ? MARK_WIDTH : 0,
  });
}

/** A kind as it is drawn. */
export function kindDrawable({ kind }: KindBox): Drawable {
  const lines = kindLines(kind);
  return boxDrawable({
    lines,
    tooltip: lines,
    classes: "kind",
    shape: foldedShape,
    nameRoom: FOLD,
  });
}

interface Box {
  readonly lines: readonly string[];
  readonly tooltip: readonly string[];
  readonly classes: string;
  readonly shape: (place: Place) => string;
  /** Pixels kept free on the right of the first line. */
  readonly nameRoom: number;
}

function boxDrawable({ lines, tooltip, classes, shape, nameRoom }: Box): Drawable {
  const shown = lines.map((line) => fitWidth(line, LINE_WIDTH_MAX));
  const widths = shown.map((line, at) => textWidth(line) + (at === 0 ? nameRoom : 0));
  const size = {
    width: Math.max(...widths) + 2 * PADDING,
    height: shown.length * LINE_HEIGHT + 2 * PADDING - 4,
  };
  return {
    size,
    draw: (place) =>
      [
        `<g class="${classes}">`,
        `<title>${tooltip.map(xml).join("\n")}</title>`,
        shape(place),
        ...shown.map((line, at) => {
          const look = at === 0 ? ' class="name"' : at === 3 ? ' class="error"' : "";
          return `<text x="${round(place.x + PADDING)}" y="${
            round(place.y + PADDING + 9 + at * LINE_HEIGHT)
          }"${look}>${xml(line)}</text>`;
        }),
        "</g>",
      ].join("\n"),
  };
}

/** The outline of a controller. */
export function roundShape({ x, y, width, height }: Place): string {
  return `<rect class="box" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${
    round(height)
  }" rx="${Math.min(16, height / 2)}"/>`;
}

/** The outline of a kind: a sheet. */
export function foldedShape({ x, y, width, height }: Place): string {
  const fold = Math.min(FOLD, height / 2);
  const [right, bottom] = [x + width, y + height];
  const corner = `${round(right - fold)} ${round(y)}`;
  const below = `${round(right)} ${round(y + fold)}`;
  return `<path class="box" d="M${round(x)} ${round(y)}L${corner}L${below}L${round(right)} ${
    round(bottom)
  }L${round(x)} ${round(bottom)}ZM${corner}L${round(right - fold)} ${round(y + fold)}L${below}"/>`;
}

/** A triangle with an exclamation mark in the upper right of a box. */
function markShape({ x, y, width }: Place): string {
  const [middle, top] = [x + width - PADDING - 8, y + 8];
  const base = `${round(middle + 9)} ${round(top + 16)}L${round(middle - 9)} ${round(top + 16)}`;
  return [
    `<path class="mark" d="M${round(middle)} ${round(top)}L${base}Z"/>`,
    `<path class="bang" d="M${round(middle - 1.1)} ${
      round(top + 5.5)
    }h2.2v5.5h-2.2zm0 7h2.2v2h-2.2z"/>`,
  ].join("");
}

/** A coordinate with one decimal: more is below what a screen shows. */
export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** How the drawing looks, on light and on dark pages, and the text in it. */
import { EDGE_MEANINGS, type EdgeMeaning } from "./edge_meaning.ts";
import { displayWidth } from "../display_width.ts";
import { safeText } from "./safe_text.ts";

/** Pixels of a letter; a font of fixed width, so that boxes fit their text without measuring it. */
const FONT_SIZE = 12;

/** A column of that font is 0.60 of its size in the usual ones; a little more is room. */
const COLUMN_WIDTH = FONT_SIZE * 0.615;

/** Pixels from line to line. */
export const LINE_HEIGHT = 17;

/** Pixels that a text takes at most. */
export function textWidth(text: string): number {
  return Math.ceil(displayWidth(text) * COLUMN_WIDTH);
}

/** Text or an attribute's value of XML. */
export function xml(text: string): string {
  return safeText(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const DASHES: Readonly<Record<EdgeMeaning["stroke"], string>> = {
  bold: "stroke-width:2.6",
  "bold-dashed": "stroke-width:2.6;stroke-dasharray:11 5",
  solid: "stroke-width:1.5",
  dashed: "stroke-width:1.5;stroke-dasharray:7 4",
  dotted: "stroke-width:1.7;stroke-dasharray:1.5 4",
};

interface Colours {
  readonly page: string;
  readonly text: string;
  readonly faint: string;
  readonly controller: readonly [fill: string, stroke: string];
  readonly kind: readonly [fill: string, stroke: string];
  readonly failed: readonly [fill: string, stroke: string];
  /** Lines, by their heads: what writes, what reads, what makes jobs. */
  readonly full: string;
  readonly open: string;
  readonly hollow: string;
}

const LIGHT: Colours = {
  page: "#ffffff",
  text: "#1c2430",
  faint: "#4d5866",
  controller: ["#e8f0fd", "#3566b8"],
  kind: ["#fbf5e4", "#8a6d1f"],
  failed: ["#fdeaea", "#c62828"],
  full: "#2458b8",
  open: "#5b6572",
  hollow: "#7a3fa8",
};

const DARK: Colours = {
  page: "#12161c",
  text: "#e8ecf2",
  faint: "#a9b4c2",
  controller: ["#1b2a44", "#7ba7f0"],
  kind: ["#2c2617", "#d6b75e"],
  failed: ["#3d1a1d", "#ff7b7b"],
  full: "#7ba7f0",
  open: "#a3aebb",
  hollow: "#c79bec",
};

/** The style element: what a page that is dark changes are colours only. */
export function svgStyle(): string {
  const strokes = EDGE_MEANINGS.map(({ key, stroke }) => `.${key}{${DASHES[stroke]}}`);
  return [
    "<style>",
    `text{font-family:ui-monospace,Menlo,"DejaVu Sans Mono",Consolas,monospace;font-size:${FONT_SIZE}px}`,
    ".name{font-weight:bold}",
    ".line{fill:none;stroke-linecap:round;stroke-linejoin:round}",
    ".box{stroke-width:1.5}",
    ".failed .box,.mark{stroke-width:3}",
    ...strokes,
    ...colourRules(LIGHT),
    "@media (prefers-color-scheme:dark){",
    ...colourRules(DARK),
    "}",
    "</style>",
  ].join("\n");
}

function colourRules(colours: Colours): readonly string[] {
  const { page, text, faint, controller, kind, failed } = colours;
  const box = ([fill, stroke]: readonly [string, string]): string =>
    `fill:${fill};stroke:${stroke}`;
  return [
    `.page{fill:${page}}text{fill:${text}}.faint{fill:${faint}}`,
    `.controller .box{${box(controller)}}.kind .box{${box(kind)}}.failed .box{${box(failed)}}`,
    `.mark{fill:${failed[1]};stroke:none}.bang{fill:${page}}.error{fill:${failed[1]}}`,
    ...(["full", "open", "hollow"] as const).map((head) =>
      `.line.${head},.head.${head}{stroke:${colours[head]}}.head.${head}{fill:${
        head === "full" ? colours[head] : head === "hollow" ? page : "none"
      }}`
    ),
  ];
}

/** What shapes and lines mean: of those that occur. */
import { EDGE_MEANINGS } from "./edge_meaning.ts";
import type { GraphView } from "./graph_view.ts";
import { hasFailed } from "./node_words.ts";
import { foldedShape, round, roundShape } from "./svg_boxes.ts";
import type { Place } from "./graph_layout.ts";
import type { Drawable } from "./svg_flow.ts";
import { strokeText } from "./svg_lines.ts";
import { textWidth, xml } from "./svg_style.ts";

/** Pixels of a sign, and from its beginning to its words. */
const SIGN = { width: 44, height: 18 };
const WORDS_AT = 54;

/** The legend's entries, in the order of the contract. */
export function legendItems({ controllers, kinds, links }: GraphView): readonly Drawable[] {
  const items: Drawable[] = [];
  if (controllers.length > 0) {
    items.push(entry("controller", (place) => `<g class="controller">${roundShape(place)}</g>`));
  }
  if (controllers.some(({ controller }) => hasFailed(controller))) {
    items.push(
      entry("failed", (place) => `<g class="controller failed">${roundShape(place)}</g>`),
    );
  }
  if (kinds.length > 0) {
    items.push(entry("resources", (place) => `<g class="kind">${foldedShape(place)}</g>`));
  }
  const used = new Set(links.map(({ meaning }) => meaning));
  const lines = EDGE_MEANINGS.filter((meaning) => used.has(meaning)).map((meaning) =>
    entry(
      meaning.word === meaning.explained ? meaning.word : `${meaning.word}: ${meaning.explained}`,
      ({ x, y, width, height }) =>
        strokeText(meaning, [{ x, y: y + height / 2 }, { x: x + width, y: y + height / 2 }]),
    )
  );
  return [...items, ...lines];
}

function entry(words: string, sign: (place: Place) => string): Drawable {
  return {
    size: { width: WORDS_AT + textWidth(words), height: SIGN.height },
    draw: ({ x, y }) =>
      `<g>${sign({ x, y, ...SIGN })}<text class="faint" x="${round(x + WORDS_AT)}" y="${
        round(y + 13)
      }">${xml(words)}</text></g>`,
  };
}

/** Parts of a drawing that no line joins: side by side in rows. */
import type { Place, Size } from "./graph_layout.ts";

/** Something that can be drawn anywhere. */
export interface Drawable {
  readonly size: Size;
  draw(place: Place): string;
}

/** Pixels between parts of a row, and between rows. */
const GAP = 22;

/** Where the parts came to lie. */
export interface Flowed {
  readonly drawn: readonly string[];
  readonly right: number;
  readonly bottom: number;
}

/** Draws the parts in order, in rows from `top` on that are at most `width` wide unless one part alone is wider. */
export function flowed(
  parts: readonly Drawable[],
  room: { readonly top: number; readonly width: number },
): Flowed {
  const drawn: string[] = [];
  let [x, y, right, bottom] = [0, room.top, 0, room.top];
  for (const { size, draw } of parts) {
    if (x > 0 && x + size.width > room.width) [x, y] = [0, bottom + GAP];
    drawn.push(draw({ x, y, ...size }));
    right = Math.max(right, x + size.width);
    bottom = Math.max(bottom, y + size.height);
    x += size.width + GAP;
  }
  return { drawn, right, bottom };
}

/** How many columns of a terminal a text takes, and texts that take no more than there are. */
import stringWidth from "string-width";

const ASCII_REGEXP = /^[\x20-\x7e]*$/;

/** Columns of `text`: two for wide characters and emoji, none for combining ones. */
export function displayWidth(text: string): number {
  return ASCII_REGEXP.test(text) ? text.length : stringWidth(text);
}

/** `text`, or as much of its beginning as fits with a `…` behind it. Never cuts through a character people see as one. */
export function fitWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter("en").segment(text)) {
    const columns = displayWidth(segment);
    if (used + columns > width - 1) break;
    kept += segment;
    used += columns;
  }
  return `${kept}…`;
}

/** `text` with spaces behind it up to `width` columns. */
export function padWidth(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/** What goes wrong with bytes and texts on their way, drawn. */
import type { Draw } from "../draw.ts";

/** Bytes that a piece put in has at most. */
const PIECE_BYTES_MAX = 64;

/** JSON that is no value of most fields. */
const ODD_JSON: readonly [string, ...string[]] = [
  "null",
  ...["true", "-1", "1e999", "0.5", '""', "[]", "{}", "[[[[[[[[]]]]]]]]", '"\\ud800"'],
  ...["18446744073709551616", '"18446744073709551616"', "NaN", "'x'", '"\\u0000"', "\u{1f600}"],
  ...['{"a":{"a":{"a":1}}}', `"${"x".repeat(300)}"`, "[".repeat(100), '{"id":"a","id":"b"}', ","],
];

/** The bytes as they are, or with some of them changed, lost, doubled or put in. */
export function damagedBytes(draw: Draw, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let damaged = new Uint8Array(bytes);
  for (let times = draw.below(4); times > 0; times--) damaged = damagedOnce(draw, damaged);
  return damaged;
}

function damagedOnce(draw: Draw, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = draw.below(bytes.length + 1);
  const to = at + draw.below(bytes.length - at + 1);
  switch (draw.below(6)) {
    case 0: {
      const changed = bytes.slice();
      if (at < bytes.length) changed[at] = draw.below(256);
      return changed;
    }
    case 1: {
      const changed = bytes.slice();
      if (at < bytes.length) changed[at] = (changed[at] ?? 0) ^ 1 << draw.below(8);
      return changed;
    }
    case 2:
      return bytes.slice(0, at);
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(to));
    case 4:
      return joined(bytes.subarray(0, to), bytes.subarray(at));
    default:
      return joined(bytes.subarray(0, at), drawnBytes(draw), bytes.subarray(at));
  }
}

/** Any few bytes. */
export function drawnBytes(draw: Draw): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: draw.below(PIECE_BYTES_MAX) }, () => draw.below(256));
}

/** Text as it is, or with a value that does not fit, or with any damage; rarely no UTF-8 any more. */
export function damagedJson(draw: Draw, text: string): Uint8Array<ArrayBuffer> {
  let damaged = text;
  for (let times = draw.below(3); times > 0; times--) {
    const values = [...damaged.matchAll(/"[^"]*"|\d+|true|false|null/g)];
    const chosen = values[draw.below(Math.max(values.length, 1))];
    if (chosen === undefined) continue;
    const end = chosen.index + chosen[0].length;
    damaged = damaged.slice(0, chosen.index) + draw.pick(ODD_JSON) + damaged.slice(end);
  }
  const bytes = new TextEncoder().encode(damaged);
  return draw.once(3) ? damagedBytes(draw, bytes) : bytes;
}

export function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The one order of strings: by the bytes of their UTF-8, which is not the order JavaScript's `<` gives. */

const SURROGATES_FIRST = 0xd800;
const SURROGATES_LAST = 0xdfff;

/**
 * Compares by UTF-8 bytes, which is by code points.
 *
 * UTF-16 units give the same order but for one thing: surrogates stand for code points above U+FFFF, and so come
 * after U+E000 … U+FFFF.
 *
 * @returns Below 0 when `a` comes first, 0 when they are equal, above 0 otherwise.
 */
export function utf8Compare(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < SURROGATES_FIRST) return unit;
  return unit <= SURROGATES_LAST ? unit + 0x10000 : unit;
}

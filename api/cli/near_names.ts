/** Names like the one somebody mistyped. */

/** Characters of a word that is still compared: names of types are shorter, and the work grows with the square. */
const WORD_LENGTH_MAX = 64;

/** Suggestions shown at most: more would not be read. */
const SUGGESTIONS_MAX = 3;

/** The names at most a third of the word's letters away, nearest first; at most three. */
export function nearNames(word: string, names: Iterable<string>): readonly string[] {
  const wanted = word.toLowerCase();
  if (wanted.length > WORD_LENGTH_MAX) return [];
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  const near: { readonly name: string; readonly distance: number }[] = [];
  for (const name of new Set(names)) {
    if (name.length > WORD_LENGTH_MAX) continue;
    const distance = editDistance(wanted, name.toLowerCase());
    if (distance <= allowed) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, SUGGESTIONS_MAX).map(({ name }) => name);
}

/** Letters to insert, remove, replace or swap with their neighbour to make `b` out of `a`. */
export function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(before, j - 2) + 1);
      next.push(cost);
    }
    [before, row] = [row, next];
  }
  return at(row, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}

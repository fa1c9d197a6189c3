/** A mutant as everything but the instrumenter knows it. */

export interface Mutant {
  /** The number that switches it on in the mutated copy. */
  readonly id: string;
  /** What it stays known by while its line keeps its text, whatever comes to stand above it. */
  readonly key: string;
  /** Path from the top. */
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** The kind of change, in the instrumenter's words. */
  readonly mutator: string;
  /** The lines it changes as they are, on one line, and as they would be. */
  readonly before: string;
  readonly after: string;
}

/** Gives each mutant its key: its change, and the how manieth such change of the file it is. */
export function withKeys(mutants: readonly Omit<Mutant, "key">[]): Mutant[] {
  const counts = new Map<string, number>();
  return mutants.map((mutant) => {
    const { file, mutator, before, after } = mutant;
    const change = `${file} ${mutator} ${before} → ${after}`;
    const count = (counts.get(change) ?? 0) + 1;
    counts.set(change, count);
    return { ...mutant, key: count === 1 ? change : `${change} #${count}` };
  });
}

/**
 * What became of a mutant.
 *
 * `timedOut` counts as killed: a test that never ends is noticed. `notCovered` means that no test
 * reaches it.
 */
export type Outcome = "killed" | "timedOut" | "survived" | "notCovered";

export interface Tried extends Mutant {
  readonly outcome: Outcome;
  /** Milliseconds its trials took. */
  readonly tookMs: number;
}

/** A place in a text, both counted from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Characters of a changed piece that are shown; the middle of a longer one is left out. */
const SHOWN_CHARS_MAX = 70;

/**
 * The line (or lines) that a replacement changes, before and after, each as one line.
 *
 * What is replaced and what replaces it are cut in the middle when they are long.
 */
export function changedLines(
  text: string,
  { start, end, replacement }: {
    readonly start: Position;
    readonly end: Position;
    readonly replacement: string;
  },
): { readonly before: string; readonly after: string } {
  const lines = text.split("\n");
  const head = (lines[start.line] ?? "").slice(0, start.column);
  const tail = (lines[end.line] ?? "").slice(end.column);
  const piece = lines.slice(start.line, end.line + 1);
  piece[piece.length - 1] = (piece.at(-1) ?? "").slice(0, end.column);
  piece[0] = (piece[0] ?? "").slice(start.column);
  const shown = (middle: string): string => onOneLine(`${head}${shortened(middle)}${tail}`);
  return { before: shown(piece.join("\n")), after: shown(replacement) };
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function shortened(text: string): string {
  const line = onOneLine(text);
  if (line.length <= SHOWN_CHARS_MAX) return line;
  const half = SHOWN_CHARS_MAX / 2;
  return `${line.slice(0, half).trimEnd()} … ${line.slice(-half).trimStart()}`;
}

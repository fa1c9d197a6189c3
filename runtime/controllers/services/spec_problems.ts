/** What is wrong with a spec, gathered: all of it is told at once. */

/** A whole number and what it may be. */
export interface NumberBounds {
  readonly min: number | bigint;
  readonly max: number | bigint;
}

/** Gathers. */
export class SpecProblems {
  readonly #found: string[] = [];

  get found(): readonly string[] {
    return this.#found;
  }

  /** `what` is how it is, `may` what it may be. */
  add(what: string, may: string): void {
    this.#found.push(`${what}, it may be ${may}`);
  }

  /** Demands an absolute path of at most 4095 bytes that names a place in one way. */
  path(name: string, path: string): void {
    if (isAbsolutePath(path)) return;
    this.add(`${name} is ${shown(path)}`, "an absolute path without `.`, `..` or NUL");
  }

  /** Demands a number between bounds. */
  number(name: string, value: number | bigint, { min, max }: NumberBounds): void {
    if (value < min || value > max) this.add(`${name} is ${value}`, `${min} to ${max}`);
  }

  /** Demands a list no longer than that. */
  length(name: string, list: readonly unknown[], max: number): void {
    if (list.length > max) this.add(`${name} has ${list.length} entries`, `at most ${max} of them`);
  }
}

/** Characters of a wrong value that are repeated. */
const SHOWN_MAX = 80;

/** A wrong value as a message shows it. */
export function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text);
}

/** Bytes of a path: PATH_MAX without its NUL. Source: linux/limits.h. */
const PATH_BYTES_MAX = 4095;

function isAbsolutePath(path: string): boolean {
  if (!path.startsWith("/") || path.includes("\0")) return false;
  if (new TextEncoder().encode(path).length > PATH_BYTES_MAX) return false;
  return path === "/" || path.slice(1).split("/").every((part) => !["", ".", ".."].includes(part));
}

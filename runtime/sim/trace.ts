/** What a simulation did, step by step: all of it as a hash, the end of it in words. */

/** Lines kept: what led to a failure is among the last ones, and nobody reads more. */
const LINES_MAX = 48;
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Any other odd number: two streams of 32 bits that agree by chance do so once in 2 ** 64. */
const OTHER_PRIME = 0x85ebca6b;

export class Trace {
  #low = FNV_BASIS;
  #high = FNV_BASIS;
  #steps = 0;
  readonly #lines: string[] = [];

  /** Lines ever added. */
  get steps(): number {
    return this.#steps;
  }

  /** 16 hexadecimal digits that follow from every line so far, and their order. */
  get hash(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join(
      "",
    );
  }

  /** The last lines, oldest first. */
  get lines(): readonly string[] {
    const start = Math.max(0, this.#steps - LINES_MAX);
    return Array.from(
      { length: this.#steps - start },
      (_, at) => `${start + at}: ${this.#lines[(start + at) % LINES_MAX] ?? ""}`,
    );
  }

  add(line: string): void {
    let { low, high } = { low: this.#low, high: this.#high };
    for (let at = 0; at < line.length; at++) {
      const code = line.charCodeAt(at);
      low = Math.imul(low ^ code, FNV_PRIME);
      high = Math.imul(high ^ code, OTHER_PRIME) ^ (high >>> 15);
    }
    // The end of a line counts as well: "ab", "c" is not "a", "bc".
    this.#low = Math.imul(low ^ 0x100, FNV_PRIME);
    this.#high = Math.imul(high ^ 0x100, OTHER_PRIME);
    this.#lines[this.#steps++ % LINES_MAX] = line;
  }
}

/** Numbers that look random and are the same for the same seed: xorshift of 32 bits. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not begin alike.
    let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
    state = Math.imul(state ^ state >>> 13, 0xc2b2ae35);
    this.#state = (state ^ state >>> 16) >>> 0 || 1;
  }

  /** From 0 to `bound` - 1. */
  below(bound: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % bound;
  }

  /** Yes once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[this.below(values.length)] ?? values[0];
  }
}

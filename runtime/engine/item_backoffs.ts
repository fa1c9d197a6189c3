/** How long each failing item of a queue waits: every one by itself, until it succeeds. */
import type { Random } from "../core/ports.ts";
import { type Backoff, exponentialBackoff } from "./backoff.ts";
import type { Outcome } from "./requeue.ts";

export class ItemBackoffs {
  readonly #random: Random;
  /** Of those that failed last. */
  readonly #failing = new Map<string, Backoff>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Milliseconds until the item is to be worked on again after this outcome; undefined: not by itself. */
  after(key: string, { result, intervalMs }: Outcome): number | undefined {
    if (result !== "failed") {
      this.#failing.delete(key);
      return intervalMs > 0 ? intervalMs : undefined;
    }
    if (intervalMs > 0) return intervalMs;
    const backoff = this.#failing.get(key) ?? exponentialBackoff(this.#random);
    this.#failing.set(key, backoff);
    return backoff.nextMs();
  }
}

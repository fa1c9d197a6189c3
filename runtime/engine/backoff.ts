/** How long to wait before trying again. */
import type { Random } from "../core/ports.ts";

const FIRST_MS = 500;
const FACTOR = 1.5;
/** Part of the wait by which chance moves it, both ways, so that those who fell together do not rise together. */
const JITTER = 0.5;
/** A controller that fails for hours still tries once a minute. */
export const BACKOFF_MS_MAX = 60_000;

/** Waits that grow until they are reset. */
export interface Backoff {
  /** Milliseconds to wait now; the next wait is longer. */
  nextMs(): number;
  /** The next wait is the first again. */
  reset(): void;
}

/** 0.5 s × 1.5 each time, ± 50 %, at most a minute. */
export function exponentialBackoff(random: Random): Backoff {
  let intervalMs = FIRST_MS;
  return {
    nextMs() {
      const chance = random.uint32() / 2 ** 32;
      const waitMs = intervalMs * (1 - JITTER + 2 * JITTER * chance);
      intervalMs = Math.min(intervalMs * FACTOR, BACKOFF_MS_MAX);
      return Math.min(waitMs, BACKOFF_MS_MAX);
    },
    reset() {
      intervalMs = FIRST_MS;
    },
  };
}

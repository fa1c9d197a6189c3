/** How often a controller may write. */
import type { Clock } from "../core/ports.ts";

/** A bucket of tokens; every write takes one. */
export interface RateLimit {
  /** Tokens that come back. */
  readonly perSecond: number;
  /** Tokens there are at most, from 1. */
  readonly burst: number;
}

/** Hands out tokens in the order they are asked for. */
export interface RateLimiter {
  /** Waits for a token. @throws The signal's reason; then no token is taken. */
  take(signal: AbortSignal): Promise<void>;
}

/** @throws {RangeError} A limit that lets nothing through. */
export function rateLimiter(limit: RateLimit, clock: Clock): RateLimiter {
  const { perSecond, burst } = limit;
  if (!(perSecond > 0 && burst >= 1 && Number.isFinite(perSecond) && Number.isFinite(burst))) {
    throw new RangeError(
      `Cannot limit to ${perSecond} writes a second in bursts of ${burst}: ` +
        `the rate may be any number above 0, the burst any from 1`,
    );
  }
  let tokens = burst;
  let filledMs = clock.monotonicMs();
  return {
    async take(signal) {
      const nowMs = clock.monotonicMs();
      tokens = Math.min(burst, tokens + (nowMs - filledMs) / 1000 * perSecond) - 1;
      filledMs = nowMs;
      // Below zero are those who wait: each of them longer than the one before.
      if (tokens >= 0) return;
      try {
        await clock.sleep(-tokens / perSecond * 1000, { signal });
      } catch (error) {
        tokens++;
        throw error;
      }
    },
  };
}

/** The run hook of a queue controller: kept alive beside its jobs. */
import type { Clock, Random } from "../core/ports.ts";
import { exponentialBackoff } from "./backoff.ts";

/** A hook that lived for more than this is well: the next back-off begins at half a second again. */
const HEALTHY_MS = 60_000;

/** What the hook's life depends on, and who is told of its failures. */
export interface HookOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown, retryMs: number) => void;
}

/** Runs `hook`, and again after a back-off whenever it throws. Resolves when it returns or `signal` aborts. */
export async function runHook(hook: () => Promise<void>, options: HookOptions): Promise<void> {
  const { clock, random, signal, onFailure } = options;
  const backoff = exponentialBackoff(random);
  while (!signal.aborted) {
    const beganMs = clock.monotonicMs();
    try {
      await hook();
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (clock.monotonicMs() - beganMs > HEALTHY_MS) backoff.reset();
      const waitMs = backoff.nextMs();
      onFailure(error, waitMs);
      try {
        await clock.sleep(waitMs, { signal });
      } catch {
        return; // The engine ended.
      }
    }
  }
}

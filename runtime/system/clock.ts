/** The time of the machine, behind the port that state, engine and controllers know. */
import type { Clock } from "../core/ports.ts";
import type { Timestamp } from "../core/resource.ts";
import { frozenAs } from "../core/immutable_mark.ts";
import { EPOCH } from "../core/timestamp.ts";

/** Longest wait one timer takes: more wraps to no wait at all. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The clocks of this process. */
export function systemClock(): Clock {
  return new SystemClock();
}

/** A class: what calls one clock often is not compiled anew for the next one. */
class SystemClock implements Clock {
  #lastMs = -1;
  #time: Timestamp = EPOCH;

  now(): Timestamp {
    // Wall clock with the finer steps of the monotonic one would drift apart from it: milliseconds it is.
    const milliseconds = Date.now();
    if (milliseconds === this.#lastMs) return this.#time;
    const seconds = Math.floor(milliseconds / 1000);
    // Marked as a time, so that nobody copies it.
    this.#time = frozenAs("time", {
      seconds: BigInt(seconds),
      nanos: (milliseconds - seconds * 1000) * 1_000_000,
    });
    this.#lastMs = milliseconds;
    return this.#time;
  }

  monotonicMs(): number {
    return performance.now();
  }

  async sleep(
    milliseconds: number,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const end = performance.now() + milliseconds;
    let rest = milliseconds;
    do {
      await timer(Math.min(rest, TIMER_MS_MAX), signal);
      rest = end - performance.now();
    } while (rest > 0);
  }
}

function timer(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      clearTimeout(id);
      reject(signal?.reason);
    };
    const id = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

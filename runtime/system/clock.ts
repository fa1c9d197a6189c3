/** The time of the machine, behind the port that state, engine and controllers know. */
import type { Clock } from "../core/ports.ts";
import type { Timestamp } from "../core/resource.ts";
import { frozenAs } from "../core/immutable_mark.ts";
import { EPOCH } from "../core/timestamp.ts";

/** Longest wait one timer takes: more wraps to no wait at all. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The clocks of this process. */
export function systemClock(): Clock {
  let last = -1;
  let time: Timestamp = EPOCH;
  return {
    now() {
      // Wall clock with the finer steps of the monotonic one would drift apart from it: milliseconds it is.
      const milliseconds = Date.now();
      if (milliseconds === last) return time;
      const seconds = Math.floor(milliseconds / 1000);
      // Marked as a time, so that nobody copies it.
      time = frozenAs("time", {
        seconds: BigInt(seconds),
        nanos: (milliseconds - seconds * 1000) * 1_000_000,
      });
      last = milliseconds;
      return time;
    },
    monotonicMs: () => performance.now(),
    async sleep(milliseconds, { signal } = {}) {
      const end = performance.now() + milliseconds;
      let rest = milliseconds;
      do {
        await timer(Math.min(rest, TIMER_MS_MAX), signal);
        rest = end - performance.now();
      } while (rest > 0);
    },
  };
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

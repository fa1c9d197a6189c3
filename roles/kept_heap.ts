/**
 * Memory of a flood is given back when it is over. The C library keeps what lies freed between two small things that still
 * live, and of the buffers of thousands of calls that was 300 MB where 15 were in use.
 */
import type { Kernel } from "../fs/kernel/kernel.ts";
import type { Clock, Log } from "../runtime/core/ports.ts";

/** Milliseconds between two looks at what the process takes; one costs some ten microseconds. */
const LOOK_MS = 1_000;

/** Bytes above the least that was seen from which it is worth trying: what a few hundred calls leave is used again. */
const GROWN_BYTES_MIN = 32 * 1024 * 1024;

/** Bytes that a try must bring; after one that brings less the pause is twice as long, unless the process grows again. */
const GAIN_BYTES_MIN = 8 * 1024 * 1024;

/** Milliseconds of the longest pause: what is in use now may be free then. */
const PAUSE_MS_MAX = 60_000;

/** What it needs. */
export interface HeapParts {
  /** Asked once, when there is something to give back. */
  readonly openKernel: () => Pick<Kernel, "trimHeap">;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the looking. */
  readonly signal: AbortSignal;
  /** Bytes of memory the process takes now; its resident set unless given. */
  readonly residentBytes?: () => number;
}

/** Looks until the signal aborts, and has memory given back where the process has grown. A failure is said, and ends it. */
export function keepHeapTrimmed(parts: HeapParts): void {
  look(parts).catch((error: unknown) => {
    if (!parts.signal.aborted) parts.log.write("warn", "memory is not given back", { error });
  });
}

async function look(parts: HeapParts): Promise<void> {
  const { openKernel, clock, signal, residentBytes = () => Deno.memoryUsage().rss } = parts;
  let kernel: Pick<Kernel, "trimHeap"> | undefined;
  let [least, left] = [Infinity, Infinity];
  let pauseMs = LOOK_MS;
  let notBeforeMs = 0;
  for (;;) {
    await clock.sleep(LOOK_MS, { signal });
    const taken = residentBytes();
    least = Math.min(least, taken);
    const isPaused = clock.monotonicMs() < notBeforeMs && taken - left < GROWN_BYTES_MIN;
    if (taken - least < GROWN_BYTES_MIN || isPaused) continue;
    kernel ??= openKernel();
    await kernel.trimHeap();
    left = residentBytes();
    least = Math.min(least, left);
    pauseMs = taken - left < GAIN_BYTES_MIN ? Math.min(2 * pauseMs, PAUSE_MS_MAX) : LOOK_MS;
    notBeforeMs = clock.monotonicMs() + pauseMs;
  }
}

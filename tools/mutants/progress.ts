/** How far the trials are. */
import type { Outcome } from "./mutant.ts";

/** Milliseconds between two lines of progress. */
const PERIOD_MS = 15_000;

/** Takes each outcome as it comes; now and then, and at the end, tells what is left. */
export function progress(
  { total, tell }: { readonly total: number; readonly tell: (line: string) => void },
): (outcome: Outcome) => void {
  const sinceMs = performance.now();
  let toldMs = sinceMs;
  let done = 0;
  let alive = 0;
  return (outcome) => {
    done += 1;
    if (outcome === "survived" || outcome === "notCovered") alive += 1;
    const nowMs = performance.now();
    if (nowMs - toldMs < PERIOD_MS && done < total) return;
    toldMs = nowMs;
    const leftMinutes = (nowMs - sinceMs) / done * (total - done) / 60_000;
    tell(`${done} of ${total} tried, ${alive} live, ${leftMinutes.toFixed(1)} min left`);
  };
}

/** Steps of a gate: each is timed, and the first that fails stops the others. */
import { type Ended, say } from "./checkout.ts";

export interface Step {
  readonly name: string;
  /** The command that does this step alone, for whoever has to mend it. */
  readonly alone: string;
  readonly run: (signal: AbortSignal) => Promise<Ended>;
}

/**
 * Runs the lanes side by side, and the steps of each lane in order.
 *
 * @returns Whether every step passed.
 */
export async function runLanes(lanes: readonly (readonly Step[])[]): Promise<boolean> {
  const stop = new AbortController();
  const ends = await Promise.all(lanes.map((lane) => runLane(lane, stop)));
  return ends.every((passed) => passed);
}

async function runLane(lane: readonly Step[], stop: AbortController): Promise<boolean> {
  for (const { name, alone, run } of lane) {
    if (stop.signal.aborted) return false;
    const sinceMs = performance.now();
    const { code, output } = await run(stop.signal);
    const took = `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
    if (stop.signal.aborted) return false; // Ended by the failure of another lane.
    if (code !== 0) {
      stop.abort();
      say(`${output.trim()}\n\nfailed  ${name} (${took})\nAlone:  ${alone}`);
      return false;
    }
    say(`ok  ${name.padEnd(20)} ${took.padStart(7)}`);
  }
  return true;
}

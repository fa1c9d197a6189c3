/** Nobody listens. */
import type { Log } from "../core/ports.ts";

/** A log that keeps nothing. */
export function silentLog(): Log {
  const log: Log = { write: () => {}, named: () => log };
  return log;
}

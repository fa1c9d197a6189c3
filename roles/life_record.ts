/** What a boot leaves behind for the next one: whether it ended in order, and how. */
import type { Ending, Kernel } from "../fs/kernel/kernel.ts";

/** Where it is kept; /var/system is the agent's own. */
const RECORD = "/var/system/life.json";

/** Bytes of the record that are read. It has about a hundred. */
const RECORD_BYTES_MAX = 4_096;

/** How the boot before this one ended. */
export type PreviousEnd = "unknown" | Ending | "watchdog" | "unordered";

/**
 * Reads how the last boot ended and notes that this one runs.
 *
 * @param watchdogFired Whether the watchdog says that it caused the last reset.
 * @throws {SyscallError} /var cannot be written.
 */
export function beginLife(kernel: Kernel, bootId: string, watchdogFired: boolean): PreviousEnd {
  const previous = readEnd(kernel);
  write(kernel, { bootId, end: "none" });
  return watchdogFired && previous === "unordered" ? "watchdog" : previous;
}

/** Notes that this boot ends in order. */
export function endLife(kernel: Kernel, bootId: string, ending: Ending): void {
  write(kernel, { bootId, end: ending });
}

function write(kernel: Kernel, record: { bootId: string; end: Ending | "none" }): void {
  kernel.writeFile(RECORD, `${JSON.stringify(record)}\n`, { mode: 0o600, sync: true });
}

function readEnd(kernel: Kernel): PreviousEnd {
  if (kernel.lstat(RECORD) === undefined) return "unknown";
  try {
    const record: unknown = JSON.parse(kernel.readText(RECORD, { maxBytes: RECORD_BYTES_MAX }));
    const end = typeof record === "object" && record !== null && "end" in record ? record.end : "";
    return end === "restart" || end === "power-off" ? end : "unordered";
  } catch {
    return "unordered"; // A record that cannot be read was torn with everything else.
  }
}

/** What only the first process has to do: reap orphans, obey signals, answer the watchdog. */
import type { Ending, Kernel, Watchdog } from "../fs/kernel/kernel.ts";
import type { Log } from "../runtime/core/ports.ts";
import type { EndRequest } from "./end_request.ts";

/** Descriptors the agent and what it starts may hold. Talos gives PID 1 as many. */
const OPEN_FILES_MAX = 1_048_576n;

/** Milliseconds between two looks for orphans where no signal told of one: a signal can hide a second child. */
const REAP_EVERY_MS = 5_000;

/** Seconds the watchdog waits for the agent unless the kernel's command line says otherwise. */
export const WATCHDOG_SECONDS = 60;

/** How many times the watchdog is answered within its time. Two lost answers are survived. */
const ANSWERS_PER_TIMEOUT = 3;

/** Which signal means which end: systemd's SIGTERM is power-off here, ctrl-alt-del is SIGINT. */
const SIGNALS: Readonly<Record<"SIGTERM" | "SIGINT" | "SIGPWR", Ending>> = {
  SIGTERM: "power-off",
  SIGINT: "restart",
  SIGPWR: "power-off",
};

/** Reaps what nobody waits for, until `signal` aborts. */
export function reapOrphans(kernel: Kernel, log: Log, signal: AbortSignal): void {
  const reap = (): void => {
    try {
      const reaped = kernel.reapOrphans();
      if (reaped > 0) log.write("debug", "reaped orphans", { reaped });
    } catch (error) {
      log.write("error", "cannot reap", { error });
    }
  };
  const heard = kernel.onChildExit(reap);
  const timer = setInterval(reap, REAP_EVERY_MS);
  signal.addEventListener("abort", () => {
    heard[Symbol.dispose]();
    clearInterval(timer);
  }, { once: true });
}

/** Turns signals into wishes to end. */
export function obeySignals(kernel: Kernel, end: EndRequest): void {
  kernel.catchCtrlAltDel();
  for (const [name, ending] of Object.entries(SIGNALS)) {
    Deno.addSignalListener(name as Deno.Signal, () => void end.ask(ending, name));
  }
}

/** Sets what the first process hands down to every other. */
export function setLimits(kernel: Kernel): void {
  kernel.setOpenFilesLimit(OPEN_FILES_MAX);
}

/**
 * Has a device reset the machine when the event loop stands still.
 *
 * @returns The armed watchdog; it is never disarmed, so that an end that hangs is caught too.
 * @throws {SyscallError} `ENOENT` where the machine has none.
 */
export function armWatchdog(kernel: Kernel, path: string, timeoutSeconds: number): Watchdog {
  const watchdog = kernel.openWatchdog(path, timeoutSeconds);
  const everyMs = watchdog.timeoutSeconds * 1_000 / ANSWERS_PER_TIMEOUT;
  setInterval(() => watchdog.keepAlive(), everyMs);
  return watchdog;
}

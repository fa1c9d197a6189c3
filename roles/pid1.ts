/** What only the first process has to do: reap orphans, obey signals, answer the watchdog. */
import type { Ending, Kernel, Watchdog } from "../fs/kernel/kernel.ts";
import type { Log } from "../runtime/core/ports.ts";
import type { EndRequest } from "./end_request.ts";
import type { MachineOutside } from "./machine_outside.ts";

/** Descriptors the agent and what it starts may hold. Talos gives PID 1 as many. */
const OPEN_FILES_MAX = 1_048_576n;

/**
 * What the kernel is told: no user namespaces, and to ask whoever is silent on a connection whether it is still there after
 * ten minutes instead of two hours, and then each minute. Talos sets the same.
 */
const PARAMETERS: readonly (readonly [path: string, value: string])[] = [
  ["/proc/sys/user/max_user_namespaces", "0"],
  ["/proc/sys/net/ipv4/tcp_keepalive_time", "600"],
  ["/proc/sys/net/ipv4/tcp_keepalive_intvl", "60"],
];

/** Milliseconds between two looks for orphans where no signal told of one: a signal can hide a second child. */
const REAP_EVERY_MS = 5_000;

/** Seconds the watchdog waits for the agent unless the kernel's command line says otherwise. */
export const WATCHDOG_SECONDS = 60;

/** How many times the watchdog is answered within its time. Two lost answers are survived. */
const ANSWERS_PER_TIMEOUT = 3;

/** Which signal means which end: systemd's SIGTERM is power-off here, ctrl-alt-del is SIGINT. */
const SIGNALS: readonly (readonly [Deno.Signal, Ending])[] = [
  ["SIGTERM", "power-off"],
  ["SIGINT", "restart"],
  ["SIGPWR", "power-off"],
];

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

/** Turns signals into wishes to end, until `until` aborts. */
export function obeySignals(
  end: EndRequest,
  outside: Pick<MachineOutside, "onSignal">,
  until: AbortSignal,
): void {
  for (const [name, ending] of SIGNALS) {
    outside.onSignal(name, () => void end.ask(ending, name), until);
  }
}

/**
 * Sets what the first process hands down to every other, has ctrl-alt-del arrive as a signal, and tells the kernel its
 * parameters. User namespaces are taken away: in one of its own, any process would have all capabilities, and most of the
 * kernel to try them on.
 *
 * @throws {SyscallError} The first refusal.
 */
export function prepareProcess(kernel: Kernel): void {
  kernel.setOpenFilesLimit(OPEN_FILES_MAX);
  kernel.catchCtrlAltDel();
  for (const [path, value] of PARAMETERS) {
    kernel.writeFile(path, value, { mode: 0o644, direct: true });
  }
}

/** How the watchdog is answered. */
export interface WatchdogDuty {
  /** Asked for; the device may choose another. */
  readonly timeoutSeconds: number;
  readonly log: Log;
  /** Answers end when it aborts; then the device resets the machine. */
  readonly until: AbortSignal;
}

/**
 * Has a device reset the machine when the event loop stands still.
 *
 * @returns The armed watchdog; it is never disarmed, so that an end that hangs is caught too.
 * @throws {SyscallError} `ENOENT` where the machine has none.
 */
export function armWatchdog(kernel: Kernel, path: string, duty: WatchdogDuty): Watchdog {
  const { timeoutSeconds, log, until } = duty;
  const watchdog = kernel.openWatchdog(path, timeoutSeconds);
  const everyMs = watchdog.timeoutSeconds * 1_000 / ANSWERS_PER_TIMEOUT;
  const answer = (): void => {
    try {
      watchdog.keepAlive();
    } catch (error) {
      log.write("error", "cannot answer the watchdog", { error });
    }
  };
  const timer = setInterval(answer, everyMs);
  until.addEventListener("abort", () => clearInterval(timer), { once: true });
  return watchdog;
}

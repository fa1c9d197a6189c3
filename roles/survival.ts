/** No error that nobody caught ends the agent. */
import type { Log } from "../runtime/core/ports.ts";

/** Logs what nobody caught, and goes on. */
export function surviveErrors(log: Log): void {
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    log.write("error", "uncaught error", { error: event.error ?? event.message });
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.write("error", "unhandled rejection", { error: event.reason });
  });
}

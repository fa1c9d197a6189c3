/** Wakes one waiter; any number of calls before it looks are one. */
import type { Sighting } from "./sighting.ts";

/** What woke the waiter: the newest event, or none where it was woken without one. */
export interface Wake {
  readonly sighting: Sighting | undefined;
}

export class Trigger {
  #pending: Wake | undefined;
  #waiter: ((wake: Wake | undefined) => void) | undefined;

  /** Wakes the waiter, or the next one. @returns Whether it was not woken already. */
  fire(sighting?: Sighting): boolean {
    const first = this.#pending === undefined;
    if (first || sighting !== undefined) this.#pending = { sighting };
    this.#waiter?.(this.#pending);
    return first;
  }

  /**
   * Resolves once it was fired since the last time, and to undefined when `signal` aborts. For one waiter at a time: a
   * second one ends the first with undefined.
   */
  wait(signal: AbortSignal): Promise<Wake | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const pending = this.#pending;
    if (pending !== undefined) {
      this.#pending = undefined;
      return Promise.resolve(pending);
    }
    this.#waiter?.(undefined);
    return new Promise((resolve) => {
      const settle = (wake: Wake | undefined): void => {
        signal.removeEventListener("abort", abort);
        this.#waiter = undefined;
        if (wake !== undefined) this.#pending = undefined;
        resolve(wake);
      };
      const abort = (): void => settle(undefined);
      signal.addEventListener("abort", abort, { once: true });
      this.#waiter = settle;
    });
  }
}

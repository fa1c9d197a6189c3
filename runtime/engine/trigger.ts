/** Wakes one waiter; any number of calls before it looks are one. */
import type { Sighting } from "./sighting.ts";

/** What woke the waiter: the newest event, or none where it was woken without one. */
export interface Wake {
  readonly sighting: Sighting | undefined;
}

export class Trigger {
  #pending: Wake | undefined;
  #waiter: ((wake: Wake | undefined) => void) | undefined;
  #heard: AbortSignal | undefined;

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
   *
   * Listens to the signal of the last wait until that aborts, or a wait comes with another: who waits a thousand times a
   * second does so with the same.
   */
  wait(signal: AbortSignal): Promise<Wake | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const pending = this.#pending;
    if (pending !== undefined) {
      this.#pending = undefined;
      return Promise.resolve(pending);
    }
    this.#waiter?.(undefined);
    this.#listen(signal);
    return new Promise((resolve) => {
      this.#waiter = (wake) => {
        this.#waiter = undefined;
        if (wake !== undefined) this.#pending = undefined;
        resolve(wake);
      };
    });
  }

  #listen(signal: AbortSignal): void {
    if (this.#heard === signal) return;
    this.#heard?.removeEventListener("abort", this.#abort);
    this.#heard = signal;
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  readonly #abort = (): void => {
    this.#heard = undefined;
    this.#waiter?.(undefined);
  };
}

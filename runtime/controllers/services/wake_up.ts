/** Waiting for a call or for time, whichever comes first. */
import type { Clock } from "../../core/ports.ts";

/** Wakes one waiter; any number of calls before it waits are one. */
export class WakeUp {
  readonly #clock: Clock;
  #called = false;
  #waiter: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Wakes who waits, or who waits next. */
  call(): void {
    this.#called = true;
    this.#waiter?.();
  }

  /** Resolves once it was called since the last wait, or after `milliseconds`. For one waiter at a time. */
  async wait(milliseconds?: number): Promise<void> {
    if (!this.#called) {
      const awake = new AbortController();
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
        if (milliseconds === undefined) return;
        this.#clock.sleep(milliseconds, { signal: awake.signal }).then(resolve, resolve);
      });
      this.#waiter = undefined;
      awake.abort();
    }
    this.#called = false;
  }
}

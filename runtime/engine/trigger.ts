/** Wakes one waiter; any number of calls before it looks are one. */
export class Trigger {
  #pending = false;
  #waiter: ((fired: boolean) => void) | undefined;

  /** Wakes the waiter, or the next one. */
  fire(): void {
    this.#pending = true;
    this.#waiter?.(true);
  }

  /**
   * Resolves to true once it was fired since the last time, and to false when `signal` aborts. For one waiter at a
   * time: a second one ends the first with false.
   */
  wait(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve(true);
    }
    this.#waiter?.(false);
    return new Promise((resolve) => {
      const settle = (fired: boolean): void => {
        signal.removeEventListener("abort", abort);
        this.#waiter = undefined;
        if (fired) this.#pending = false;
        resolve(fired);
      };
      const abort = (): void => settle(false);
      signal.addEventListener("abort", abort, { once: true });
      this.#waiter = settle;
    });
  }
}

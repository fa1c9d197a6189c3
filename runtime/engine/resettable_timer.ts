/** A timer that is set anew as often as one likes, and goes off once. */
import type { Clock } from "../core/ports.ts";

export class ResettableTimer {
  readonly #clock: Clock;
  readonly #fire: () => void;
  #armed: AbortController | undefined;

  /** @param fire Called when the time is over. Must not throw. */
  constructor(clock: Clock, fire: () => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** Goes off in so many milliseconds, and not when it would have before. */
  reset(milliseconds: number): void {
    this.stop();
    const armed = new AbortController();
    this.#armed = armed;
    this.#clock.sleep(milliseconds, { signal: armed.signal }).then(
      () => {
        if (this.#armed !== armed) return;
        this.#armed = undefined;
        this.#fire();
      },
      () => {}, // Stopped: the clock refuses for no other reason.
    );
  }

  /** Does not go off. */
  stop(): void {
    this.#armed?.abort();
    this.#armed = undefined;
  }
}

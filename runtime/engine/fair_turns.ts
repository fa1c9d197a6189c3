/** Lets the event loop turn between the turns of controllers. */
import type { Clock } from "../core/ports.ts";

/**
 * Turns and jobs of one engine after which the event loop must have turned once. Controllers that wake themselves or each
 * other, and long queues, would otherwise go on from promise to promise and never let a timer or a socket have its turn.
 */
const TURNS_IN_A_ROW_MAX = 512;

export class FairTurns {
  readonly #clock: Clock;
  /** Since the event loop turned last. */
  #turns = 0;
  #loop: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a turn. @returns What to wait for before it; undefined: nothing. */
  take(): Promise<void> | undefined {
    this.#turns++;
    this.#loop ??= this.#turn();
    return this.#turns > TURNS_IN_A_ROW_MAX ? this.#loop : undefined;
  }

  /** Resolves when nothing of it is left. */
  async ended(): Promise<void> {
    await this.#loop;
  }

  async #turn(): Promise<void> {
    await this.#clock.sleep(0);
    this.#turns = 0;
    this.#loop = undefined;
  }
}

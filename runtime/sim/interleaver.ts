/**
 * The order in which those who wait go on.
 *
 * Whoever waits for a port or the state waits here, and is resumed when chance draws it: one at a time, and the next
 * one only when the first has run as far as it can. Of those who came meanwhile it counts what they wait for, not who
 * came first: how many promises a wait passes through on its way here changes no order.
 */
import type { Random } from "../core/ports.ts";
import type { Trace } from "./trace.ts";

interface Parked {
  readonly what: string;
  readonly resume: () => void;
}

export class Interleaver {
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #parked: Parked[] = [];
  /** Since the last one was drawn. */
  #arrived: Parked[] = [];

  constructor({ random, trace }: { readonly random: Random; readonly trace: Trace }) {
    this.#random = random;
    this.#trace = trace;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#parked.length + this.#arrived.length;
  }

  /** Resolves when it is drawn. @param what Names the wait in the trace. */
  park(what: string): Promise<void> {
    return new Promise((resume) => {
      this.#arrived.push({ what, resume });
    });
  }

  /** Draws one who waits, and lets it go on; nothing happens where nobody waits. */
  resumeOne(): void {
    this.#takeIn();
    const at = this.draw(this.#parked.length);
    const last = this.#parked.pop();
    const drawn = this.#parked[at] ?? last;
    if (drawn === undefined || last === undefined) return;
    if (drawn !== last) this.#parked[at] = last;
    this.#trace.add(drawn.what);
    drawn.resume();
  }

  /** A whole number from 0 up to, and without, `count`. */
  draw(count: number): number {
    return this.#random.uint32() % count;
  }

  #takeIn(): void {
    const arrived = this.#arrived;
    if (arrived.length > 1) arrived.sort((a, b) => a.what < b.what ? -1 : a.what > b.what ? 1 : 0);
    for (const parked of arrived) this.#parked.push(parked);
    this.#arrived = [];
  }
}

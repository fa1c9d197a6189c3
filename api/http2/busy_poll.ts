/**
 * Looking for the next request for a moment before the thread sleeps, as Linux's busy polling of sockets and KVM's halt polling
 * do: a processor's way out of idle takes longer than a small call.
 *
 * Who asks one thing after another is waited for awake, {@linkcode POLL_MS} at most; whether it is worth it is guessed from what
 * the same connection did before, and a wrong guess is paid for by not guessing for twice as long as after the one before.
 * While it polls the event loop turns: whatever else is due runs between two turns.
 */

/**
 * Milliseconds behind a write that the next bytes are looked for. A local caller's turn takes 15 to 40 µs, and its processor's
 * way out of idle up to 60 more; KVM gives its guests 200 (`halt_poll_ns`).
 */
export const POLL_MS = 0.15;

/** Milliseconds within which bytes follow that polling would have seen: it spares our own way out of idle. */
export const NEAR_MS = 0.2;

/** Requests that follow near before the next is polled for. */
export const NEAR_LEAST = 4;

/** Of these so many, at most, after wrong guesses. */
export const NEAR_LEAST_MAX = 1024;

/** Where the turns and the time come from. */
export interface BusyPollOptions {
  /** Runs it in the event loop's next turn, which looks at the sockets before. */
  readonly turn: (then: () => void) => void;
  /** Milliseconds of a clock that never runs back and tells microseconds. */
  readonly nowMs: () => number;
}

/** Keeps the event loop of a thread turning. One for all connections of a listener. */
export class BusyPoll {
  readonly #options: BusyPollOptions;
  #untilMs = 0;
  #awaited = 0;
  #isTurning = false;

  constructor(options: BusyPollOptions) {
    this.#options = options;
  }

  /** Milliseconds of its clock. */
  nowMs(): number {
    return this.#options.nowMs();
  }

  /** Somebody looks for something: turns until it {@linkcode end}s, or until `untilMs`. */
  begin(untilMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, untilMs);
    this.#awaited++;
    if (this.#isTurning) return;
    this.#isTurning = true;
    this.#options.turn(this.#turn);
  }

  /** What one of them looked for is there in time. */
  end(): void {
    if (this.#awaited > 0) this.#awaited--;
  }

  readonly #turn = (): void => {
    if (this.#awaited > 0 && this.#options.nowMs() < this.#untilMs) {
      this.#options.turn(this.#turn);
      return;
    }
    this.#isTurning = false;
    this.#awaited = 0;
  };
}

/** Whether what a connection's peer sends next is near, guessed from what it sent before. */
export class NextRequest {
  readonly #poll: BusyPoll;
  #writtenMs: number | undefined;
  #isPolled = false;
  #near = 0;
  #nearLeast = NEAR_LEAST;

  constructor(poll: BusyPoll) {
    this.#poll = poll;
  }

  /** Everything is written: polls, where it looks worth it. Who is written to and says nothing was guessed wrongly. */
  written(): void {
    const nowMs = this.#poll.nowMs();
    if (this.#isPolled && this.#writtenMs !== undefined) {
      if (nowMs - this.#writtenMs <= POLL_MS) return; // It is still looked for.
      this.#missed();
    }
    this.#writtenMs = nowMs;
    this.#isPolled = this.#near >= this.#nearLeast;
    if (this.#isPolled) this.#poll.begin(nowMs + POLL_MS);
  }

  /** Bytes have come. */
  came(): void {
    if (this.#writtenMs === undefined) return; // More of what came, before anything was answered.
    const gapMs = this.#poll.nowMs() - this.#writtenMs;
    this.#writtenMs = undefined;
    if (this.#isPolled) this.#judge(gapMs);
    else this.#near = gapMs <= NEAR_MS ? this.#near + 1 : 0;
  }

  #judge(gapMs: number): void {
    if (gapMs <= POLL_MS) {
      this.#poll.end();
      this.#nearLeast = Math.max(NEAR_LEAST, this.#nearLeast - 1);
    } else this.#missed();
  }

  #missed(): void {
    this.#near = 0;
    this.#nearLeast = Math.min(2 * this.#nearLeast, NEAR_LEAST_MAX);
  }
}

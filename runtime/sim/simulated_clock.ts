/** Time that passes when the simulation says so. */
import type { Clock } from "../core/ports.ts";
import type { Timestamp } from "../core/resource.ts";
import type { Interleaver } from "./interleaver.ts";

interface Timer {
  readonly dueMs: number;
  readonly wake: () => void;
}

export class SimulatedClock implements Clock {
  readonly #interleaver: Interleaver;
  readonly #start: Timestamp;
  #elapsedMs = 0;
  readonly #timers = new Set<Timer>();

  constructor(interleaver: Interleaver, { start }: { readonly start: Timestamp }) {
    this.#interleaver = interleaver;
    this.#start = start;
  }

  now(): Timestamp {
    const wholeMs = Math.floor(this.#elapsedMs);
    const nanos = this.#start.nanos + (wholeMs % 1000) * 1_000_000;
    const seconds = this.#start.seconds + BigInt(Math.floor(wholeMs / 1000));
    return Object.freeze(
      nanos < 1_000_000_000
        ? { seconds, nanos }
        : { seconds: seconds + 1n, nanos: nanos - 1_000_000_000 },
    );
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  async sleep(
    milliseconds: number,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    signal?.throwIfAborted();
    if (milliseconds > 0) await this.#timer(milliseconds, signal);
    await this.#interleaver.park("the clock");
    signal?.throwIfAborted();
  }

  /** When the next sleeper is due; undefined where nobody sleeps. */
  get nextMs(): number | undefined {
    let nextMs: number | undefined;
    for (const { dueMs } of this.#timers) {
      if (nextMs === undefined || dueMs < nextMs) nextMs = dueMs;
    }
    return nextMs;
  }

  /** Moves time on. Who is due by then gets up, and goes on when it is drawn. */
  moveTo(elapsedMs: number): void {
    this.#elapsedMs = Math.max(this.#elapsedMs, elapsedMs);
    for (const timer of [...this.#timers]) if (timer.dueMs <= this.#elapsedMs) timer.wake();
  }

  #timer(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        this.#timers.delete(timer);
        signal?.removeEventListener("abort", abort);
      };
      const abort = (): void => {
        settled();
        reject(signal?.reason);
      };
      const timer: Timer = {
        dueMs: this.#elapsedMs + milliseconds,
        wake: () => {
          settled();
          resolve();
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#timers.add(timer);
    });
  }
}

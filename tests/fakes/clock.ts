/** A clock that stands still until it is moved by hand. */
import type { Clock } from "../../runtime/core/ports.ts";
import type { Timestamp } from "../../runtime/core/resource.ts";

/** 2026-01-02T03:04:05Z, in milliseconds. */
const START_MS = 1_767_323_045_000;

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Time of a test: sleepers wake in the order of their due times, and in the order they came where those are equal. */
export class FakeClock implements Clock {
  #elapsedMs = 0;
  #sleepers: Sleeper[] = [];
  #watchers: { readonly count: number; readonly resolve: () => void }[] = [];

  now(): Timestamp {
    const milliseconds = START_MS + this.#elapsedMs;
    const seconds = Math.floor(milliseconds / 1000);
    const nanos = Math.round((milliseconds - seconds * 1000) * 1_000_000);
    return Object.freeze({ seconds: BigInt(seconds), nanos });
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(milliseconds: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (milliseconds <= 0 && !signal?.aborted) return turn();
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper: Sleeper = {
        dueMs: this.#elapsedMs + milliseconds,
        wake: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#sleepers.push(sleeper);
      this.#notify();
    });
  }

  /** Milliseconds until each sleeper is due, soonest first. */
  get pendingMs(): readonly number[] {
    return this.#sleepers.map(({ dueMs }) => dueMs - this.#elapsedMs).sort((a, b) => a - b);
  }

  /** Resolves once at least `count` sleep. */
  sleeping(count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push({ count, resolve });
      this.#notify();
    });
  }

  /** Moves time on, waking who is due on the way; each has run as far as it can before the next one wakes. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsedMs + milliseconds;
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await turn();
    }
    this.#elapsedMs = end;
    await turn();
  }

  #due(end: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueMs <= end && (first === undefined || sleeper.dueMs < first.dueMs)) {
        first = sleeper;
      }
    }
    return first;
  }

  #notify(): void {
    const asleep = this.#sleepers.length;
    const ready = this.#watchers.filter(({ count }) => count <= asleep);
    this.#watchers = this.#watchers.filter(({ count }) => count > asleep);
    for (const { resolve } of ready) resolve();
  }
}

/** One turn of the event loop: every promise that is settled has run its reactions. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

import type { Clock } from "../../runtime/core/ports.ts";
import type { Timestamp } from "../../runtime/core/resource.ts";

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved, and wakes at once: hundreds of thousands are made. */
export class FuzzClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #nowMs = 0;

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  now(): Timestamp {
    return { seconds: 0n, nanos: 0 };
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(milliseconds: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { dueMs: this.#nowMs + milliseconds, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** Moves time on, and wakes who is due. */
  tick(milliseconds: number): void {
    this.#nowMs += milliseconds;
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.dueMs > this.#nowMs) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

/** The kernel's log in {@linkcode FakeKernel}. */
import type { KernelLog } from "../../fs/kernel/kernel.ts";

/** Records by their numbers, and who waits for the next. */
export class FakeKernelLog {
  readonly #records: string[] = [];
  readonly #waiting = new Set<() => void>();
  #oldest = 0;
  #open = 0;

  /** How many have it open. */
  get openCount(): number {
    return this.#open;
  }

  /** Says something as user space does, a second after what was said before. */
  say(text: string): void {
    const sequence = this.#records.length;
    this.add(`14,${sequence},${(sequence + 1) * 1_000_000},-;${text}\n`);
  }

  /** Adds a record as it is. */
  add(record: string): void {
    this.#records.push(record);
    for (const wake of this.#waiting) wake();
  }

  /** Writes over the oldest records. */
  forget(count: number): void {
    this.#oldest = Math.min(this.#records.length, this.#oldest + count);
  }

  open(from: "oldest" | "newest"): KernelLog {
    let place = from === "oldest" ? this.#oldest : this.#records.length;
    const once = new DisposableStack();
    this.#open++;
    once.defer(() => this.#open--);
    return {
      next: () => {
        if (place < this.#oldest) {
          place = this.#oldest;
          return "overrun";
        }
        const record = this.#records[place];
        if (record === undefined) return undefined;
        place++;
        return new TextEncoder().encode(record);
      },
      more: async ({ signal } = {}) => {
        signal?.throwIfAborted();
        while (place === this.#records.length) {
          const { promise, resolve } = Promise.withResolvers<void>();
          this.#waiting.add(resolve);
          signal?.addEventListener("abort", () => resolve(), { once: true });
          await promise;
          this.#waiting.delete(resolve);
          signal?.throwIfAborted();
        }
      },
      [Symbol.dispose]: () => once.dispose(),
    };
  }
}

/** Events that one waiter at a time waits for, in {@linkcode FakeKernel}. */

/** Counts them: those between two waits are told by the second, those before the first by none. */
export class FakeEvents {
  #count = 0;
  #seen: number | undefined;
  readonly #waiters = new Set<() => void>();

  /** One happened. */
  tell(): void {
    this.#count += 1;
    for (const wake of this.#waiters) wake();
  }

  /** Whether one happened since the last wait, or does within `timeoutMs`. @throws The signal's reason. */
  async wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<boolean> {
    signal?.throwIfAborted();
    this.#seen ??= this.#count;
    if (this.#seen === this.#count && timeoutMs > 0) await this.#next(timeoutMs, signal);
    signal?.throwIfAborted();
    const happened = this.#seen !== this.#count;
    this.#seen = this.#count;
    return happened;
  }

  async #next(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    this.#waiters.add(resolve);
    signal?.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    this.#waiters.delete(resolve);
  }
}

/** What a role saw, kept by name so that others can follow it. */

/** Values by id, and who wants to hear of changes. Holds as many as the role puts in; roles put in fixed sets. */
export class Observed<Value> {
  readonly #values = new Map<string, Value>();
  readonly #followers = new Set<() => void>();

  /** What is known now. */
  read(): ReadonlyMap<string, Value> {
    return new Map(this.#values);
  }

  /** Calls `changed` after each change until `signal` aborts. */
  follow(changed: () => void, signal: AbortSignal): void {
    this.#followers.add(changed);
    signal.addEventListener("abort", () => this.#followers.delete(changed), { once: true });
  }

  /** Adds or replaces what is known of `id`. */
  put(id: string, value: Value): void {
    this.#values.set(id, value);
    for (const changed of this.#followers) changed();
  }
}

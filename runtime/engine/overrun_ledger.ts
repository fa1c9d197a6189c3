/** How often the engine's watches were overtaken: what it missed, it listed again. */
import type { Kind, Timestamp } from "../core/resource.ts";
import type { Clock } from "../core/ports.ts";
import { kindKey } from "./pointer_key.ts";

/** A kind whose watch was overtaken. */
export interface WatchOverrun extends Kind {
  /** How often, since the engine was made. */
  readonly count: number;
  readonly last: Timestamp;
}

/** Holds one entry for each kind that was ever overtaken: as many as controllers have for inputs at most. */
export class OverrunLedger {
  readonly #clock: Clock;
  readonly #byKind = new Map<string, WatchOverrun>();
  readonly #followers = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note({ namespace, type }: Kind): void {
    const key = kindKey({ namespace, type });
    const count = (this.#byKind.get(key)?.count ?? 0) + 1;
    this.#byKind.set(key, Object.freeze({ namespace, type, count, last: this.#clock.now() }));
    for (const changed of this.#followers) changed();
  }

  all(): readonly WatchOverrun[] {
    return [...this.#byKind.values()];
  }

  /** Calls `changed`, which must not throw, after each overrun until `signal` aborts. */
  follow(changed: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#followers.add(changed);
    signal.addEventListener("abort", () => this.#followers.delete(changed), { once: true });
  }

  /** Namespaces summed. */
  byType(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { type, count } of this.#byKind.values()) {
      sums.set(type, (sums.get(type) ?? 0) + count);
    }
    return sums;
  }
}

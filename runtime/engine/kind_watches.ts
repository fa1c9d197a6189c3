/** One watch for each kind that any controller has for input, kept open through every failure. */
import type { Kind, Metadata } from "../core/resource.ts";
import type { CoreState, WatchEvent } from "../core/state.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import { type Backoff, exponentialBackoff } from "./backoff.ts";

/** What the watches need, and whom they tell. */
export interface KindWatchesOptions {
  readonly state: CoreState;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** A resource changed. Must not throw. */
  readonly onChange: (metadata: Metadata) => void;
  /** Events were lost: anything of the kind may have changed. Must not throw. */
  readonly onLoss: (kind: Kind) => void;
}

export class KindWatches {
  readonly #options: KindWatchesOptions;
  readonly #opened = new Map<string, Promise<void>>();
  readonly #tasks: Promise<void>[] = [];

  constructor(options: KindWatchesOptions) {
    this.#options = options;
  }

  /**
   * Resolves once every change of the kinds from now on will be told. Waits without limit while a watch cannot be
   * opened.
   *
   * @throws The signal's reason.
   */
  async open(kinds: readonly Kind[]): Promise<void> {
    await Promise.all(kinds.map((kind) => this.#ensure(kind)));
  }

  /** Resolves when all watches ended, which they do when the signal aborts. */
  async ended(): Promise<void> {
    await Promise.all(this.#tasks);
  }

  #ensure({ namespace, type }: Kind): Promise<void> {
    const key = JSON.stringify([namespace, type]);
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const opened = Promise.withResolvers<void>();
    // Nobody may be waiting any more when the signal aborts.
    opened.promise.catch(() => {});
    this.#opened.set(key, opened.promise);
    this.#tasks.push(this.#follow({ namespace, type }, opened));
    return opened.promise;
  }

  /** Never rejects. */
  async #follow(kind: Kind, opened: PromiseWithResolvers<void>): Promise<void> {
    const { state, signal, random } = this.#options;
    const backoff = exponentialBackoff(random);
    let first = true;
    while (!signal.aborted) {
      try {
        const batches = await state.watchKindAggregated(kind, { signal });
        opened.resolve();
        if (!first) this.#options.onLoss(kind);
        first = false;
        await this.#read(batches, backoff);
      } catch (error) {
        if (signal.aborted) break;
        await this.#pause(kind, { error, backoff });
      }
    }
    opened.reject(signal.reason);
  }

  /** Tells of every change. Returns when the reader was overtaken: a new watch goes on at once. */
  async #read(batches: AsyncIterable<readonly WatchEvent[]>, backoff: Backoff): Promise<void> {
    for await (const batch of batches) {
      for (const event of batch) {
        if (event.event === "errored") {
          if (event.error.failure.refusal === "overrun") return;
          throw event.error;
        }
        if (event.event === "bootstrapped" || event.event === "noop") continue;
        this.#options.onChange(event.resource.metadata);
      }
      backoff.reset();
    }
    if (!this.#options.signal.aborted) throw new Error("the watch ended");
  }

  async #pause(
    { namespace, type }: Kind,
    { error, backoff }: { readonly error: unknown; readonly backoff: Backoff },
  ): Promise<void> {
    const { clock, log, signal } = this.#options;
    const waitMs = backoff.nextMs();
    log.write("warn", "watch failed", { namespace, type, error, retryMs: Math.round(waitMs) });
    try {
      await clock.sleep(waitMs, { signal });
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  }
}

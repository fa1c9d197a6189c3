/** The engine's watch of one kind, kept open through every failure. */
import type { Kind, Metadata, Resource } from "../core/resource.ts";
import type { CoreState, WatchEvent } from "../core/state.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import { linkedAbort } from "../core/linked_abort.ts";
import { type Backoff, exponentialBackoff } from "./backoff.ts";
import type { KindCache } from "./kind_cache.ts";
import { settledUnless } from "./settled.ts";
import type { Relisted, Sighting } from "./sighting.ts";

/** What the watches of an engine need, and whom they tell. */
export interface KindWatchOptions {
  readonly state: CoreState;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** A resource changed. Must not throw. */
  readonly onChange: (sighting: Sighting) => void;
  /** Events were lost: anything of the kind may have changed. Must not throw. */
  readonly onLoss: (kind: Kind, relisted: Relisted) => void;
  /** Counts an overrun. */
  readonly onOverrun: (kind: Kind) => void;
}

type Live = Extract<WatchEvent, { readonly event: "created" | "updated" | "destroyed" }>;

export class KindWatch {
  readonly #kind: Kind;
  readonly #options: KindWatchOptions;
  readonly #cache: KindCache | undefined;
  readonly #backoff: Backoff;
  readonly #opened = Promise.withResolvers<void>();
  readonly #listed = Promise.withResolvers<readonly Metadata[]>();
  #isListed = false;
  /** Rejects when the first attempt to open fails. */
  readonly #attempted = Promise.withResolvers<void>();
  readonly #end = new AbortController();
  /** What is known of each resource, where contents are followed. */
  #known = new Map<string, Metadata>();
  #followsContents: boolean;
  #reopen: AbortController | undefined;
  /** Whether events may have passed unseen since the last time it was open. */
  #wasOpen = false;
  readonly ended: Promise<void>;

  constructor(
    kind: Kind,
    options: KindWatchOptions,
    contents: { readonly cache: KindCache | undefined; readonly followed: boolean },
  ) {
    this.#kind = { namespace: kind.namespace, type: kind.type };
    this.#options = options;
    this.#cache = contents.cache;
    this.#followsContents = contents.followed || contents.cache !== undefined;
    this.#backoff = exponentialBackoff(options.random);
    for (const { promise } of [this.#opened, this.#listed, this.#attempted]) {
      promise.catch(() => {}); // Nobody may be waiting any more.
    }
    this.ended = this.#follow();
  }

  /** Resolves once every change from now on will be told; rejects only when the watch ends. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** As {@linkcode KindWatch.opened}, and rejects when the first attempt fails. */
  get attempted(): Promise<void> {
    return this.#attempted.promise;
  }

  /**
   * What there is, where contents are followed: now, or when it is known; whatever changes from then on is told. Rejects
   * only when the watch ends.
   */
  get listed(): Promise<readonly Metadata[]> {
    return this.#isListed ? Promise.resolve([...this.#known.values()]) : this.#listed.promise;
  }

  /** From here on it is known which resources there are: the watch begins anew if it did not ask for them. */
  followContents(): void {
    if (this.#followsContents) return;
    this.#followsContents = true;
    this.#reopen?.abort();
  }

  /** Ends the watch. */
  stop(): void {
    this.#end.abort();
  }

  /** Never rejects. */
  async #follow(): Promise<void> {
    using link = linkedAbort(this.#options.signal, this.#end.signal);
    const { signal } = link;
    while (!signal.aborted) {
      const reopen = new AbortController();
      this.#reopen = reopen;
      using session = linkedAbort(signal, reopen.signal);
      try {
        await this.#session(session.signal);
      } catch (error) {
        if (session.signal.aborted) continue;
        this.#attempted.reject(error);
        await this.#pause(error, signal);
      }
    }
    for (const { reject } of [this.#opened, this.#attempted, this.#listed]) reject(signal.reason);
  }

  /** Opens the watch and tells what it shows. Returns when it has to be opened anew at once. */
  async #session(signal: AbortSignal): Promise<void> {
    const { state } = this.#options;
    const withContents = this.#followsContents;
    const opening = state.watchKindAggregated(this.#kind, {
      signal,
      ...(withContents ? { bootstrapContents: true } : { bootstrapBookmark: true }),
    });
    // Nor can one that never answers keep the engine from its end.
    const batches = await settledUnless(opening, signal);
    this.#opened.resolve();
    this.#attempted.resolve();
    if (!withContents) this.#opens(undefined);
    // Collects the contents; undefined once they are complete.
    let contents: Resource[] | undefined = withContents ? [] : undefined;
    for await (const batch of batches) {
      for (const event of batch) {
        if (event.event === "errored") {
          if (event.error.failure.refusal !== "overrun") throw event.error;
          this.#options.onOverrun(this.#kind);
          return;
        }
        if (event.event === "bootstrapped") {
          if (contents !== undefined) this.#opens(contents);
          contents = undefined;
        } else if (event.event !== "noop") {
          if (contents === undefined) this.#tell(event);
          else contents.push(event.resource);
        }
      }
      this.#backoff.reset();
    }
    if (!signal.aborted) throw new Error("the watch ended");
  }

  /** The watch is open; what was before may be out of date. */
  #opens(contents: readonly Resource[] | undefined): void {
    const before = this.#known;
    if (contents !== undefined) {
      this.#known = new Map(contents.map(({ metadata }) => [metadata.id, metadata]));
      this.#cache?.fill(contents);
      this.#isListed = true;
      this.#listed.resolve([...this.#known.values()]);
    }
    if (this.#wasOpen) {
      const vanished = [...before.values()].filter(({ id }) => !this.#known.has(id));
      const present = contents === undefined ? undefined : this.#known;
      this.#options.onLoss(this.#kind, { present, vanished });
    }
    this.#wasOpen = true;
  }

  #tell({ event, resource, revision }: Live): void {
    const { metadata } = resource;
    if (this.#followsContents) {
      if (event === "destroyed") this.#known.delete(metadata.id);
      else this.#known.set(metadata.id, metadata);
    }
    // Before anybody is told: who is woken reads at least this.
    if (event === "destroyed") this.#cache?.remove(metadata.id);
    else this.#cache?.put(resource);
    this.#options.onChange({ metadata, revision });
  }

  async #pause(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const { namespace, type } = this.#kind;
    const waitMs = this.#backoff.nextMs();
    log.write("warn", "watch failed", { namespace, type, error, retryMs: Math.round(waitMs) });
    try {
      await clock.sleep(waitMs, { signal });
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  }
}

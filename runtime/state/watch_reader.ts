/**
 * A watch as its reader sees it: the reader pulls out of the ring, so that one who does not read costs nobody anything
 * and finds out by itself when it was overtaken.
 */
import type { Resource } from "../core/resource.ts";
import type { WatchEvent } from "../core/state.ts";
import { StateError } from "../core/errors.ts";
import type { Collection, StoredEvent } from "./collection.ts";
import { shown } from "./shown_events.ts";
import type { Wake } from "./wake_list.ts";
import type { WatchPlan } from "./watch_plan.ts";
import type { Change } from "./write_check.ts";

/** Which events a watch delivers: those of one id, or those of the resources that match. */
export type WatchScope =
  | { readonly id: string }
  | { readonly matches: (resource: Resource) => boolean };

/** What {@linkcode WatchReader} reads, and who may end it. */
export interface WatchSource {
  readonly collection: Collection;
  readonly scope: WatchScope;
  readonly plan: WatchPlan;
  readonly signal: AbortSignal | undefined;
  readonly onClose: () => void;
}

export class WatchReader {
  readonly #collection: Collection;
  readonly #scope: WatchScope;
  readonly #plan: WatchPlan;
  readonly #signal: AbortSignal | undefined;
  readonly #onClose: () => void;
  readonly #close = (): void => this.close();
  /** Turns that wait for an event; while there is one, the readers of the collection know of it. */
  readonly #waiting: (() => void)[] = [];
  readonly #wake: Wake = (position) => {
    // What was written meanwhile to other ids is none of this reader's business: it did not lag.
    this.#position = Math.max(this.#position, position);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
  };
  /** The one id of interest, if it is one. */
  readonly #id: string | undefined;
  #position: number;
  /** Events of the plan delivered so far. */
  #planned = 0;
  #closed = false;

  constructor({ collection, scope, plan, signal, onClose }: WatchSource) {
    this.#collection = collection;
    this.#scope = scope;
    this.#id = "id" in scope ? scope.id : undefined;
    this.#plan = plan;
    this.#position = plan.position;
    this.#signal = signal;
    this.#onClose = onClose;
    signal?.addEventListener("abort", this.#close, { once: true });
  }

  /** Ends the watch in silence; who waits for an event is told that there is none. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener("abort", this.#close);
    this.#collection.readers.delete(this.#id, this.#wake);
    this.#wake(this.#position);
    this.#onClose();
  }

  /** One event a turn. */
  events(): AsyncIterableIterator<WatchEvent> {
    return this.#iterator(() => this.#nextPlanned() ?? this.#nextLive());
  }

  /** All there is a turn: the snapshot with its end, each further first event alone, then what is pending. */
  batches(): AsyncIterableIterator<readonly WatchEvent[]> {
    return this.#iterator(() => {
      // A snapshot has its end right behind it.
      const whole = this.#plan.snapshot.length + 1;
      const batch: WatchEvent[] = [];
      for (let event = this.#nextPlanned(); event !== undefined; event = this.#nextPlanned()) {
        batch.push(event);
        if (this.#planned >= whole) return batch;
      }
      for (let event = this.#nextLive(); event !== undefined; event = this.#nextLive()) {
        batch.push(event);
      }
      return batch.length > 0 ? batch : undefined;
    });
  }

  #iterator<T>(take: () => T | undefined): AsyncIterableIterator<T> {
    const close = this.#close;
    const next = async (): Promise<IteratorResult<T>> => {
      while (!this.#closed) {
        const value = take();
        if (value !== undefined) return { done: false, value };
        await this.#change();
      }
      return { done: true, value: undefined };
    };
    return {
      next,
      return() {
        close();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #nextPlanned(): WatchEvent | undefined {
    const { snapshot, trailer } = this.#plan;
    const index = this.#planned;
    if (index >= snapshot.length + trailer.length) return undefined;
    this.#planned++;
    const resource = snapshot[index];
    return resource === undefined
      ? trailer[index - snapshot.length]
      : Object.freeze({ event: "created", resource });
  }

  #nextLive(): WatchEvent | undefined {
    if (this.#closed) return undefined;
    const { ring, bookmarks } = this.#collection;
    if (ring.isLost(this.#position)) return this.#overrun();
    while (this.#position < ring.written) {
      const position = this.#position++;
      const stored = ring.at(position);
      const change = inScope(stored, this.#scope);
      if (change === stored) return this.#collection.shown.of(stored, position);
      if (change === undefined) continue;
      return shown(change, { bookmarks, position, revision: stored.revision });
    }
    return undefined;
  }

  #overrun(): WatchEvent {
    const { kind: { namespace, type }, ring } = this.#collection;
    const where = `write pos ${ring.written}, pos ${this.#position}, capacity ${ring.capacity}`;
    const detail = `buffer overrun: namespace "${namespace}" type "${type}", ${where}`;
    this.close();
    return Object.freeze({
      event: "errored",
      error: new StateError({ refusal: "overrun", detail }),
    });
  }

  /** Resolves at the next event that may be of interest, or when the watch is closed. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) > 1) return;
      this.#collection.readers.add(this.#id, this.#wake);
    });
  }
}

/** The change as this watch has to see it, if at all. */
function inScope(stored: StoredEvent, scope: WatchScope): Change | undefined {
  const { resource } = stored;
  if ("id" in scope) return resource.metadata.id === scope.id ? stored : undefined;
  const is = scope.matches(resource);
  if (stored.event !== "updated") return is ? stored : undefined;
  const was = scope.matches(stored.old);
  if (was && is) return stored;
  if (was) return { event: "destroyed", resource };
  return is ? { event: "created", resource } : undefined;
}

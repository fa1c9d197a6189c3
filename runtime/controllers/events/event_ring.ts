/** The last events of the machine, and those who read them at their own pace. */
import type { Clock, Random } from "../../core/ports.ts";
import type { Timestamp } from "../../core/resource.ts";
import { compareTimestamps } from "../../core/timestamp.ts";
import { EventIds } from "./event_ids.ts";

/** Events kept: a boot has some eighty, and clients reconnect within minutes. */
export const EVENTS_KEPT_MAX = 1000;

/** Events that may come before one who begins with the oldest has to have read the first of them. */
export const EVENTS_GAP = 10;

/** Readers at once: each is a stream that somebody forgot or that a console shows. */
export const EVENT_READERS_MAX = 1024;

/** An event that is kept. */
export interface KeptEvent<Facts> {
  /** Later ones have greater ones, by their characters. */
  readonly id: string;
  readonly actorId: string;
  readonly time: Timestamp;
  readonly facts: Facts;
}

/** Where a reader begins. */
export type RingStart =
  | { readonly kind: "now" }
  | { readonly kind: "last"; readonly count: number }
  | { readonly kind: "after"; readonly id: string }
  | { readonly kind: "since"; readonly seconds: number };

/** What a reader should be given next is forgotten. */
export class EventsLostError extends Error {
  override readonly name = "EventsLostError";
}

/** More readers than there may be. */
export class EventReadersError extends Error {
  override readonly name = "EventReadersError";
}

/** Keeps {@linkcode EVENTS_KEPT_MAX} events. Whoever writes waits for nobody. */
export class EventRing<Facts> {
  readonly #clock: Clock;
  readonly #ids: EventIds;
  readonly #kept: KeptEvent<Facts>[] = [];
  readonly #waiting = new Set<() => void>();
  /** Events ever: the place of the next one. */
  #count = 0;
  #readers = 0;

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = ports.clock;
    this.#ids = new EventIds(ports);
  }

  /** How many read. */
  get readers(): number {
    return this.#readers;
  }

  /** Adds an event. @returns Its id. */
  publish(facts: Facts, actorId = ""): string {
    const id = this.#ids.next();
    const event = { id, actorId, time: this.#clock.now(), facts };
    this.#kept[this.#count % EVENTS_KEPT_MAX] = event;
    this.#count++;
    for (const wake of this.#waiting) wake();
    return id;
  }

  /**
   * The events from `start` on, and then those that come, until `signal` aborts. The place to begin is found now, before
   * the first is asked for.
   *
   * @throws {EventsLostError} When it is read: the next event is forgotten, or what follows the id to begin after.
   * @throws {EventReadersError} When it is read. The signal's reason.
   */
  read(start: RingStart, signal: AbortSignal): AsyncGenerator<KeptEvent<Facts>, void> {
    return this.#follow(this.#placeOf(start), signal);
  }

  async *#follow(
    begin: number | EventsLostError,
    signal: AbortSignal,
  ): AsyncGenerator<KeptEvent<Facts>, void> {
    if (begin instanceof EventsLostError) throw begin;
    if (this.#readers >= EVENT_READERS_MAX) {
      throw new EventReadersError(
        `Cannot read events: ${EVENT_READERS_MAX} readers are there already, and may be`,
      );
    }
    this.#readers++;
    try {
      for (let place = begin;; place++) {
        if (place === this.#count) await this.#next(signal);
        signal.throwIfAborted();
        const behind = this.#count - place;
        if (behind > EVENTS_KEPT_MAX) throw this.#tooSlow(behind);
        yield this.#at(place);
      }
    } finally {
      this.#readers--;
    }
  }

  /** The place of the first event that `start` means. */
  #placeOf(start: RingStart): number | EventsLostError {
    const oldest = Math.max(0, this.#count - EVENTS_KEPT_MAX);
    // Further back the first might be forgotten before it is read.
    const first = Math.max(0, this.#count - (EVENTS_KEPT_MAX - EVENTS_GAP));
    switch (start.kind) {
      case "now":
        return this.#count;
      case "last":
        return Math.max(first, this.#count - start.count);
      case "after": {
        const { id } = start;
        const isForgotten = oldest > 0 && id < this.#at(oldest).id;
        return isForgotten
          ? new EventsLostError(
            `Cannot go on after "${id}": what followed it is forgotten, the oldest event kept is ${
              this.#at(oldest).id
            }`,
          )
          : this.#find(oldest, (event) => event.id > id);
      }
      case "since": {
        const { seconds, nanos } = this.#clock.now();
        const since = { seconds: seconds - BigInt(start.seconds), nanos };
        return this.#find(first, (event) => compareTimestamps(event.time, since) >= 0);
      }
    }
  }

  #find(from: number, isWanted: (event: KeptEvent<Facts>) => boolean): number {
    let place = from;
    while (place < this.#count && !isWanted(this.#at(place))) place++;
    return place;
  }

  #at(place: number): KeptEvent<Facts> {
    const event = this.#kept[place % EVENTS_KEPT_MAX];
    if (event === undefined) throw new RangeError(`no event at ${place} of ${this.#count}`);
    return event;
  }

  #tooSlow(behind: number): EventsLostError {
    const forgotten = behind - EVENTS_KEPT_MAX;
    return new EventsLostError(
      `Cannot go on: the reader is ${behind} events behind, ${forgotten} of them are forgotten; ` +
        "begin again after the last one that was read, or with the oldest",
    );
  }

  /** Returns with the next event, or when `signal` aborts. */
  async #next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const wake = (): void => resolve();
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    // A reader waits once for each event: what it leaves behind would be there for as long as it follows.
    signal.removeEventListener("abort", wake);
    this.#waiting.delete(resolve);
  }
}

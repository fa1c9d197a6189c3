/**
 * Items that wait to be worked on: each at most once, and never by two at a time.
 *
 * It needs no bound of its own, since there is one item for each resource and job at most.
 */
import type { Clock } from "../core/ports.ts";
import { PriorityQueue, type QueueItem } from "./priority_queue.ts";
import { ResettableTimer } from "./resettable_timer.ts";

type Waiter<Payload> = (item: QueueItem<Payload> | undefined) => void;

export class WorkQueue<Payload> {
  readonly #clock: Clock;
  readonly #queue = new PriorityQueue<Payload>();
  /** Items that are being worked on, and what was put meanwhile. */
  readonly #held = new Map<string, { put: { readonly payload: Payload } | undefined }>();
  readonly #waiters: Waiter<Payload>[] = [];
  readonly #timer: ResettableTimer;
  #again = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#timer = new ResettableTimer(clock, () => this.#serve());
  }

  /** Items in the queue, and items put again while they are worked on. */
  get length(): number {
    return this.#queue.length + this.#again;
  }

  /** Puts an item in, to be taken now. Does nothing once the queue is closed. */
  put(key: string, payload: Payload): void {
    if (this.#closed) return;
    const held = this.#held.get(key);
    if (held !== undefined) {
      if (held.put === undefined) this.#again++;
      held.put = { payload };
      return;
    }
    this.#queue.push(key, payload, { releaseMs: this.#clock.monotonicMs() });
    this.#serve();
  }

  /** As {@linkcode WorkQueue.take}, without waiting: undefined where there is nothing to take now as well. */
  takeNow(): QueueItem<Payload> | undefined {
    if (this.#closed || this.#queue.length === 0) return undefined;
    const head = this.#queue.head(this.#clock.monotonicMs());
    return head !== undefined && "item" in head ? this.#taken(head.item) : undefined;
  }

  /** Waits for an item, which is its taker's until it is released. Undefined once the queue is closed. */
  take(): Promise<QueueItem<Payload> | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#serve();
    });
  }

  /**
   * Gives a taken item back.
   *
   * @param requeueMs After how long it is to be taken again, where it is; at once when it was put meanwhile.
   */
  release({ key, payload }: QueueItem<Payload>, requeueMs?: number): void {
    const put = this.#held.get(key)?.put;
    this.#held.delete(key);
    if (put !== undefined) this.#again--;
    if (this.#closed) return;
    if (put === undefined && requeueMs === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    if (put !== undefined) this.#queue.push(key, put.payload, { releaseMs: nowMs });
    else {
      this.#queue.push(key, payload, { releaseMs: nowMs + (requeueMs ?? 0), isLater: true });
    }
    this.#serve();
  }

  /** Drops what is queued; nobody takes anything any more. */
  close(): void {
    this.#closed = true;
    this.#timer.stop();
    for (const waiter of this.#waiters.splice(0)) waiter(undefined);
  }

  #serve(): void {
    if (this.#waiters.length === 0) return;
    this.#timer.stop();
    while (this.#waiters.length > 0) {
      const head = this.#queue.head(this.#clock.monotonicMs());
      if (head === undefined) return;
      if ("delayMs" in head) return this.#timer.reset(head.delayMs);
      this.#waiters.shift()?.(this.#taken(head.item));
    }
  }

  /** The first item, out of the queue. */
  #taken({ key, payload }: QueueItem<Payload>): QueueItem<Payload> {
    this.#queue.pop();
    this.#held.set(key, { put: undefined });
    return { key, payload };
  }
}

/**
 * Items that wait to be worked on: each at most once, and never by two at a time.
 *
 * It needs no bound of its own, since there is one item for each resource and job at most.
 */
import type { Clock } from "../core/ports.ts";
import { type Head, PriorityQueue, type QueueItem } from "./priority_queue.ts";
import { ResettableTimer } from "./resettable_timer.ts";

type Waiter<Payload> = (item: QueueItem<Payload> | undefined) => void;

export class WorkQueue<Payload> {
  readonly #queue = new PriorityQueue<Payload>();
  readonly #waiters: Waiter<Payload>[] = [];
  readonly #timer: ResettableTimer;
  readonly #now: () => number;
  /** What the clock said last. */
  #seenMs = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.#now = () => this.#seenMs = clock.monotonicMs();
    this.#timer = new ResettableTimer(clock, () => this.#serve());
  }

  /** Items in the queue, and items put again while they are worked on; none once it is closed. */
  get length(): number {
    return this.#closed ? 0 : this.#queue.length;
  }

  /** Puts an item in, to be taken now. Does nothing once the queue is closed. */
  put(key: string, payload: Payload): void {
    if (this.#closed) return;
    this.#queue.push(key, payload, { releaseMs: this.#now() });
    this.#serve();
  }

  /** As {@linkcode WorkQueue.take}, without waiting: undefined where there is nothing to take now as well. */
  takeNow(): QueueItem<Payload> | undefined {
    if (this.#closed || this.#queue.length === 0) return undefined;
    const head = this.#head();
    return head !== undefined && "item" in head ? this.#queue.take() : undefined;
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
  release(item: QueueItem<Payload>, requeueMs?: number): void {
    if (this.#closed) return;
    this.#queue.release(item, this.#now, requeueMs);
    this.#serve();
  }

  /** Drops what is queued; nobody takes anything any more. */
  close(): void {
    this.#closed = true;
    this.#timer.stop();
    for (const waiter of this.#waiters.splice(0)) waiter(undefined);
  }

  /** The first item. What was due when the clock was asked last is due: most are. */
  #head(): Head<Payload> | undefined {
    const head = this.#queue.head(this.#seenMs);
    return head !== undefined && "delayMs" in head ? this.#queue.head(this.#now()) : head;
  }

  #serve(): void {
    if (this.#waiters.length === 0) return;
    this.#timer.stop();
    while (this.#waiters.length > 0) {
      const head = this.#head();
      if (head === undefined) return;
      if ("delayMs" in head) return this.#timer.reset(head.delayMs);
      this.#waiters.shift()?.(this.#queue.take());
    }
  }
}

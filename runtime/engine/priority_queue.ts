/** Items by the time from which they may be taken; equal times in the order they came. */

/** What the head of a queue is: an item to take, or how long there is none. */
export type Head<Payload> =
  | { readonly item: QueueItem<Payload> }
  | { readonly delayMs: number };

/** What stands in a queue, or was taken from it: one for each key. */
export interface QueueItem<Payload> {
  readonly key: string;
  readonly payload: Payload;
}

interface Slot<Payload> extends QueueItem<Payload> {
  payload: Payload;
  releaseMs: number;
  order: number;
  /** In the heap; or {@linkcode IN_LINE}, {@linkcode LEFT_LINE}, {@linkcode HELD}, … */
  index: number;
  /** What was put while it was held, where it was. */
  next: Payload | undefined;
}

const IN_LINE = -1;
/** The slot is in the line still, and stands for nothing any more. */
const LEFT_LINE = -2;
/** Taken, and not released. */
const HELD = -3;
/** The same, and put in again meanwhile. */
const PUT_AGAIN = -4;
/** Out of the queue: a second release does nothing. */
const RELEASED = -5;
/** Places at the front of the line that may be empty before it moves up. */
const LINE_GAP_MAX = 1024;

/** When an item is to be taken. */
export interface QueueTime {
  readonly releaseMs: number;
  /** Others will be pushed with earlier times. */
  readonly isLater?: boolean;
}

/**
 * A line of those who came in the order in which they leave, as nearly all do, and a heap of the others that knows where
 * each stands: there a push and a take last as long as the queue's logarithm. Who is taken keeps a place by its key until
 * it is released: one map for both, since each look into one costs a good part of a job.
 */
export class PriorityQueue<Payload> {
  readonly #heap: Slot<Payload>[] = [];
  readonly #line: (Slot<Payload> | undefined)[] = [];
  /** Where the line begins. */
  #first = 0;
  readonly #slots = new Map<string, Slot<Payload>>();
  #pushes = 0;
  /** Slots that are held, and not put in again. */
  #held = 0;

  /** Items that are to be taken: now, later, or when they are released. */
  get length(): number {
    return this.#slots.size - this.#held;
  }

  /**
   * Puts an item in, or changes the one of that key: its time to the earlier of both, its payload to this one. One that
   * is held is in again when it is released.
   *
   * @param time.keepPayload Where there is an item of that key, it keeps its own payload.
   */
  push(key: string, payload: Payload, time: QueueTime & { readonly keepPayload?: true }): void {
    const known = this.#slots.get(key);
    if (known === undefined) {
      const slot = { key, payload, releaseMs: 0, order: 0, index: HELD, next: undefined };
      this.#slots.set(key, slot);
      this.#enter(slot, time);
    } else if (known.index === HELD || known.index === PUT_AGAIN) {
      if (known.index === HELD) this.#held--;
      known.index = PUT_AGAIN;
      known.next = payload;
    } else {
      if (!time.keepPayload) known.payload = payload;
      const releaseMs = wholeMs(time);
      if (releaseMs < known.releaseMs) this.#bringForward(known, releaseMs);
    }
  }

  /** The first item, if its time has come; undefined where there is none at all. */
  head(nowMs: number): Head<Payload> | undefined {
    const first = this.#head();
    if (first === undefined) return undefined;
    const delayMs = first.releaseMs - nowMs;
    return delayMs > 0 ? { delayMs } : { item: first };
  }

  /** The first item, whether its time has come or not; its taker's until it is released. */
  take(): QueueItem<Payload> | undefined {
    const first = this.#head();
    if (first === undefined) return undefined;
    if (first.index === IN_LINE) this.#moveUp();
    else this.#leaveHeap(first);
    first.index = HELD;
    this.#held++;
    return first;
  }

  /**
   * Gives back what {@linkcode PriorityQueue.take} gave: in again where it was put meanwhile, or else where a time is
   * given; otherwise out of the queue.
   *
   * @param nowMs Asked where it is in again.
   * @param laterMs After how long, where nobody put it in.
   */
  release(item: QueueItem<Payload>, nowMs: () => number, laterMs?: number): void {
    const slot = item as Slot<Payload>; // As it was given out.
    if (slot.index === PUT_AGAIN) {
      slot.payload = slot.next as Payload; // A payload, be it undefined.
      slot.next = undefined;
      return this.#enter(slot, { releaseMs: nowMs() });
    }
    if (slot.index !== HELD) return;
    this.#held--;
    if (laterMs === undefined) {
      slot.index = RELEASED;
      this.#slots.delete(slot.key);
    } else this.#enter(slot, { releaseMs: nowMs() + laterMs, isLater: true });
  }

  #enter(slot: Slot<Payload>, time: QueueTime): void {
    const releaseMs = wholeMs(time);
    slot.releaseMs = releaseMs;
    slot.order = this.#pushes++;
    const last = this.#line.at(-1);
    const fits = last === undefined || last.releaseMs <= releaseMs;
    if (!fits || time.isLater) return this.#add(slot);
    slot.index = IN_LINE;
    this.#line.push(slot);
  }

  #bringForward(known: Slot<Payload>, releaseMs: number): void {
    const order = this.#pushes++;
    if (known.index === IN_LINE) {
      known.index = LEFT_LINE;
      const slot = { ...known, releaseMs, order };
      this.#slots.set(known.key, slot);
      return this.#add(slot);
    }
    known.releaseMs = releaseMs;
    known.order = order;
    this.#rise(known);
  }

  #head(): Slot<Payload> | undefined {
    while (this.#line[this.#first]?.index === LEFT_LINE) this.#moveUp();
    const inLine = this.#line[this.#first];
    const [inHeap] = this.#heap;
    if (inLine === undefined || inHeap === undefined) return inLine ?? inHeap;
    return precedes(inHeap, inLine) ? inHeap : inLine;
  }

  #moveUp(): void {
    this.#line[this.#first++] = undefined;
    const isEmpty = this.#first === this.#line.length;
    if (!isEmpty && (this.#first < LINE_GAP_MAX || this.#first * 2 < this.#line.length)) return;
    this.#line.splice(0, this.#first);
    this.#first = 0;
  }

  #leaveHeap(first: Slot<Payload>): void {
    const last = this.#heap.pop();
    if (last === undefined || first === last) return;
    this.#place(last, 0);
    this.#sink(last);
  }

  #add(slot: Slot<Payload>): void {
    slot.index = this.#heap.length;
    this.#heap.push(slot);
    this.#rise(slot);
  }

  #rise(slot: Slot<Payload>): void {
    while (slot.index > 0) {
      const parent = this.#heap[(slot.index - 1) >> 1];
      if (parent === undefined || !precedes(slot, parent)) return;
      const { index } = parent;
      this.#place(parent, slot.index);
      this.#place(slot, index);
    }
  }

  #sink(slot: Slot<Payload>): void {
    for (;;) {
      const left = this.#heap[2 * slot.index + 1];
      const right = this.#heap[2 * slot.index + 2];
      const child = right !== undefined && left !== undefined && precedes(right, left)
        ? right
        : left;
      if (child === undefined || !precedes(child, slot)) return;
      const { index } = child;
      this.#place(child, slot.index);
      this.#place(slot, index);
    }
  }

  #place(slot: Slot<Payload>, index: number): void {
    slot.index = index;
    this.#heap[index] = slot;
  }
}

/** Never too early, and what is due now is due. V8 keeps whole numbers in the slot itself. */
function wholeMs({ releaseMs, isLater = false }: QueueTime): number {
  return isLater ? Math.ceil(releaseMs) : Math.floor(releaseMs);
}

function precedes<Payload>(a: Slot<Payload>, b: Slot<Payload>): boolean {
  return a.releaseMs < b.releaseMs || a.releaseMs === b.releaseMs && a.order < b.order;
}

/** Items by the time from which they may be taken; equal times in the order they came. */

/** What the head of a queue is: an item to take, or how long there is none. */
export type Head<Payload> =
  | { readonly item: QueueItem<Payload> }
  | { readonly delayMs: number };

/** What stands in a queue: one for each key. */
export interface QueueItem<Payload> {
  readonly key: string;
  readonly payload: Payload;
}

interface Slot<Payload> extends QueueItem<Payload> {
  payload: Payload;
  releaseMs: number;
  order: number;
  /** In the heap; or {@linkcode IN_LINE}, or {@linkcode LEFT_LINE}. */
  index: number;
}

const IN_LINE = -1;
/** The slot is in the line still, and stands for nothing any more. */
const LEFT_LINE = -2;
/** Places at the front of the line that may be empty before it moves up. */
const LINE_GAP_MAX = 1024;

/**
 * A line of those who came in the order in which they leave, as nearly all do, and a heap of the others that knows where
 * each stands: there a push and a pop take as long as the queue's logarithm.
 */
export class PriorityQueue<Payload> {
  readonly #heap: Slot<Payload>[] = [];
  readonly #line: (Slot<Payload> | undefined)[] = [];
  /** Where the line begins. */
  #first = 0;
  readonly #slots = new Map<string, Slot<Payload>>();
  #pushes = 0;

  get length(): number {
    return this.#slots.size;
  }

  /**
   * Puts an item in, or changes the one of that key: its time to the earlier of both, its payload to this one.
   *
   * @param options.keepPayload Where there is an item of that key, it keeps its own payload.
   * @param options.isLater Others will be pushed with earlier times.
   */
  push(
    key: string,
    payload: Payload,
    options: {
      readonly releaseMs: number;
      readonly keepPayload?: true;
      readonly isLater?: boolean;
    },
  ): void {
    const { releaseMs, keepPayload, isLater = false } = options;
    const known = this.#slots.get(key);
    if (known === undefined) {
      const slot = { key, payload, releaseMs, order: this.#pushes++, index: IN_LINE };
      this.#slots.set(key, slot);
      const last = this.#line.at(-1);
      const fits = last === undefined || last.releaseMs <= releaseMs;
      if (fits && !isLater) this.#line.push(slot);
      else this.#add(slot);
      return;
    }
    if (!keepPayload) known.payload = payload;
    if (releaseMs >= known.releaseMs) return;
    const order = this.#pushes++;
    if (known.index === IN_LINE) {
      known.index = LEFT_LINE;
      const slot = { ...known, releaseMs, order };
      this.#slots.set(key, slot);
      this.#add(slot);
      return;
    }
    known.releaseMs = releaseMs;
    known.order = order;
    this.#rise(known);
  }

  /** The first item, if its time has come; undefined where there is none at all. */
  head(nowMs: number): Head<Payload> | undefined {
    const first = this.#head();
    if (first === undefined) return undefined;
    const delayMs = first.releaseMs - nowMs;
    return delayMs > 0 ? { delayMs } : { item: first };
  }

  /** Takes the first item out. */
  pop(): void {
    const first = this.#head();
    if (first === undefined) return;
    this.#slots.delete(first.key);
    if (first.index === IN_LINE) return this.#moveUp();
    const last = this.#heap.pop();
    if (last === undefined || first === last) return;
    this.#place(last, 0);
    this.#sink(last);
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

function precedes<Payload>(a: Slot<Payload>, b: Slot<Payload>): boolean {
  return a.releaseMs < b.releaseMs || a.releaseMs === b.releaseMs && a.order < b.order;
}

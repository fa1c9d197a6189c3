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
  index: number;
}

/** A heap that knows where each key stands: a push and a pop take as long as the queue's logarithm. */
export class PriorityQueue<Payload> {
  readonly #heap: Slot<Payload>[] = [];
  readonly #slots = new Map<string, Slot<Payload>>();
  #pushes = 0;

  get length(): number {
    return this.#heap.length;
  }

  /**
   * Puts an item in, or changes the one of that key: its time to the earlier of both, its payload to this one.
   *
   * @param options.keepPayload Where there is an item of that key, it keeps its own payload.
   */
  push(
    key: string,
    payload: Payload,
    options: { readonly releaseMs: number; readonly keepPayload?: true },
  ): void {
    const { releaseMs, keepPayload } = options;
    const known = this.#slots.get(key);
    if (known === undefined) {
      const slot = { key, payload, releaseMs, order: this.#pushes++, index: this.#heap.length };
      this.#slots.set(key, slot);
      this.#heap.push(slot);
      this.#rise(slot);
      return;
    }
    if (!keepPayload) known.payload = payload;
    if (releaseMs >= known.releaseMs) return;
    known.releaseMs = releaseMs;
    known.order = this.#pushes++;
    this.#rise(known);
  }

  /** The first item, if its time has come; undefined where there is none at all. */
  head(nowMs: number): Head<Payload> | undefined {
    const [first] = this.#heap;
    if (first === undefined) return undefined;
    const delayMs = first.releaseMs - nowMs;
    return delayMs > 0 ? { delayMs } : { item: first };
  }

  /** Takes the first item out. */
  pop(): void {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return;
    this.#slots.delete(first.key);
    if (first === last) return;
    this.#place(last, 0);
    this.#sink(last);
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

/**
 * The newest events of a kind, by position: the first event ever has position 0.
 *
 * While nothing was overwritten yet the ring doubles when it is full, up to its maximum; from then on it wraps and
 * keeps its size. So positions and slots agree until the first wrap, and growing moves nothing.
 */

/** Sizes of a ring, in events. */
export interface HistoryOptions {
  /** Capacity to start with; 100, or `maximum` where that is less. */
  readonly initial?: number;
  /** Capacity never exceeded; 100, or `initial` where that is more. */
  readonly maximum?: number;
  /** Oldest events that are not replayed any more, so that a resumed reader has a head start; 5. */
  readonly gap?: number;
}

const CAPACITY_DEFAULT = 100;
const GAP_DEFAULT = 5;

export class EventRing<Event> {
  readonly #slots: Event[] = [];
  readonly #maximum: number;
  readonly #gap: number;
  #capacity: number;
  #written = 0;

  /** @throws {RangeError} Sizes are no whole numbers, `initial` exceeds `maximum`, or `gap` is not below `maximum`. */
  constructor(options: HistoryOptions = {}) {
    const { initial, maximum } = options;
    this.#capacity = initial ?? Math.min(CAPACITY_DEFAULT, maximum ?? CAPACITY_DEFAULT);
    this.#maximum = maximum ?? Math.max(CAPACITY_DEFAULT, this.#capacity);
    this.#gap = options.gap ?? Math.min(GAP_DEFAULT, this.#maximum - 1);
    const whole = [this.#capacity, this.#maximum, this.#gap].every(Number.isSafeInteger);
    const ordered = this.#capacity >= 1 && this.#capacity <= this.#maximum && this.#gap >= 0 &&
      this.#gap < this.#maximum;
    if (!whole || !ordered) {
      const sizes = `initial ${this.#capacity}, maximum ${this.#maximum}, gap ${this.#gap}`;
      throw new RangeError(
        `Cannot keep a history of ${sizes}: may be 1 ≤ initial ≤ maximum, 0 ≤ gap < maximum`,
      );
    }
  }

  /** Events ever pushed, and the position of the next. */
  get written(): number {
    return this.#written;
  }

  /** Events held at most right now; a reader may lag by as many. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The oldest position to go on from, the next one at most; below 0 while nothing is lost. */
  get oldestReplayable(): number {
    return this.#written + Math.min(0, this.#gap - this.#capacity);
  }

  /** The oldest position that is held; {@linkcode EventRing.written} while nothing was. */
  get oldest(): number {
    return Math.max(0, this.#written - this.#capacity);
  }

  /** Adds an event; the oldest gives way. */
  push(event: Event): void {
    this.#slots[this.#written % this.#capacity] = event;
    this.#written++;
    if (this.#written === this.#capacity) {
      this.#capacity = Math.min(this.#capacity * 2, this.#maximum);
    }
  }

  /** Whether the event at `position` was overwritten. */
  isLost(position: number): boolean {
    return this.#written - position > this.#capacity;
  }

  /** The event at a position that is neither lost nor yet to come. @throws {RangeError} */
  at(position: number): Event {
    const event = this.#slots[position % this.#capacity];
    if (event === undefined || position >= this.#written || this.isLost(position)) {
      throw new RangeError(`Cannot read event ${position}: ${this.#written} were written`);
    }
    return event;
  }
}

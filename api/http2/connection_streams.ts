import type { Stream } from "./stream.ts";
import { StreamsById } from "./streams_by_id.ts";

/** Streams reset by us whose late frames are still borne: as many as one client may lose at once. */
const RESET_REMEMBERED = 1024;

/** Streams ended by both sides that are told from ones never used. */
const ENDED_REMEMBERED = 256;

/** The streams of a connection: those that live, and what must be known of those that do not. */
export class StreamTable {
  readonly #live = new StreamsById<Stream>();
  readonly #reset = new RecentNumbers(RESET_REMEMBERED);
  readonly #ended = new RecentNumbers(ENDED_REMEMBERED);
  #last = 0;

  /** The greatest stream that the peer has begun. */
  get last(): number {
    return this.#last;
  }

  get size(): number {
    return this.#live.size;
  }

  all(): readonly Stream[] {
    return this.#live.all();
  }

  get(id: number): Stream | undefined {
    return this.#live.get(id);
  }

  /** The peer has begun stream `id`, whatever becomes of it. */
  began(id: number): void {
    this.#last = id;
  }

  add(stream: Stream): void {
    this.#live.add(stream);
  }

  /** The stream is over. @param resetByUs Whether the peer may go on for a while, not knowing. */
  remove(id: number, resetByUs: boolean): void {
    this.#live.delete(id);
    if (resetByUs) this.#reset.add(id);
    else this.#ended.add(id);
  }

  /** Whether nobody has begun it yet. */
  isIdle(id: number): boolean {
    return id > this.#last || id % 2 === 0;
  }

  /** Whether we have reset it lately. */
  wasReset(id: number): boolean {
    return this.#reset.has(id);
  }

  /** Whether it has ended lately, other than by a reset of ours. */
  hasEnded(id: number): boolean {
    return this.#ended.has(id);
  }
}

/** The last so many numbers. Adding is an assignment; looking, which is rare, goes through all. */
class RecentNumbers {
  readonly #size: number;
  #numbers = new Int32Array(16);
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(number: number): void {
    if (this.#next === this.#numbers.length && this.#next < this.#size) {
      const grown = new Int32Array(Math.min(this.#size, this.#next * 4));
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    if (this.#next === this.#numbers.length) this.#next = 0;
    this.#numbers[this.#next++] = number;
  }

  has(number: number): boolean {
    return this.#numbers.includes(number);
  }
}

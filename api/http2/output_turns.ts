import type { SendWindow } from "./flow.ts";
import { FRAME_BYTES_MAX } from "./frame_types.ts";

/** Slots of the queue that are empty before it is cut. */
const EMPTY_MAX = 1024;

/** A frame of fewer bytes, of more that wait, is the peer's doing: it lets so little through. */
const FULL_BYTES_LEAST = 1024;

/** A stream that has bytes to send, as the turns see it. */
export interface Sender {
  /** Bytes that the peer lets it send. */
  readonly sendWindow: number;
  /** Bytes that wait. */
  readonly waiting: number;
  /** Whether it has its place in the queue. */
  inTurn: boolean;
  /** Sends one frame of at most `allowed` bytes of what waits. @returns How many. */
  sendSome(allowed: number): number;
}

/** Streams with bytes to send, one frame each in turn: a great answer never starves a small one. */
export class SendTurns {
  #queue: (Sender | undefined)[] = [];
  #first = 0;

  /** Whether nobody waits. */
  get isEmpty(): boolean {
    return this.#first === this.#queue.length;
  }

  /** Puts a stream at the end, unless it waits already or its own window is shut. */
  add(stream: Sender): void {
    if (stream.inTurn || stream.sendWindow <= 0) return;
    stream.inTurn = true;
    this.#queue.push(stream);
  }

  /**
   * Sends frames, a turn each, until nobody waits, the connection's window is shut, or `isFull`.
   *
   * @returns Frames that were not kept small by the peer's windows.
   */
  send(window: SendWindow, isFull: () => boolean): number {
    let full = 0;
    while (!this.isEmpty && window.available > 0 && !isFull()) {
      const stream = this.#next();
      if (stream === undefined || stream.waiting === 0 || stream.sendWindow <= 0) continue;
      const count = stream.sendSome(Math.min(window.available, FRAME_BYTES_MAX));
      window.available -= count;
      if (count >= FULL_BYTES_LEAST || stream.waiting === 0) full++;
      if (stream.waiting > 0) this.add(stream);
    }
    return full;
  }

  #next(): Sender | undefined {
    const stream = this.#queue[this.#first];
    this.#queue[this.#first++] = undefined;
    if (stream !== undefined) stream.inTurn = false;
    if (this.isEmpty || this.#first > EMPTY_MAX) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    return stream;
  }
}

import { INT31_MAX } from "./frame_types.ts";

/** What the peer lets us send, of a stream or of the connection: RFC 9113 §5.2. May be below zero. */
export class SendWindow {
  /** Bytes that may go out now. */
  available: number;

  constructor(available: number) {
    this.available = available;
  }

  /** Takes a WINDOW_UPDATE or a change of the initial size. @returns Whether the window stays within its bound. */
  grow(increment: number): boolean {
    this.available += increment;
    return this.available <= INT31_MAX;
  }
}

/** What we let the peer send. Bytes come back in halves of the window, to be told in few frames. */
export class ReceiveWindow {
  readonly #size: number;
  #available: number;
  /** Bytes taken by who reads, of which the peer does not know yet. */
  #owed = 0;

  constructor(size: number) {
    this.#size = size;
    this.#available = size;
  }

  /** Bytes that the peer may still send. */
  get available(): number {
    return this.#available;
  }

  /** Bytes have come. @returns Whether they were allowed. */
  receive(bytes: number): boolean {
    this.#available -= bytes;
    return this.#available >= 0;
  }

  /** Bytes were taken. @returns The increment to tell the peer, 0 for none yet. */
  giveBack(bytes: number): number {
    this.#owed += bytes;
    if (this.#owed * 2 < this.#size) return 0;
    const increment = this.#owed;
    this.#owed = 0;
    this.#available += increment;
    return increment;
  }
}

import { FRAME_BYTES_MAX } from "./frame_types.ts";
import type { FrameWriter } from "./frame_writer.ts";

/** Bytes that a waiting piece costs beside its own. */
const PIECE_BYTES = 64;

/** Bytes of an answer that wait for windows, in order. */
export class AnswerQueue {
  #pieces: Uint8Array[] = [];
  /** The first piece that is not sent, and the first byte of it. */
  #first = 0;
  #offset = 0;
  #bytes = 0;
  #room: PromiseWithResolvers<void> | undefined;

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of memory that they take, about. */
  get cost(): number {
    return this.#bytes + PIECE_BYTES * (this.#pieces.length - this.#first);
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  /** A promise for room, which {@linkcode open} resolves and {@linkcode break} rejects. */
  room(): Promise<void> {
    if (this.#room === undefined) {
      this.#room = Promise.withResolvers<void>();
      // Who writes may never look at it.
      this.#room.promise.catch(() => {});
    }
    return this.#room.promise;
  }

  open(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** Throws away what waits. */
  break(reason: Error): void {
    this.#clear();
    this.#room?.reject(reason);
    this.#room = undefined;
  }

  #clear(): void {
    this.#pieces = [];
    this.#first = 0;
    this.#offset = 0;
    this.#bytes = 0;
  }

  /** Sends one frame of at most `allowed` bytes, which end the stream where they are all and `last`. @returns How many. */
  send(frames: FrameWriter, streamId: number, allowed: number, last: boolean): number {
    const length = Math.min(allowed, this.#bytes, FRAME_BYTES_MAX);
    frames.data(streamId, length, last && length === this.#bytes);
    let left = length;
    while (left > 0) {
      const piece = this.#pieces[this.#first];
      if (piece === undefined) break;
      const end = Math.min(piece.length, this.#offset + left);
      frames.append(piece, this.#offset, end);
      left -= end - this.#offset;
      this.#offset = end;
      if (end === piece.length) this.#next();
    }
    this.#bytes -= length;
    if (this.#bytes === 0) this.#clear();
    return length;
  }

  #next(): void {
    this.#first++;
    this.#offset = 0;
    // Sent ones are let go in great steps: a shift of each would cost the length of the queue.
    if (this.#first < 64 || this.#first * 2 < this.#pieces.length) return;
    this.#pieces = this.#pieces.slice(this.#first);
    this.#first = 0;
  }
}

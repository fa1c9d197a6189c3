import { ConnectionFault, Http2Code } from "./fault.ts";
import { FRAME_BYTES_MAX, FRAME_HEADER_BYTES, PREFACE, readUint31 } from "./frame_types.ts";

/** Bytes of the buffer of a connection that says little. */
const BUFFER_BYTES_LEAST = 4096;

/** Bytes of the buffer of a busy one: three of the greatest frames, and more would not be faster. */
const BUFFER_BYTES_MOST = 64 * 1024;

/** Reads in a row that hardly filled a great buffer, until it is given back. */
const SMALL_READS_MAX = 256;

/** Who is told of frames. */
export interface FrameSink {
  /**
   * A whole frame; `bytes` from `start` to `end` is its payload, valid during the call only.
   *
   * @returns Whether to go on: after false the reader drops all that comes.
   */
  onFrame(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean;
}

/** Cuts the peer's bytes into frames, in place: one buffer, which grows with use up to 64 KiB. */
export class FrameReader {
  readonly #sink: FrameSink;
  #buffer = new Uint8Array(BUFFER_BYTES_LEAST);
  /** Bytes in the buffer, from its beginning. */
  #length = 0;
  #prefaceLeft = PREFACE.length;
  #smallReads = 0;
  #stopped = false;
  #frames = 0;

  /** @param peer Whose bytes they are: only a client begins with a preface. */
  constructor(sink: FrameSink, peer: "client" | "server" = "client") {
    this.#sink = sink;
    if (peer === "server") this.#prefaceLeft = 0;
  }

  /** Frames so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Whether the preface or a frame has begun and is not whole. */
  get isWithin(): boolean {
    return this.#length > 0 || this.#prefaceLeft > 0;
  }

  /** Drops what is here and all that comes. */
  stop(): void {
    this.#stopped = true;
    this.#length = 0;
  }

  /** Where to put bytes next: never empty. */
  room(): Uint8Array {
    if (this.#length > 0) return this.#buffer.subarray(this.#length);
    if (this.#smallReads > SMALL_READS_MAX) {
      this.#buffer = new Uint8Array(BUFFER_BYTES_LEAST);
      this.#smallReads = 0;
    }
    return this.#buffer;
  }

  /**
   * Takes the `count` bytes that were put there, and tells the sink of every frame they complete.
   *
   * @throws {ConnectionFault} PROTOCOL_ERROR: no preface; FRAME_SIZE_ERROR: a frame beyond the bound.
   */
  take(count: number): void {
    if (this.#stopped) return;
    const end = this.#length + count;
    this.#note(count, end);
    let at = this.#prefaceLeft > 0 ? this.#takePreface(end) : 0;
    if (this.#prefaceLeft > 0) return;
    const buffer = this.#buffer;
    let needed = FRAME_HEADER_BYTES;
    while (end - at >= FRAME_HEADER_BYTES) {
      const length = (buffer[at] ?? 0) << 16 | (buffer[at + 1] ?? 0) << 8 | (buffer[at + 2] ?? 0);
      if (length > FRAME_BYTES_MAX) {
        throw new ConnectionFault(
          Http2Code.FRAME_SIZE_ERROR,
          `a frame of ${length} bytes, may be ${FRAME_BYTES_MAX} at most`,
        );
      }
      const start = at + FRAME_HEADER_BYTES;
      const next = start + length;
      if (next > end) {
        needed = next - at;
        break;
      }
      this.#frames++;
      const type = buffer[at + 3] ?? 0;
      const flags = buffer[at + 4] ?? 0;
      const streamId = readUint31(buffer, at + 5);
      if (!this.#sink.onFrame(type, flags, streamId, buffer, start, next)) return this.stop();
      at = next;
    }
    this.#keep(at, end, needed);
  }

  #note(count: number, end: number): void {
    const size = this.#buffer.length;
    if (size === BUFFER_BYTES_LEAST || count > size / 8) this.#smallReads = 0;
    else this.#smallReads++;
    // A full buffer says that there was more.
    if (end < size || size === BUFFER_BYTES_MOST) return;
    this.#grow(BUFFER_BYTES_MOST, end);
  }

  /** Keeps the beginning of a frame for the bytes to come, with room for all `needed` of it. */
  #keep(at: number, end: number, needed: number): void {
    const rest = end - at;
    if (at > 0 && rest > 0) this.#buffer.copyWithin(0, at, end);
    this.#length = rest;
    if (needed > this.#buffer.length) this.#grow(BUFFER_BYTES_MOST, rest);
  }

  #grow(size: number, used: number): void {
    const grown = new Uint8Array(size);
    grown.set(this.#buffer.subarray(0, used));
    this.#buffer = grown;
  }

  /** @returns Where the frames begin. */
  #takePreface(end: number): number {
    const done = PREFACE.length - this.#prefaceLeft;
    const count = Math.min(end, this.#prefaceLeft);
    for (let index = 0; index < count; index++) {
      if (this.#buffer[index] === PREFACE[done + index]) continue;
      throw new ConnectionFault(
        Http2Code.PROTOCOL_ERROR,
        "the connection does not begin with the preface of HTTP/2",
      );
    }
    this.#prefaceLeft -= count;
    return count;
  }
}

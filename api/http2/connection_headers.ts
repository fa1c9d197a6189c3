import { ConnectionFault, Http2Code } from "./fault.ts";
import { Flag, readUint31 } from "./frame_types.ts";

/** Bytes of the priority in a HEADERS frame. */
const PRIORITY_BYTES = 5;

/** What bounds header blocks. */
export interface HeaderBlockLimits {
  readonly headerBytesMax: number;
  readonly continuationsMax: number;
}

/** Puts the header block of a HEADERS frame and its CONTINUATION frames together. */
export class HeaderBlocks {
  readonly #limits: HeaderBlockLimits;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #open = false;
  #blocks = 0;
  /** Of the block begun last: its stream, whether it ends it, and whether it depends on itself. */
  streamId = 0;
  endStream = false;
  dependsOnItself = false;

  constructor(limits: HeaderBlockLimits) {
    this.#limits = limits;
  }

  /** Whether CONTINUATION must follow. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Blocks so far. */
  get count(): number {
    return this.#blocks;
  }

  /**
   * A HEADERS frame, its payload from `start` to `end`.
   *
   * @returns The block, a part of `bytes`; undefined where more follows.
   * @throws {ConnectionFault} The frame is shorter than its flags say, or the block too long.
   */
  begin(
    streamId: number,
    flags: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Uint8Array | undefined {
    this.#blocks++;
    this.streamId = streamId;
    this.endStream = (flags & Flag.END_STREAM) !== 0;
    this.dependsOnItself = false;
    const last = unpadded(flags, bytes, start, end);
    let first = (flags & Flag.PADDED) !== 0 ? start + 1 : start;
    if ((flags & Flag.PRIORITY) !== 0) {
      if (last - first < PRIORITY_BYTES) {
        throw new ConnectionFault(
          Http2Code.FRAME_SIZE_ERROR,
          `HEADERS with ${last - first} bytes of its ${PRIORITY_BYTES} of priority`,
        );
      }
      this.dependsOnItself = readUint31(bytes, first) === streamId;
      first += PRIORITY_BYTES;
    }
    const part = bytes.subarray(first, last);
    if ((flags & Flag.END_HEADERS) !== 0) return part;
    this.#open = true;
    this.#keep(part);
    return undefined;
  }

  /** A CONTINUATION frame. @returns As of {@linkcode begin}. @throws {ConnectionFault} Out of place, or too many. */
  proceed(
    streamId: number,
    flags: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Uint8Array | undefined {
    if (!this.#open || streamId !== this.streamId) {
      throw new ConnectionFault(Http2Code.PROTOCOL_ERROR, "CONTINUATION of no open header block");
    }
    this.#keep(bytes.subarray(start, end));
    if ((flags & Flag.END_HEADERS) === 0) return undefined;
    const block = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      block.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#bytes = 0;
    this.#open = false;
    return block;
  }

  #keep(part: Uint8Array): void {
    const { headerBytesMax, continuationsMax } = this.#limits;
    this.#bytes += part.length;
    if (this.#bytes > headerBytesMax) {
      throw new ConnectionFault(
        Http2Code.ENHANCE_YOUR_CALM,
        `a header block of over ${headerBytesMax} bytes`,
      );
    }
    this.#parts.push(new Uint8Array(part));
    if (this.#parts.length > continuationsMax) {
      throw new ConnectionFault(
        Http2Code.ENHANCE_YOUR_CALM,
        `a header block in over ${continuationsMax} frames`,
      );
    }
  }
}

/**
 * Where the payload of a frame that may be padded ends.
 *
 * @throws {ConnectionFault} The padding is as long as the payload or longer.
 */
export function unpadded(flags: number, bytes: Uint8Array, start: number, end: number): number {
  if ((flags & Flag.PADDED) === 0) return end;
  const last = end - (bytes[start] ?? 0);
  // Of a payload without even the length of its padding it is not.
  if (last > start) return last;
  throw new ConnectionFault(Http2Code.PROTOCOL_ERROR, "padding as long as its frame");
}

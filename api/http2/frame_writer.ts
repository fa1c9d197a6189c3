import type { Http2Code } from "./fault.ts";
import {
  Flag,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  FrameType,
  INT31_MAX,
  PREFACE,
} from "./frame_types.ts";

/** Bytes of a buffer at first; it doubles as needed. */
const BUFFER_BYTES_LEAST = 4096;

/** Bytes above which an emptied buffer is not kept for later. */
const BUFFER_BYTES_KEPT = 128 * 1024;

/** Bytes of the text of a GOAWAY. */
const DEBUG_BYTES_MAX = 256;

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

/** Puts frames one behind the other into one buffer, and gives it away as a whole. */
export class FrameWriter {
  #bytes: Uint8Array = NOTHING;
  /** The buffer given away last but one, whose bytes nobody needs any more. */
  #spare: Uint8Array = NOTHING;
  #given: Uint8Array = NOTHING;
  #length = 0;
  /** Where {@linkcode append} goes on. */
  #cursor = 0;

  /** Bytes that are ready. */
  get length(): number {
    return this.#length;
  }

  /** Gives what is ready away. The bytes stay as they are until {@linkcode returned}. */
  take(): Uint8Array {
    const ready = this.#bytes.subarray(0, this.#length);
    this.#given = this.#bytes;
    this.#bytes = this.#spare;
    this.#spare = NOTHING;
    this.#length = 0;
    return ready;
  }

  /** The bytes given away are written. */
  returned(): void {
    if (this.#given.length <= BUFFER_BYTES_KEPT) this.#spare = this.#given;
    this.#given = NOTHING;
  }

  /** Gives buffers back that are of no use now. */
  shrink(): void {
    this.#spare = NOTHING;
    if (this.#length === 0) this.#bytes = NOTHING;
  }

  /** DATA with `length` bytes, at most FRAME_BYTES_MAX, which the caller appends at once. */
  data(streamId: number, length: number, last: boolean): void {
    this.#cursor = this.#frame(length, FrameType.DATA, last ? Flag.END_STREAM : 0, streamId);
  }

  /** Bytes of the frame begun last. */
  append(source: Uint8Array, start: number, end: number): void {
    this.#copy(this.#cursor, source, start, end);
    this.#cursor += end - start;
  }

  /** HEADERS, and CONTINUATION where the block is greater than a frame. */
  headers(streamId: number, block: Uint8Array, last: boolean): void {
    let start = 0;
    let type: number = FrameType.HEADERS;
    let flags = last ? Flag.END_STREAM : 0;
    do {
      const end = Math.min(block.length, start + FRAME_BYTES_MAX);
      if (end === block.length) flags |= Flag.END_HEADERS;
      this.#copy(this.#frame(end - start, type, flags, streamId), block, start, end);
      type = FrameType.CONTINUATION;
      flags = 0;
      start = end;
    } while (start < block.length);
  }

  rstStream(streamId: number, code: Http2Code): void {
    this.#uint32(this.#frame(4, FrameType.RST_STREAM, 0, streamId), code);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#uint32(this.#frame(4, FrameType.WINDOW_UPDATE, 0, streamId), increment);
  }

  /** What a client says before its first frame. */
  preface(): void {
    const begin = this.#length;
    const end = begin + PREFACE.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(PREFACE, begin);
    this.#length = end;
  }

  /** SETTINGS. @param settings Identifier, value, identifier, value, … */
  settings(settings: readonly number[]): void {
    let at = this.#frame(settings.length * 3, FrameType.SETTINGS, 0, 0);
    for (let index = 0; index + 1 < settings.length; index += 2) {
      const identifier = settings[index] ?? 0;
      this.#bytes[at] = identifier >>> 8;
      this.#bytes[at + 1] = identifier;
      this.#uint32(at + 2, settings[index + 1] ?? 0);
      at += 6;
    }
  }

  settingsAck(): void {
    this.#frame(0, FrameType.SETTINGS, Flag.ACK, 0);
  }

  /** PING with the eight bytes of `source` from `start` on. */
  ping(source: Uint8Array, start: number, ack: boolean): void {
    const at = this.#frame(8, FrameType.PING, ack ? Flag.ACK : 0, 0);
    this.#copy(at, source, start, start + 8);
  }

  /** GOAWAY. @param text For people, the first 256 bytes of it. */
  goaway(lastStreamId: number, code: Http2Code, text: string): void {
    const debug = encoder.encode(text).subarray(0, DEBUG_BYTES_MAX);
    const at = this.#frame(8 + debug.length, FrameType.GOAWAY, 0, 0);
    this.#uint32(at, lastStreamId & INT31_MAX);
    this.#uint32(at + 4, code);
    this.#bytes.set(debug, at + 8);
  }

  /** Makes room for a frame and writes its header. @returns Where its payload begins. */
  #frame(length: number, type: number, flags: number, streamId: number): number {
    const begin = this.#length;
    const end = begin + FRAME_HEADER_BYTES + length;
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    bytes[begin] = length >>> 16;
    bytes[begin + 1] = length >>> 8;
    bytes[begin + 2] = length;
    bytes[begin + 3] = type;
    bytes[begin + 4] = flags;
    this.#uint32(begin + 5, streamId);
    this.#length = end;
    return begin + FRAME_HEADER_BYTES;
  }

  /** A call of set() with a part of an array costs more than copying some hundred bytes. */
  #copy(at: number, source: Uint8Array, start: number, end: number): void {
    if (end - start > 256) {
      this.#bytes.set(source.subarray(start, end), at);
      return;
    }
    const bytes = this.#bytes;
    for (let index = start; index < end; index++) bytes[at++] = source[index] ?? 0;
  }

  #uint32(at: number, value: number): void {
    const bytes = this.#bytes;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  #grow(needed: number): void {
    let size = Math.max(BUFFER_BYTES_LEAST, this.#bytes.length);
    while (size < needed) size *= 2;
    const grown = new Uint8Array(size);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

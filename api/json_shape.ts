/**
 * What no JSON of a request may be, told from its bytes: nested too deep, since reading a few megabytes of brackets costs a
 * server a second; and with half a character in it, which no error can repeat to its client.
 */
import { JSON_DEPTH_MAX } from "./limits.ts";

/** Bytes before each message of a stream: flags, and four of its length. */
const PREFIX_BYTES = 5;
const COMPRESSED_FLAG = 1;

const [QUOTE, BACKSLASH, ARRAY, ARRAY_END, OBJECT, OBJECT_END] = [34, 92, 91, 93, 123, 125];
const LETTER_U = 117;
/** Digits of a `\uXXXX`. */
const UNIT_DIGITS = 4;

/** What to say of a body that is nested deeper. */
export const TOO_DEEP = `the body is nested too deep, and may have ${JSON_DEPTH_MAX} levels`;

/** What to say of a body with half of a pair. */
export const HALF_CHARACTER = "the body has one half of a surrogate pair (\\uD800 to \\uDFFF)";

/** Follows one JSON text through its bytes, in pieces of any size; knows strings, and nothing else of JSON. */
export class JsonShape {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Of a `\uXXXX`: digits that are to come, and what those before say. */
  #digits = 0;
  #unit = 0;
  /** Whether the first half of a pair was the last character. */
  #half = false;

  /**
   * Takes the next bytes, from `start` to `end`.
   *
   * @returns {@linkcode TOO_DEEP} or {@linkcode HALF_CHARACTER}; undefined where it is neither so far.
   */
  take(bytes: Uint8Array, start: number, end: number): string | undefined {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#inString) {
        if (!this.#takeInString(byte)) return HALF_CHARACTER;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === ARRAY || byte === OBJECT) {
        if (++this.#depth > JSON_DEPTH_MAX) return TOO_DEEP;
      } else if (byte === ARRAY_END || byte === OBJECT_END) this.#depth--;
    }
    return undefined;
  }

  /** @returns Whether a half that came before is completed or can be still. */
  #takeInString(byte: number): boolean {
    if (this.#digits > 0) return this.#takeDigit(byte);
    if (this.#escaped) {
      this.#escaped = false;
      if (byte !== LETTER_U) return !this.#half;
      [this.#digits, this.#unit] = [UNIT_DIGITS, 0];
      return true;
    }
    if (byte === BACKSLASH) {
      this.#escaped = true;
      return true;
    }
    if (byte === QUOTE) this.#inString = false;
    return !this.#half;
  }

  /** What is no digit is left to the parser, which refuses it. */
  #takeDigit(byte: number): boolean {
    const digit = byte <= 57 ? byte - 48 : (byte | 32) - 87;
    this.#unit = this.#unit << 4 | digit & 15;
    if (--this.#digits > 0) return true;
    const isLow = this.#unit >>> 10 === 0b110111;
    const fits = isLow === this.#half;
    this.#half = this.#unit >>> 10 === 0b110110;
    return fits;
  }
}

/** The same of a stream of messages, each behind its prefix. */
export class JsonMessagesShape {
  #shape = new JsonShape();
  /** Bytes of the present prefix that are here, and of the present message that are not. */
  #prefixed = 0;
  #length = 0;
  /** Whether the present message is compressed: what its bytes say shows when it is inflated. */
  #packed = false;

  /** As {@linkcode JsonShape.take}, of any of the messages. */
  take(bytes: Uint8Array): string | undefined {
    let at = 0;
    while (at < bytes.length) {
      if (this.#prefixed < PREFIX_BYTES) {
        const byte = bytes[at++] ?? 0;
        if (this.#prefixed === 0) this.#packed = (byte & COMPRESSED_FLAG) !== 0;
        // The first byte holds flags: it is shifted out by the four of the length.
        this.#length = (this.#length << 8 | byte) >>> 0;
        this.#prefixed++;
      } else {
        const end = Math.min(bytes.length, at + this.#length);
        const fault = this.#packed ? undefined : this.#shape.take(bytes, at, end);
        if (fault !== undefined) return fault;
        this.#length -= end - at;
        at = end;
      }
      if (this.#prefixed < PREFIX_BYTES || this.#length > 0) continue;
      this.#shape = new JsonShape();
      this.#prefixed = 0;
    }
    return undefined;
  }
}

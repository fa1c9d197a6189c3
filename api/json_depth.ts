/** How deep JSON is nested, told from its bytes: reading it first costs a server a second for a few megabytes of brackets. */
import { JSON_DEPTH_MAX } from "./limits.ts";

/** Bytes before each message of a stream: flags, and four of its length. */
const PREFIX_BYTES = 5;

const [QUOTE, BACKSLASH, ARRAY, ARRAY_END, OBJECT, OBJECT_END] = [34, 92, 91, 93, 123, 125];

/** Follows one JSON text through its bytes, in pieces of any size; knows strings, and nothing else of JSON. */
export class JsonDepth {
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** Takes the next bytes, from `start` to `end`. @returns Whether there are more levels than {@linkcode JSON_DEPTH_MAX}. */
  take(bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === ARRAY || byte === OBJECT) {
        if (++this.#depth > JSON_DEPTH_MAX) return true;
      } else if (byte === ARRAY_END || byte === OBJECT_END) this.#depth--;
    }
    return false;
  }
}

/** What to say of a body that is nested deeper. */
export const TOO_DEEP = `the body is nested too deep, and may have ${JSON_DEPTH_MAX} levels`;

/** The same of a stream of messages, each behind its prefix. */
export class JsonMessagesDepth {
  #depth = new JsonDepth();
  /** Bytes of the present prefix that are here, and of the present message that are not. */
  #prefixed = 0;
  #length = 0;

  /** As {@linkcode JsonDepth.take}, of any of the messages. */
  take(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length) {
      if (this.#prefixed < PREFIX_BYTES) {
        // The first byte holds flags: it is shifted out by the four of the length.
        this.#length = (this.#length << 8 | (bytes[at++] ?? 0)) >>> 0;
        this.#prefixed++;
      } else {
        const end = Math.min(bytes.length, at + this.#length);
        if (this.#depth.take(bytes, at, end)) return true;
        this.#length -= end - at;
        at = end;
      }
      if (this.#prefixed < PREFIX_BYTES || this.#length > 0) continue;
      this.#depth = new JsonDepth();
      this.#prefixed = 0;
    }
    return false;
  }
}

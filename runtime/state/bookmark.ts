/**
 * Positions in the history of a kind, as opaque bytes for the outside: 8 bytes drawn once per state, 8 bytes of
 * position, 8 bytes that tell the kind. Whatever was made by another process or for another kind is refused.
 */
import type { Kind } from "../core/resource.ts";
import { StateError } from "../core/errors.ts";

/** Bytes of the part that tells states apart. */
export const COOKIE_BYTES = 8;
const POSITION_OFFSET = COOKIE_BYTES;
const KIND_OFFSET = POSITION_OFFSET + 8;
const BOOKMARK_BYTES = KIND_OFFSET + 8;

/** Makes and reads the bookmarks of one kind. */
export interface Bookmarks {
  /** @param position -1 is before the first event. */
  at(position: number): Uint8Array<ArrayBuffer>;
  /** @throws {StateError} `invalid-bookmark`. */
  position(bookmark: Uint8Array): number;
}

export function bookmarks(cookie: Uint8Array, kind: Kind): Bookmarks {
  const template = new Uint8Array(BOOKMARK_BYTES);
  template.set(cookie.subarray(0, COOKIE_BYTES));
  new DataView(template.buffer).setBigUint64(KIND_OFFSET, kindTag(kind));
  return {
    at(position) {
      const bytes = new Uint8Array(template);
      // Asking for the buffer would move the bytes out of the heap: each reader has one a event.
      let rest = position;
      for (let index = KIND_OFFSET - 1; index >= POSITION_OFFSET; index--) {
        bytes[index] = rest; // Its last eight bits.
        rest = Math.floor(rest / 256);
      }
      return bytes;
    },
    position(bookmark) {
      if (!(bookmark instanceof Uint8Array)) throw invalid("it is no bytes");
      if (bookmark.length !== BOOKMARK_BYTES) {
        throw invalid(`it has ${bookmark.length} bytes instead of ${BOOKMARK_BYTES}`);
      }
      const same = (start: number, end: number) =>
        template.subarray(start, end).every((byte, index) => byte === bookmark[start + index]);
      if (!same(0, COOKIE_BYTES)) throw invalid("it is of another process");
      if (!same(KIND_OFFSET, BOOKMARK_BYTES)) throw invalid("it is of another kind");
      const view = new DataView(bookmark.buffer, bookmark.byteOffset, bookmark.byteLength);
      return Number(view.getBigInt64(POSITION_OFFSET));
    },
  };
}

/** FNV-1a, 64 bits, over namespace and type. */
function kindTag({ namespace, type }: Kind): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${namespace}\0${type}`)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

function invalid(detail: string): StateError {
  return new StateError({ refusal: "invalid-bookmark", detail });
}

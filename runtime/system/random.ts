/** The chance of the machine, behind the port that state, engine and controllers know. */
import type { Random } from "../core/ports.ts";

/** Bytes one call of the web's generator gives at most. */
const CALL_BYTES_MAX = 65_536;

/** Unpredictable numbers of the operating system. */
export function systemRandom(): Random {
  return {
    uint32() {
      const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
      return value;
    },
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let start = 0; start < length; start += CALL_BYTES_MAX) {
        crypto.getRandomValues(bytes.subarray(start, start + CALL_BYTES_MAX));
      }
      return bytes;
    },
  };
}

/** GUIDs as GPT stores them: the first three groups little-endian, the others as they are read. */

/** Bytes of a GUID. */
export const GUID_BYTES = 16;

const GUID_REGEXP = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Position in the text's bytes of each stored byte. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** @throws {RangeError} `text` is not of the form 01234567-89AB-CDEF-0123-456789ABCDEF. */
export function encodeGuid(text: string): Uint8Array<ArrayBuffer> {
  if (!GUID_REGEXP.test(text)) {
    const form = "01234567-89AB-CDEF-0123-456789ABCDEF";
    throw new RangeError(`Cannot use GUID "${text}": must be of the form ${form}`);
  }
  const digits = text.replaceAll("-", "");
  return Uint8Array.from(ORDER, (at) => parseInt(digits.slice(at * 2, at * 2 + 2), 16));
}

/** The text, in capitals, of {@linkcode GUID_BYTES} stored bytes. */
export function decodeGuid(bytes: Uint8Array): string {
  const digits = ORDER.map((at) => (bytes[at] ?? 0).toString(16).padStart(2, "0")).join("");
  const groups = [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]];
  return groups.map(([from, to]) => digits.slice(from, to)).join("-").toUpperCase();
}

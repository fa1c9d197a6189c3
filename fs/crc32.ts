/** CRC-32 as GPT, gzip and Ethernet have it: polynomial 0xEDB88320 reflected, all ones before and after. */

const POLYNOMIAL = 0xedb8_8320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) {
    value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL;
  }
  return value;
});

/** Checksum of `bytes`, 0 … 2 ** 32 - 1. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffff_ffff;
  // Counted, not iterated: at boot nothing has compiled the loop yet.
  for (let at = 0; at < bytes.length; at++) {
    value = (value >>> 8) ^ (TABLE[(value ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  }
  return (value ^ 0xffff_ffff) >>> 0;
}

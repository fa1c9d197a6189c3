import { huffmanRoom, readHuffman } from "./huffman.ts";
import { compressionFault } from "./hpack_decoder_fault.ts";
import { type BlockCursor, readInteger } from "./hpack_integers.ts";

/** Bytes of a decoder's own room for Huffman strings; a longer one gets room of its own for the moment. */
const SCRATCH_BYTES = 512;

/** Bytes up to which a string is made of short pieces, which is faster; above it, at once. */
const PIECES_BYTES_MAX = 64;

/** Arguments of one call: engines take some ten thousands. */
const ARGUMENTS_MAX = 4096;

const HUFFMAN = 0x80;

/** Reads the strings of header blocks, RFC 7541 §5.2, as Latin-1. */
export class StringReader {
  #scratch: Uint8Array | undefined;

  /**
   * Reads a string and leaves `cursor` behind it.
   *
   * @throws {ConnectionFault} COMPRESSION_ERROR: it is longer than the rest of the block, or no valid Huffman code.
   */
  read(cursor: BlockCursor): string {
    const huffman = ((cursor.bytes[cursor.at] ?? 0) & HUFFMAN) !== 0;
    const length = readInteger(cursor, 0x7f);
    const { bytes, at: from } = cursor;
    const left = bytes.length - from;
    if (length > left) {
      throw compressionFault(`a string of ${length} bytes begins where ${left} are left`);
    }
    const to = from + length;
    cursor.at = to;
    if (!huffman) return latin1(bytes, from, to);
    const into = this.#room(length);
    return latin1(into, 0, readHuffman(bytes, from, to, into));
  }

  #room(length: number): Uint8Array {
    const needed = huffmanRoom(length);
    if (needed > SCRATCH_BYTES) return new Uint8Array(needed);
    return this.#scratch ??= new Uint8Array(SCRATCH_BYTES);
  }
}

/** The characters of `bytes` at `from` to `to`. TextDecoder's "latin1" is another code between 0x80 and 0x9f. */
function latin1(bytes: Uint8Array, from: number, to: number): string {
  if (to - from <= PIECES_BYTES_MAX) return latin1Pieces(bytes, from, to);
  let text = "";
  for (let at = from; at < to; at += ARGUMENTS_MAX) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(to, at + ARGUMENTS_MAX)));
  }
  return text;
}

/** As many characters in each call as are there: a call costs more than its arguments. */
function latin1Pieces(bytes: Uint8Array, from: number, to: number): string {
  let at = from;
  let text = "";
  for (; to - at >= 8; at += 8) {
    text += String.fromCharCode(
      bytes[at] ?? 0,
      bytes[at + 1] ?? 0,
      bytes[at + 2] ?? 0,
      bytes[at + 3] ?? 0,
      bytes[at + 4] ?? 0,
      bytes[at + 5] ?? 0,
      bytes[at + 6] ?? 0,
      bytes[at + 7] ?? 0,
    );
  }
  if (to - at >= 4) {
    text += String.fromCharCode(
      bytes[at] ?? 0,
      bytes[at + 1] ?? 0,
      bytes[at + 2] ?? 0,
      bytes[at + 3] ?? 0,
    );
    at += 4;
  }
  if (to - at >= 2) {
    text += String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0);
    at += 2;
  }
  return at < to ? text + String.fromCharCode(bytes[at] ?? 0) : text;
}

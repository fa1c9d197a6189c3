import { compressionFault } from "./hpack_decoder_fault.ts";

/**
 * Bytes that an integer may take after its prefix. Four hold 28 bits, beyond any block, table or
 * index that is allowed; more can only be an attempt to overflow, or padding with zeros.
 */
const CONTINUATION_BYTES_MAX = 4;

/** Bytes that {@linkcode writeInteger} writes at most. */
export const INTEGER_BYTES_MAX = 1 + CONTINUATION_BYTES_MAX;

/** The greatest number that fits {@linkcode INTEGER_BYTES_MAX} bytes whatever its prefix. */
export const INTEGER_MAX = 2 ** (7 * CONTINUATION_BYTES_MAX) - 1;

/** Where reading or writing stands in a header block. */
export class BlockCursor {
  bytes: Uint8Array;
  /** The next byte; never beyond the end. */
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * Reads an integer of RFC 7541 §5.1 and leaves `cursor` behind it.
 *
 * @param prefix The bits of the first byte that belong to the number, as a mask: 0x7f for 7 bits.
 * @throws {ConnectionFault} COMPRESSION_ERROR: the block ends inside, or more than four bytes follow the first.
 */
export function readInteger(cursor: BlockCursor, prefix: number): number {
  const { bytes, at } = cursor;
  if (at >= bytes.length) throw compressionFault("the block ends before an integer");
  const value = (bytes[at] ?? 0) & prefix;
  cursor.at = at + 1;
  return value < prefix ? value : readContinuation(cursor, prefix);
}

function readContinuation(cursor: BlockCursor, prefix: number): number {
  const { bytes } = cursor;
  let value = prefix;
  for (let shift = 0; shift < 7 * CONTINUATION_BYTES_MAX; shift += 7) {
    const byte = bytes[cursor.at];
    if (byte === undefined) throw compressionFault("the block ends inside an integer");
    cursor.at++;
    value += (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw compressionFault(`an integer is longer than ${INTEGER_BYTES_MAX} bytes`);
}

/** How an integer begins: the bits of its first byte above the number, and the number's own, as a mask. */
export interface IntegerForm {
  readonly pattern: number;
  readonly prefix: number;
}

/**
 * Writes an integer of RFC 7541 §5.1, at most {@linkcode INTEGER_MAX}, and leaves `cursor` behind it. It takes at most
 * {@linkcode INTEGER_BYTES_MAX} bytes, for which the caller has made room.
 */
export function writeInteger(cursor: BlockCursor, value: number, form: IntegerForm): void {
  const { bytes } = cursor;
  const { pattern, prefix } = form;
  if (value < prefix) {
    bytes[cursor.at++] = pattern | value;
    return;
  }
  bytes[cursor.at++] = pattern | prefix;
  let rest = value - prefix;
  for (; rest >= 0x80; rest >>>= 7) bytes[cursor.at++] = rest | 0x80;
  bytes[cursor.at++] = rest;
}

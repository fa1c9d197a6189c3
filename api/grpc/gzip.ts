/** The one compression of messages: gzip, with the limit of a message checked while inflating. */
import { gunzipSync, gzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { MESSAGE_BYTES_MAX } from "../limits.ts";

/** Bytes of the shortest gzip member: header and trailer. */
const MEMBER_BYTES_MIN = 18;

/**
 * Inflates a message. Blocks for as long as {@linkcode MESSAGE_BYTES_MAX} bytes take, about 4 ms, and holds no more than
 * `bytesMax`.
 *
 * @throws {ConnectError} `ResourceExhausted`: it inflates to more; `InvalidArgument`: it is no gzip.
 */
export function inflate(bytes: Uint8Array, bytesMax = MESSAGE_BYTES_MAX): Uint8Array {
  if (bytes.length < MEMBER_BYTES_MIN) throw invalid("it is too short");
  // What the last member says of its size; a lie is found while inflating.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(bytes.length - 4, true) > bytesMax) throw tooLarge(bytesMax);
  try {
    return gunzipSync(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(bytesMax);
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

/** Deflates a message. Blocks. */
export function deflate(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes);
}

/** The same as the library asks for it. What messages inflate to is bounded while inflating. */
export const GZIP: Compression = {
  name: "gzip",
  compress: (bytes) => Promise.resolve(new Uint8Array(deflate(bytes))),
  decompress: (bytes, bytesMax) =>
    Promise.resolve().then(() => new Uint8Array(inflate(bytes, bytesMax))),
};

function tooLarge(bytesMax: number): ConnectError {
  const detail = `the message inflates to more than ${bytesMax} bytes`;
  return new ConnectError(detail, Code.ResourceExhausted);
}

function invalid(detail: string): ConnectError {
  return new ConnectError(`the message cannot be inflated: ${detail}`, Code.InvalidArgument);
}

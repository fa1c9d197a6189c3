import { ConnectionFault, Http2Code } from "./fault.ts";

/**
 * The fault of a header block that cannot be decoded. It ends the connection, since the tables of
 * both ends no longer agree.
 *
 * @param found What is wrong, and what may be.
 */
export function compressionFault(found: string): ConnectionFault {
  return new ConnectionFault(Http2Code.COMPRESSION_ERROR, `Cannot decode headers: ${found}`);
}

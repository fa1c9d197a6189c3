import { ConnectionFault, Http2Code } from "./fault.ts";

/** A rule of RFC 9113 that the whole connection ends for. */
export function protocolFault(message: string): ConnectionFault {
  return new ConnectionFault(Http2Code.PROTOCOL_ERROR, message);
}

/** A frame whose type has another size. */
export function sizeFault(name: string, bytes: number, allowed: string): ConnectionFault {
  return new ConnectionFault(
    Http2Code.FRAME_SIZE_ERROR,
    `${name} of ${bytes} bytes, may be ${allowed}`,
  );
}

/** @throws {ConnectionFault} PROTOCOL_ERROR: a frame of the connection came on a stream. */
export function mustBeOfConnection(name: string, streamId: number): void {
  if (streamId !== 0) throw protocolFault(`${name} on stream ${streamId}`);
}

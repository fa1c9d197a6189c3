/** What HTTP/2 ends with, as an error of a call: the table of gRPC over HTTP/2. */
import { Code, ConnectError } from "@connectrpc/connect";
import {
  ConnectionLost,
  Http2Code,
  RequestUnprocessed,
  StreamClosed,
  TooManyWaiting,
} from "../http2/fault.ts";

/** Codes of streams that were reset. */
const RESETS: ReadonlyMap<Http2Code, Code> = new Map<Http2Code, Code>([
  [Http2Code.REFUSED_STREAM, Code.Unavailable],
  [Http2Code.CANCEL, Code.Canceled],
  [Http2Code.ENHANCE_YOUR_CALM, Code.ResourceExhausted],
  [Http2Code.INADEQUATE_SECURITY, Code.PermissionDenied],
]);

/** An error of the connection or of a stream as one of the call; others come back as they are. */
export function http2Error(error: unknown): unknown {
  if (error instanceof StreamClosed) return made(RESETS.get(error.code) ?? Code.Internal, error);
  if (error instanceof RequestUnprocessed) return made(Code.Unavailable, error);
  if (error instanceof TooManyWaiting) return made(Code.ResourceExhausted, error);
  if (error instanceof ConnectionLost) {
    return made(error.code === Http2Code.CANCEL ? Code.Canceled : Code.Unavailable, error);
  }
  return error;
}

/** Whether a call failed by what its server said, and not by the connection, the stream or the time. */
export function isAnswered(error: unknown): error is ConnectError {
  return error instanceof ConnectError && error.cause === undefined;
}

function made(code: Code, cause: Error): ConnectError {
  return new ConnectError(cause.message, code, undefined, undefined, cause);
}

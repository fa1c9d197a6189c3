/**
 * Errors that connect-es cannot write. V8 quotes bad JSON cut anywhere, in the middle of a character too; where the library
 * percent-encodes such a message for the trailers of gRPC-Web, it throws.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { refusedPairs } from "./grpc/status.ts";

/** Flag of the frame that holds the trailers of gRPC-Web. */
const TRAILERS_FLAG = 0x80;

/** @returns The refusal in other words. @throws What is no such error. */
export function rewritten(error: unknown): ConnectError {
  if (!(error instanceof URIError)) throw error;
  return new ConnectError("the message is no JSON", Code.InvalidArgument);
}

/** The body of an answer of gRPC-Web; where it breaks off because its end cannot be written, it gets another one. */
export async function* wellEnded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    const { code, rawMessage } = rewritten(error);
    yield trailersFrame(refusedPairs(code, rawMessage));
  }
}

function trailersFrame(pairs: readonly string[]): Uint8Array {
  const lines: string[] = [];
  for (let at = 0; at < pairs.length; at += 2) lines.push(`${pairs[at]}: ${pairs[at + 1]}\r\n`);
  const text = new TextEncoder().encode(lines.join(""));
  const frame = new Uint8Array(5 + text.length);
  frame[0] = TRAILERS_FLAG;
  new DataView(frame.buffer).setUint32(1, text.length);
  frame.set(text, 5);
  return frame;
}

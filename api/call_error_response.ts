/** Errors of calls that never reached a method, in the words of who called: Connect, its streams, gRPC-Web. */
import { Code, type ConnectError } from "@connectrpc/connect";
import { frameOf } from "./grpc/message_frames.ts";
import { refusedPairs } from "./grpc/status.ts";

const GRPC_WEB_REGEXP = /^\s*application\/grpc-web\b/i;
const CONNECT_STREAM_REGEXP = /^\s*application\/connect\+/i;

/** Flag of the frame that ends a stream of Connect. */
const END_FLAG = 2;

/** What is told. */
export interface CallError {
  /** Of HTTP, for callers that look at it. */
  readonly status: number;
  readonly error: ConnectError;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer, which people can read too. */
export function callErrorResponse(
  request: { readonly headers: Pick<Headers, "get"> },
  { status, error, headers = {} }: CallError,
): Response {
  const type = request.headers.get("content-type") ?? "";
  if (GRPC_WEB_REGEXP.test(type)) {
    // Without a body the head says what trailers would.
    const answer = new Headers({ ...headers, "content-type": type });
    const pairs = refusedPairs(error.code, error.rawMessage);
    for (let at = 0; at < pairs.length; at += 2) answer.set(pairs[at] ?? "", pairs[at + 1] ?? "");
    return new Response(null, { headers: answer });
  }
  const facts = { code: codeName(error.code), message: error.rawMessage };
  if (CONNECT_STREAM_REGEXP.test(type)) {
    const answer = { ...headers, "content-type": type };
    return new Response(endFrame(JSON.stringify({ error: facts })), { headers: answer });
  }
  return new Response(`${JSON.stringify(facts)}\n`, {
    status,
    headers: { ...headers, "content-type": "application/json" },
  });
}

/** As Connect writes codes: `not_found`. */
function codeName(code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase();
}

function endFrame(text: string): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(frameOf(new TextEncoder().encode(text)));
  frame[0] = END_FLAG;
  return frame;
}

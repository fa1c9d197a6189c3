/** A request of HTTP/1.1 on its way to the machine and back, by fetch's own types: bodies stream both ways. */
import type { Clock } from "../../runtime/core/ports.ts";
import { joined } from "../grpc/message_frames.ts";
import type { ClientStream } from "../http2/client_stream.ts";
import { Http2Code } from "../http2/fault.ts";
import { appendTo, type HeaderPairs, headerValue } from "../http2/header_pairs.ts";
import { badResource } from "../problem.ts";
import { FollowedBody } from "../unread_body.ts";
import type { Upstream } from "./upstream_connection.ts";

/** Statuses that fetch makes no answers with a body of. */
const BODYLESS: readonly number[] = [204, 205, 304];

/** Answers that are made as things happen: their heads go out at once, and each piece when it comes. */
const LIVE_REGEXP = /^(text\/event-stream|application\/(x-ndjson|connect\+|grpc-web))/i;

/** Bytes of an answer that are waited for before it goes out: one of few goes out in one write, of known length. */
const GATHERED_BYTES_MAX = 64 * 1024;

/** What forwarding a request needs. */
export interface RequestRoute {
  readonly upstream: Upstream;
  readonly head: HeaderPairs;
  readonly clock: Clock;
}

/**
 * Forwards. Lets go of the upstream when the answer is over, read or not.
 *
 * @throws {ConnectionLost} @throws {StreamClosed} The machine gave no answer. @throws {TooManyWaiting}
 * @throws {RequestUnprocessed} @throws {Problem} The caller's body breaks off.
 */
export async function forwardRequest(request: Request, route: RequestRoute): Promise<Response> {
  const answering = answered(request, route);
  return await (route.upstream.isShared ? whileThere(request.signal, answering) : answering);
}

/** The answer, unless its caller leaves before: the call goes on without it, and what that brings is thrown away. */
async function whileThere(signal: AbortSignal, answering: Promise<Response>): Promise<Response> {
  const { promise: left, reject } = Promise.withResolvers<never>();
  const leave = (): void => {
    reject(signal.reason);
    answering.then(({ body }) => body?.cancel()).catch(() => {});
  };
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await Promise.race([answering, left]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

async function answered(
  request: Request,
  { head, upstream, clock }: RequestRoute,
): Promise<Response> {
  const body = request.body === null || upstream.isShared
    ? undefined
    : new FollowedBody(request.body, { headers: request.headers, clock });
  let stream: ClientStream | undefined;
  let isBrokenOff = false;
  const leave = (): void => {
    if (!upstream.isShared) stream?.reset(Http2Code.CANCEL);
  };
  request.signal.addEventListener("abort", leave, { once: true });
  const over = (error?: unknown): void => {
    request.signal.removeEventListener("abort", leave);
    upstream.release(error);
  };
  try {
    stream = await upstream.request(head, body === undefined);
    if (request.signal.aborted) leave();
    if (body !== undefined) sendBody(body, stream, () => isBrokenOff = true);
    const { status, headers } = await stream.answer;
    const isBare = stream.endedWithHead || BODYLESS.includes(status) || request.method === "HEAD";
    const isLive = LIVE_REGEXP.test(headerValue(headers, "content-type") ?? "");
    const first = isBare || isLive ? NOTHING : await gathered(stream);
    const isWhole = isBare || first.isWhole;
    const left = (error?: unknown): void => {
      if (stream !== undefined) upstream.leave(stream);
      over(error);
    };
    if (isWhole) left();
    const content = isBare ? null : isWhole ? first.bytes : bodyOf(stream, first.bytes, left);
    const response = new Response(content, { status });
    // One by one: a list of headers is sorted and looked at three times on its way into an answer.
    appendTo(response.headers, headers);
    return await body?.settled(response) ?? response;
  } catch (error) {
    if (stream !== undefined) upstream.leave(stream);
    over(error);
    throw isBrokenOff ? badResource("the body breaks off before its end") : error;
  }
}

/** Never rejects: a body that breaks off ends the call. */
async function sendBody(
  body: FollowedBody,
  stream: ClientStream,
  brokenOff: () => void,
): Promise<void> {
  try {
    for await (const piece of body) {
      if (stream.closed) return;
      const room = stream.write(piece);
      if (room !== undefined) await room;
    }
    stream.end();
  } catch {
    // Where the machine has answered already, the answer is still to be read.
    if (stream.closed) return;
    brokenOff();
    stream.reset(Http2Code.CANCEL);
  }
}

/** How an answer begins. */
interface Gathered {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether that is all. */
  readonly isWhole: boolean;
}

const NOTHING: Gathered = { bytes: new Uint8Array(0), isWhole: false };

/** Reads to the end of the answer, or {@linkcode GATHERED_BYTES_MAX} bytes of it. */
async function gathered(stream: ClientStream): Promise<Gathered> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length <= GATHERED_BYTES_MAX) {
    const piece = await stream.read();
    if (piece === undefined) return { bytes: new Uint8Array(joined(pieces)), isWhole: true };
    pieces.push(piece);
    length += piece.length;
  }
  return { bytes: new Uint8Array(joined(pieces)), isWhole: false };
}

/** The body as its reader asks for it: what is here already, and the rest as it comes. */
function bodyOf(
  stream: ClientStream,
  first: Uint8Array<ArrayBuffer>,
  over: (error?: unknown) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: "bytes",
    start(controller) {
      if (first.length > 0) controller.enqueue(first);
    },
    async pull(controller) {
      try {
        let piece = await stream.read();
        while (piece !== undefined && piece.length === 0) piece = await stream.read();
        if (piece !== undefined) return controller.enqueue(new Uint8Array(piece));
      } catch (error) {
        over(error);
        throw error;
      }
      over();
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: () => over(),
  });
}

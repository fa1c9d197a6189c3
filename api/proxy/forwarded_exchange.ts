/**
 * One exchange on its way to the machine and back: bytes, as they come, neither side further ahead of the other than
 * windows let it. Either end's reset is the other's.
 */
import type { Exchange } from "../http2/exchange.ts";
import { Http2Code, StreamClosed } from "../http2/fault.ts";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import type { ClientStream } from "../http2/client_stream.ts";
import type { Problem } from "../problem.ts";
import { lostProblem, lostTrailers } from "./refusals.ts";
import type { Upstream } from "./upstream_connection.ts";

/** What forwarding an exchange needs. */
export interface ExchangeRoute {
  readonly upstream: Upstream;
  readonly head: HeaderPairs;
  /** Whether trailers tell of what goes wrong after the answer has begun. */
  readonly isGrpc: boolean;
  /** Answers where nothing was answered yet. */
  refuse(problem: Problem): void;
  /** Told of what neither end brought about. */
  onError(error: unknown): void;
}

/** Forwards, and lets go of the upstream at the end. @param body All of it; else it is read as it comes. */
export async function forwardExchange(
  exchange: Exchange,
  route: ExchangeRoute,
  body?: Uint8Array,
): Promise<void> {
  const { upstream, head } = route;
  let stream: ClientStream | undefined;
  let failure: unknown;
  try {
    exchange.onBroken(() => {
      if (!upstream.isShared) stream?.reset(Http2Code.CANCEL);
    });
    const begun = upstream.request(head, body?.length === 0, body?.length);
    stream = begun instanceof Promise ? await begun : begun;
    // It left while there was no connection.
    if (exchange.closed) return upstream.leave(stream);
    if (body === undefined) sendBody(exchange, stream);
    else stream.end(body);
    await sendAnswer(exchange, stream);
  } catch (error) {
    failure = error;
    failed(exchange, route, { error, hasBegun: stream?.hasHead === true });
    if (stream !== undefined) upstream.leave(stream);
  } finally {
    upstream.release(failure);
  }
}

/** Never rejects: who left is told of by the answer's side, and where the machine needs no more, nothing is wrong. */
async function sendBody(exchange: Exchange, stream: ClientStream): Promise<void> {
  try {
    for (;;) {
      const piece = await exchange.read();
      if (piece === undefined) return stream.end();
      const room = stream.write(piece);
      if (room !== undefined) await room;
    }
  } catch {
    // The one is over by the other, or its answer was complete before its request.
  }
}

async function sendAnswer(exchange: Exchange, stream: ClientStream): Promise<void> {
  const { status, headers } = await stream.answer;
  if (stream.endedWithHead) return exchange.respond(status, headers, true);
  exchange.respond(status, headers);
  for (let piece = await stream.read(); piece !== undefined; piece = await stream.read()) {
    const room = exchange.write(piece);
    if (room !== undefined) await room;
  }
  exchange.end(stream.trailers.length === 0 ? undefined : stream.trailers);
}

/** Tells the caller; nobody is told who left. */
function failed(
  exchange: Exchange,
  { isGrpc, refuse, onError }: ExchangeRoute,
  { error, hasBegun }: { readonly error: unknown; readonly hasBegun: boolean },
): void {
  if (exchange.closed) return;
  if (error instanceof StreamClosed) return exchange.reset(error.code);
  const lost = lostProblem(error);
  if (lost === undefined) {
    onError(error);
    exchange.reset(Http2Code.INTERNAL_ERROR);
  } else if (!hasBegun) refuse(lost);
  else if (isGrpc) exchange.end(lostTrailers(lost));
  // Half of an answer must not look like all of it.
  else exchange.reset(Http2Code.INTERNAL_ERROR);
}

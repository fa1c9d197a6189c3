/**
 * The API of a machine at the door of another process: callers are judged here, and what they ask goes on as bytes.
 * gRPC, gRPC-Web, Connect and the HTTP API pass alike; nothing of a message is looked at.
 */
import type { Clock, Log } from "../../runtime/core/ports.ts";
import type { Access } from "../access.ts";
import type { Arrival } from "../api.ts";
import type { Identity } from "../authorization/roles.ts";
import { describeFault } from "../errors.ts";
import { isGrpc } from "../grpc/call_head.ts";
import { askedOf, sendResponse } from "../grpc/exchange_request.ts";
import { BODY_BYTES_MAX, tooLarge } from "../grpc/message_frames.ts";
import { PreparedRefusals, type Refused } from "../grpc/refused.ts";
import type { Exchange, ExchangeHandler } from "../http2/exchange.ts";
import { Http2Code } from "../http2/fault.ts";
import { type HeaderPairs, headerValue } from "../http2/header_pairs.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import { badTarget, Problem } from "../problem.ts";
import { forwardedHead, headTooLong, pairsOf } from "./forwarded_head.ts";
import { forwardExchange } from "./forwarded_exchange.ts";
import { forwardRequest } from "./forwarded_request.ts";
import { type CallForm, judge, type Verdict } from "./gate.ts";
import { lostProblem, refusalPairs, refusalResponse, refusedOf } from "./refusals.ts";
import { SINGLE_REQUESTS } from "./single_requests.ts";
import type { Upstreams } from "./upstreams.ts";

/** What a proxy stands on. */
export interface ProxyParts {
  readonly upstreams: Upstreams;
  /** Who judges now: asked at each request, since tokens change. */
  access(): Access;
  readonly clock: Clock;
  readonly log: Log;
}

/** What listeners serve. */
export interface ApiProxy {
  /** Answers HTTP/1.1; never throws. */
  handle(request: Request, arrival: Arrival): Promise<Response>;
  /** Answers HTTP/2. */
  readonly exchange: ExchangeHandler;
}

/**
 * What goes on of a request that anybody may make, beside its line: by what else strangers say the machine would be made to
 * end a connection that carries the calls of others.
 */
const NO_HEADERS: HeaderPairs = [];
const NO_BODY = new Uint8Array(0);

/** Makes the proxy. Closing `upstreams` ends its calls. */
export function apiProxy(parts: ProxyParts): ApiProxy {
  const { log } = parts;
  const shared: Shared = {
    ...parts,
    access: () => parts.access(),
    prepared: new PreparedRefusals(),
    onError: (error) => log.write("error", "a request failed", { error: describeFault(error) }),
  };
  return {
    exchange: (exchange) => answerExchange(exchange, shared),
    handle: (request, arrival) => answerRequest(request, arrival, shared),
  };
}

interface Shared extends ProxyParts {
  readonly prepared: PreparedRefusals;
  onError(error: unknown): void;
}

function answerExchange(exchange: Exchange, shared: Shared): void {
  const { prepared, upstreams, onError } = shared;
  const { peer } = exchange;
  const contentType = headerValue(exchange.headers, "content-type") ?? "";
  const asked = askedOf(exchange);
  let verdict: Verdict;
  try {
    const { method, path } = exchange;
    const request = { asked, method, path, isGrpc: isGrpc(contentType) };
    verdict = judge(shared.access(), request, peer);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // A target that is no URL.
    return exchange.respond(400, ["content-type", "text/plain"], true);
  }
  const { form, identity, refused } = verdict;
  const refuseCall = (why: Refused): void => {
    exchange.respond(200, refusalPairs(prepared, why, contentType), true);
  };
  const refuse = (problem: Problem): void => {
    if (form === "grpc") return refuseCall(refusedOf(problem));
    answer(exchange, refusalResponse(form, problem, asked), onError);
  };
  if (refused !== undefined) return refuse(refused);
  const forward = (body?: Uint8Array): void => {
    const said = identity === undefined ? NO_HEADERS : exchange.headers;
    const head = forwardedHead(exchange, said, { identity, origin: peer });
    const tooLong = headTooLong(head);
    if (tooLong !== undefined) return refuse(tooLong);
    const upstream = taken(upstreams, peer, identity);
    if (upstream instanceof Problem) return refuse(upstream);
    const route = { upstream, head, isGrpc: form === "grpc", refuse, onError };
    forwardExchange(exchange, route, body);
  };
  if (identity === undefined) return forward(NO_BODY);
  if (form !== "grpc" || !SINGLE_REQUESTS.has(exchange.path)) return forward();
  // The whole of a short message goes in one piece, and nothing of one that is never complete.
  exchange.collect(BODY_BYTES_MAX, (body) => {
    if (body !== undefined) forward(body);
    else refuseCall(tooLarge("more", MESSAGE_BYTES_MAX));
  });
}

async function answerRequest(
  request: Request,
  origin: Arrival,
  shared: Shared,
): Promise<Response> {
  let form: Exclude<CallForm, "grpc"> = "http";
  try {
    if (isGrpc(request.headers.get("content-type") ?? undefined)) throw needsHttp2();
    const { method } = request;
    const url = URL.parse(request.url);
    if (url === null) throw badTarget();
    const { pathname, search, protocol, host } = url;
    const path = pathname + search;
    const judged = { asked: request, method, path, isGrpc: false };
    const { form: found, identity, refused } = judge(shared.access(), judged, origin);
    if (found !== "grpc") form = found;
    if (refused !== undefined) throw refused;
    if (form === "http") demandShort(request);
    const isOpen = identity === undefined;
    const authority = isOpen ? host : request.headers.get("host") ?? host;
    const line = { method, path, authority, scheme: protocol.slice(0, -1) };
    const said = isOpen ? NO_HEADERS : pairsOf(request);
    const head = forwardedHead(line, said, { identity, origin });
    const tooLong = headTooLong(head);
    if (tooLong !== undefined) throw tooLong;
    const upstream = taken(shared.upstreams, origin, identity);
    if (upstream instanceof Problem) throw upstream;
    return await forwardRequest(request, { head, upstream, clock: shared.clock });
  } catch (error) {
    const problem = error instanceof Problem ? error : lostProblem(error) ?? broken(error);
    // Who has left is told nothing, and that it did is no fault of ours.
    if (problem.status === 500 && !request.signal.aborted) shared.onError(error);
    return refusalResponse(form, problem, request);
  }
}

/** A hold on the caller's connection to the machine, or why there is none. */
function taken(
  upstreams: Upstreams,
  peer: Arrival | Exchange["peer"],
  identity: Identity | undefined,
): ReturnType<Upstreams["take"]> | Problem {
  try {
    return upstreams.take(peer, identity === undefined);
  } catch (error) {
    const lost = lostProblem(error);
    if (lost === undefined) throw error;
    return lost;
  }
}

function answer(exchange: Exchange, response: Response, onError: (error: unknown) => void): void {
  sendResponse(exchange, response).catch((error: unknown) => {
    if (exchange.closed) return; // The reader left.
    onError(error);
    exchange.reset(Http2Code.INTERNAL_ERROR);
  });
}

function needsHttp2(): Problem {
  const detail = "gRPC needs HTTP/2; over HTTP/1.1 there are Connect and gRPC-Web";
  return new Problem({ status: 415, code: "unsupported-media-type", detail });
}

/** Nothing of the HTTP API takes more. @throws {Problem} 413. */
function demandShort({ headers }: Request): void {
  if (Number(headers.get("content-length") ?? 0) <= MESSAGE_BYTES_MAX) return;
  const detail = `the body is larger than ${MESSAGE_BYTES_MAX} bytes`;
  throw new Problem({ status: 413, code: "too-large", detail });
}

/** The machine reset the stream of a request that has no better words for it. */
function broken(cause: unknown): Problem {
  return new Problem({ status: 500, code: "internal", detail: "internal" }, { cause });
}

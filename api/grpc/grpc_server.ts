/** Answers exchanges of HTTP/2: gRPC by itself, everything else as HTTP by the same handler as the other listeners. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock, Log, Random } from "../../runtime/core/ports.ts";
import type { Access } from "../access.ts";
import { requestName } from "../caller.ts";
import type { Exchange, ExchangeHandler } from "../http2/exchange.ts";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { Problem } from "../problem.ts";
import { callRefused } from "../call_refused.ts";
import { answerType, isGrpc, readHead } from "./call_head.ts";
import { askedOf } from "./exchange_request.ts";
import { type CallParts, GrpcCall } from "./grpc_call.ts";
import type { GrpcMethod, GrpcMethods } from "./grpc_method.ts";
import { PreparedRefusals } from "./refused.ts";
import { answerConversation, answerStream } from "./stream_path.ts";
import { answerUnary } from "./unary_path.ts";

/** What the server stands on. */
export interface GrpcServerParts {
  readonly methods: GrpcMethods;
  readonly access: Access;
  /** Answers what is no gRPC: Connect, gRPC-Web, the HTTP API. Must not throw. */
  readonly http: ExchangeHandler;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Aborts when the agent stops: streams end, calls answer Unavailable. */
  readonly signal: AbortSignal;
}

/** What is served besides unary calls of gRPC's own form. */
const ACCEPTS: HeaderPairs = Object.freeze([
  "accept-post",
  "application/grpc, application/grpc+proto",
]);

const POST_ONLY: HeaderPairs = Object.freeze(["allow", "POST"]);

/** Makes the handler. */
export function grpcServer(parts: GrpcServerParts): ExchangeHandler {
  const { methods, access, signal, random } = parts;
  const waiting = new Set<GrpcCall>();
  const shared: CallParts = {
    clock: parts.clock,
    log: parts.log,
    newRequestName: (call) => requestName(call, random),
    waiting,
    refusals: new PreparedRefusals(),
  };
  let isStopping = signal.aborted;
  signal.addEventListener("abort", () => {
    isStopping = true;
    for (const call of [...waiting]) call.fail(stopping());
  }, { once: true });

  return (exchange) => {
    const head = readHead(exchange.headers);
    if (head.contentType === undefined || !isGrpc(head.contentType)) return parts.http(exchange);
    const contentType = answerType(head.contentType);
    if (exchange.method !== "POST") return exchange.respond(405, POST_ONLY, true);
    if (contentType === undefined) return exchange.respond(415, ACCEPTS, true);
    const method = methods.get(exchange.path);
    const call = new GrpcCall(
      { exchange, head, contentType, method: method?.name ?? "" },
      shared,
    );
    try {
      call.actor = admitted(access, exchange);
      if (isStopping) throw stopping();
      if (method === undefined) throw unknownMethod(methods, exchange.path);
      call.begin();
    } catch (error) {
      return call.fail(error);
    }
    answer(method, call);
  };
}

function answer(method: GrpcMethod, call: GrpcCall): void {
  if (method.kind === "unary") answerUnary(method, call);
  else if (method.kind === "server_streaming") answerStream(method, call);
  else answerConversation(method, call);
}

/** The role of the caller. @throws {ConnectError} `Unauthenticated`, `PermissionDenied`. */
function admitted(access: Access, exchange: Exchange): string {
  try {
    return access.admit(askedOf(exchange), exchange.peer.transport);
  } catch (error) {
    throw error instanceof Problem ? callRefused(error) : error;
  }
}

function unknownMethod(methods: GrpcMethods, path: string): ConnectError {
  const shown = path.slice(0, 256);
  const service = path.slice(0, path.lastIndexOf("/") + 1);
  const known = [...methods.keys()].filter((name) => name.startsWith(service));
  const detail = service.length < 2 || known.length === 0
    ? `unknown service in ${shown}, reflection lists the services`
    : `unknown method ${shown}, may be ${known.join(", ")}`;
  return new ConnectError(detail, Code.Unimplemented);
}

function stopping(): ConnectError {
  return new ConnectError("the agent is stopping", Code.Unavailable);
}

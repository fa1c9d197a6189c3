/** Answers exchanges of HTTP/2: gRPC by itself, everything else as HTTP by the same handler as the other listeners. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { DescService } from "@bufbuild/protobuf";
import type { Clock, Log, Random } from "../../runtime/core/ports.ts";
import type { Access } from "../access.ts";
import type { Identity } from "../authorization/roles.ts";
import { callRefusal } from "../authorization/rules.ts";
import { requestName } from "../caller.ts";
import type { Exchange, ExchangeHandler } from "../http2/exchange.ts";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import { Places } from "../places.ts";
import { Problem } from "../problem.ts";
import { callRefused } from "../call_refused.ts";
import { answerType, GRPC_JSON, isGrpc, readHead } from "./call_head.ts";
import { askedOf } from "./exchange_request.ts";
import { type CallParts, GrpcCall } from "./grpc_call.ts";
import type { GrpcMethod, GrpcMethods } from "./grpc_method.ts";
import { jsonMessages } from "./json_messages.ts";
import { PreparedRefusals, Refused } from "./refused.ts";
import { answerConversation, answerStream } from "./stream_path.ts";
import { answerUnary } from "./unary_path.ts";

/** What the server stands on. */
export interface GrpcServerParts {
  readonly methods: GrpcMethods;
  /** What the methods belong to: messages in JSON are read by it. */
  readonly services: readonly DescService[];
  /** Bytes of one message of a request; {@linkcode MESSAGE_BYTES_MAX} unless given. */
  readonly messageBytesMax?: number;
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
  "application/grpc, application/grpc+proto, application/grpc+json",
]);

const POST_ONLY: HeaderPairs = Object.freeze(["allow", "POST"]);

/** Makes the handler. A method without a rule of who may call it is for admins. */
export function grpcServer(parts: GrpcServerParts): ExchangeHandler {
  const { methods, access, signal, random } = parts;
  const waiting = new Places<GrpcCall>();
  const json = jsonMessages(parts.services);
  const shared: CallParts = {
    clock: parts.clock,
    log: parts.log,
    newRequestName: (call) => requestName(call, random),
    waiting,
    refusals: new PreparedRefusals(),
    messageBytesMax: parts.messageBytesMax ?? MESSAGE_BYTES_MAX,
  };
  let isStopping = signal.aborted;
  signal.addEventListener("abort", () => {
    isStopping = true;
    for (const call of waiting.all()) call.fail(stopping());
  }, { once: true });

  return (exchange) => {
    const head = readHead(exchange.headers);
    if (head.contentType === undefined || !isGrpc(head.contentType)) return parts.http(exchange);
    const contentType = answerType(head.contentType);
    if (exchange.method !== "POST") return exchange.respond(405, POST_ONLY, true);
    if (contentType === undefined) return exchange.respond(415, ACCEPTS, true);
    const method = methods.get(exchange.path);
    const call = new GrpcCall({
      exchange,
      head,
      contentType,
      method: method?.name ?? "",
      json: contentType === GRPC_JSON ? json.get(exchange.path) : undefined,
    }, shared);
    try {
      const identity = call.identity = admitted(access, exchange);
      if (isStopping) throw stopping();
      const denied = callRefusal(identity, exchange.path);
      if (denied !== undefined) return call.refuse(new Refused(Code.PermissionDenied, denied));
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

/** The caller. @throws {ConnectError} `Unauthenticated`, `PermissionDenied`. */
function admitted(access: Access, exchange: Exchange): Identity {
  try {
    return access.admit(askedOf(exchange), exchange.peer);
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

/** Every RPC over Connect (JSON and binary, unary by GET where nothing changes) and gRPC-Web, by fetch's own types. */
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextValues,
  type Interceptor,
  type ServiceImpl,
} from "@connectrpc/connect";
import {
  type Compression,
  type UniversalHandler,
  type UniversalServerRequest,
  universalServerRequestFromFetch,
  type UniversalServerResponse,
  universalServerResponseToFetch,
} from "@connectrpc/connect/protocol";
import type { DescService } from "@bufbuild/protobuf";
import { State } from "../proto/gen/cosi/resource/state_pb.ts";
import { Health as HealthDescriptor } from "../proto/gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../proto/gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../proto/gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { MachineService } from "../proto/gen/machine/machine_pb.ts";
import { GraphService } from "../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { Clock, Log } from "../runtime/core/ports.ts";
import type { GraphFor } from "./authorization/readable_graph.ts";
import { callErrorResponse } from "./call_error_response.ts";
import { CALLER } from "./caller.ts";
import { connectGet, type PlainGet } from "./connect_get.ts";
import { type ErrorContext, toConnectError } from "./errors.ts";
import { healthService } from "./grpc/health_service.ts";
import { reflectionService } from "./grpc/reflection_service.ts";
import { SERVICES } from "./grpc/served_methods.ts";
import type { Health } from "./health.ts";
import type { HttpCall } from "./http_parts.ts";
import { JsonMessagesShape, JsonShape } from "./json_shape.ts";
import { GZIP_BYTES_MIN, MESSAGE_BYTES_MAX } from "./limits.ts";
import { GZIP } from "./grpc/gzip.ts";
import { messageRegistry } from "./grpc/json_messages.ts";
import { graphService } from "./graph_service.ts";
import type { MachinePort } from "./machine_port.ts";
import { machineService } from "./machine_service.ts";
import type { StateServiceParts } from "./state_calls.ts";
import { stateService } from "./state_service.ts";
import { isProcedure } from "./procedure_path.ts";
import { shortBodies } from "./short_bodies.ts";
import { FollowedBody } from "./unread_body.ts";
import { rewritten, wellEnded } from "./unwritable_errors.ts";

/** Media types of JSON: one message, or with a plus messages of a stream. */
const JSON_REGEXP = /^\s*application\/(json|(connect|grpc-web)\+json)\s*(;|$)/i;

/** What the routes stand on. */
export interface ConnectParts extends StateServiceParts {
  readonly machine: MachinePort;
  readonly graph: GraphFor;
  health(): Health;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the agent stops: streams end, calls answer Unavailable. */
  readonly signal: AbortSignal;
}

/** The RPCs of this process. */
export interface ConnectRoutes {
  /** Whether the path has the form of a procedure, served or not. */
  matches(pathname: string): boolean;
  /** Answers a call. Does not throw. */
  handle(call: HttpCall): Promise<Response>;
  /** `/PACKAGE.SERVICE/METHOD` of all that is served. */
  readonly procedures: readonly string[];
}

/** What any services are served with. */
export interface ServingParts extends Pick<ConnectParts, "clock" | "log" | "signal"> {
  /** Theirs are the messages that an Any may hold. */
  readonly services: readonly DescService[];
  /** Adds the services. Called once or twice. */
  add(router: ConnectRouter): void;
  /** Bytes of one message of a request; {@linkcode MESSAGE_BYTES_MAX} unless given. */
  readonly messageBytesMax?: number;
}

/** Makes the routes of this process. */
export function connectRoutes(parts: ConnectParts): ConnectRoutes {
  const routes = servedRoutes({
    clock: parts.clock,
    log: parts.log,
    signal: parts.signal,
    services: SERVICES,
    add(router) {
      router.service(State, stateService(parts));
      router.service(MachineService, machineService(parts.machine));
      router.service(GraphService, graphService(parts.graph));
      addCommon(router, parts);
    },
  });
  const get = connectGet({ ...parts, registry: messageRegistry(SERVICES) });
  const bodies = shortBodies(stopping(parts.signal));
  async function answered(call: HttpCall, plain: PlainGet): Promise<Response> {
    const { request } = call;
    let body: Uint8Array<ArrayBuffer>;
    try {
      body = await bodies.read(request);
    } catch (error) {
      return callErrorResponse(request, { status: 503, error: ConnectError.from(error) });
    }
    return plain.answer(body) ??
      await routes.handle({ ...call, request: new Request(request, { body }) });
  }
  return {
    ...routes,
    handle(call) {
      const plain = get(call);
      return plain === undefined ? routes.handle(call) : answered(call, plain);
    },
  };
}

/** Makes routes of any services. */
export function servedRoutes(parts: ServingParts): ConnectRoutes {
  const binary = handlersOf(parts, GZIP);
  // Compressed JSON shows what it is only once it is inflated. Made when first asked for: a boot asks for none.
  let json: Map<string, UniversalHandler> | undefined;
  const jsonHandlers = () => json ??= handlersOf(parts, SHALLOW_GZIP);
  return {
    procedures: [...binary.keys()],
    matches: isProcedure,
    async handle({ request, url: { pathname, searchParams }, caller }) {
      const handler = (isJson(request, searchParams) ? jsonHandlers() : binary).get(pathname);
      if (handler === undefined) {
        const message = `unknown procedure ${pathname}, GET /api/v1/types lists the resource types`;
        const error = new ConnectError(message, Code.Unimplemented);
        return callErrorResponse(request, { status: 404, error });
      }
      const call = shallow(universalServerRequestFromFetch(request, {}));
      const body = isPieces(call.body)
        ? new FollowedBody(call.body, { headers: call.header, clock: parts.clock })
        : undefined;
      const contextValues = createContextValues().set(CALLER, caller);
      const answered = handler({ ...call, ...(body && { body }), contextValues });
      const answer = await answered.catch(rewritten);
      if (answer instanceof ConnectError) {
        return callErrorResponse(request, { status: 400, error: answer });
      }
      const response = universalServerResponseToFetch(endedWell(answer));
      if (response.status === 405) response.headers.set("allow", handler.allowedMethods.join(", "));
      return body === undefined ? response : await body.settled(response);
    },
  };
}

function handlersOf(parts: ServingParts, gzip: Compression): Map<string, UniversalHandler> {
  const router = createConnectRouter({
    connect: true,
    grpcWeb: true,
    // gRPC needs HTTP/2 with trailers, which fetch has not.
    grpc: false,
    acceptCompression: [gzip],
    compressMinBytes: GZIP_BYTES_MIN,
    readMaxBytes: parts.messageBytesMax ?? MESSAGE_BYTES_MAX,
    writeMaxBytes: MESSAGE_BYTES_MAX,
    jsonOptions: { registry: messageRegistry(parts.services) },
    shutdownSignal: stopping(parts.signal),
    interceptors: [mapErrors(parts.log)],
  });
  parts.add(router);
  return new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
}

function isJson(request: Request, query: URLSearchParams): boolean {
  if (request.method === "GET") return query.get("encoding") === "json";
  return JSON_REGEXP.test(request.headers.get("content-type") ?? "");
}

/** {@linkcode GZIP} of messages in JSON. */
const SHALLOW_GZIP: Compression = {
  ...GZIP,
  async decompress(bytes, bytesMax) {
    const message = await GZIP.decompress(bytes, bytesMax);
    const fault = new JsonShape().take(message, 0, message.length);
    if (fault === undefined) return message;
    throw new ConnectError(fault, Code.InvalidArgument);
  },
};

/** The call, whose body breaks off where its JSON is nested too deep: the library would read all of it first. */
function shallow(call: UniversalServerRequest): UniversalServerRequest {
  const { body } = call;
  const type = call.header.get("content-type") ?? "";
  if (!JSON_REGEXP.test(type) || !isPieces(body)) return call;
  // Its inflating looks.
  const encoding = call.header.get("content-encoding") ?? "identity";
  if (encoding !== "identity" && !type.includes("+")) return call;
  return { ...call, body: shallowBody(body, type.includes("+")) };
}

function endedWell(answer: UniversalServerResponse): UniversalServerResponse {
  const type = answer.header?.get("content-type") ?? "";
  if (answer.body === undefined || !type.startsWith("application/grpc-web")) return answer;
  return { ...answer, body: wellEnded(answer.body) };
}

function isPieces(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

async function* shallowBody(
  body: AsyncIterable<Uint8Array>,
  isStream: boolean,
): AsyncGenerator<Uint8Array> {
  const [messages, message] = [new JsonMessagesShape(), new JsonShape()];
  for await (const piece of body) {
    const fault = isStream ? messages.take(piece) : message.take(piece, 0, piece.length);
    if (fault !== undefined) throw new ConnectError(fault, Code.InvalidArgument);
    yield piece;
  }
}

/** Health and reflection, as clients of gRPC have them. */
function addCommon(router: ConnectRouter, { health, clock }: ConnectParts): void {
  const services = SERVICES.map(({ typeName }) => typeName);
  const reflection = reflectionService(SERVICES);
  router.service(HealthDescriptor, healthService({ health, services, clock }));
  router.service(ServerReflection, reflection);
  // The older version has the same messages under other names.
  router.service(
    ServerReflectionAlpha,
    reflection as unknown as ServiceImpl<typeof ServerReflectionAlpha>,
  );
}

/** The stop signal with a reason that says so on the wire. */
function stopping(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(new ConnectError("the agent is stopping", Code.Unavailable));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return controller.signal;
}

/** Turns what handlers throw into codes, in calls and in streams. */
function mapErrors(log: Log): Interceptor {
  return (next) => async (request) => {
    const context: ErrorContext = { call: request.method.name, signal: request.signal, log };
    try {
      // A call that comes when the agent stops does nothing any more.
      request.signal.throwIfAborted();
      const response = await next(request);
      return response.stream
        ? { ...response, message: mapStream(response.message, context) }
        : response;
    } catch (error) {
      throw toConnectError(error, context);
    }
  };
}

async function* mapStream<T>(
  messages: AsyncIterable<T>,
  context: ErrorContext,
): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw toConnectError(error, context);
  }
}

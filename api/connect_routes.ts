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
  type UniversalHandler,
  type UniversalServerRequest,
  universalServerRequestFromFetch,
  universalServerResponseToFetch,
} from "@connectrpc/connect/protocol";
import { State } from "../proto/gen/cosi/resource/state_pb.ts";
import { Health as HealthDescriptor } from "../proto/gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../proto/gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../proto/gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { MachineService } from "../proto/gen/machine/machine_pb.ts";
import { GraphService } from "../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { Clock, Log } from "../runtime/core/ports.ts";
import { CALLER, type Caller } from "./caller.ts";
import { type ErrorContext, toConnectError } from "./errors.ts";
import { healthService } from "./grpc/health_service.ts";
import { reflectionService } from "./grpc/reflection_service.ts";
import { SERVICES } from "./grpc/served_methods.ts";
import type { Health } from "./health.ts";
import { JsonDepth, JsonMessagesDepth, TOO_DEEP } from "./json_depth.ts";
import { MESSAGE_BYTES_MAX } from "./limits.ts";
import type { GraphPort } from "./graph_port.ts";
import { graphService } from "./graph_service.ts";
import type { MachinePort } from "./machine_port.ts";
import { machineService } from "./machine_service.ts";
import type { StateServiceParts } from "./state_calls.ts";
import { stateService } from "./state_service.ts";

/** `/PACKAGE.SERVICE/METHOD`: at least one dot, so that no path of the HTTP API looks like it. */
const PROCEDURE_REGEXP = /^\/[A-Za-z_]\w*(\.[A-Za-z_]\w*)+\/[A-Za-z_]\w*$/;

/** Media types of JSON: one message, or with a plus messages of a stream. */
const JSON_REGEXP = /^\s*application\/(json|(connect|grpc-web)\+json)\s*(;|$)/i;

/** What the routes stand on. */
export interface ConnectParts extends StateServiceParts {
  readonly machine: MachinePort;
  readonly graph: GraphPort;
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
  handle(request: Request, caller: Caller): Promise<Response>;
  /** `/PACKAGE.SERVICE/METHOD` of all that is served. */
  readonly procedures: readonly string[];
}

/** Makes the routes. */
export function connectRoutes(parts: ConnectParts): ConnectRoutes {
  const router = createConnectRouter({
    connect: true,
    grpcWeb: true,
    // gRPC needs HTTP/2 with trailers, which fetch has not.
    grpc: false,
    readMaxBytes: MESSAGE_BYTES_MAX,
    writeMaxBytes: MESSAGE_BYTES_MAX,
    shutdownSignal: stopping(parts.signal),
    interceptors: [mapErrors(parts.log)],
  });
  router.service(State, stateService(parts));
  router.service(MachineService, machineService(parts.machine));
  router.service(GraphService, graphService(parts.graph));
  addCommon(router, parts);
  const handlers = new Map<string, UniversalHandler>(
    router.handlers.map((handler) => [handler.requestPath, handler]),
  );
  return {
    procedures: [...handlers.keys()],
    matches: (pathname) => PROCEDURE_REGEXP.test(pathname),
    async handle(request, caller) {
      const { pathname } = new URL(request.url);
      const handler = handlers.get(pathname);
      if (handler === undefined) {
        const message = `unknown procedure ${pathname}, GET /api/v1/types lists the resource types`;
        return connectErrorResponse(404, new ConnectError(message, Code.Unimplemented));
      }
      const call = shallow(universalServerRequestFromFetch(request, {}));
      const contextValues = createContextValues().set(CALLER, caller);
      const response = universalServerResponseToFetch(await handler({ ...call, contextValues }));
      if (response.status === 405) response.headers.set("allow", handler.allowedMethods.join(", "));
      return response;
    },
  };
}

/** The call, whose body breaks off where its JSON is nested too deep: the library would read all of it first. */
function shallow(call: UniversalServerRequest): UniversalServerRequest {
  const { body } = call;
  const type = call.header.get("content-type") ?? "";
  if (!JSON_REGEXP.test(type) || !isPieces(body)) return call;
  return { ...call, body: shallowBody(body, type.includes("+")) };
}

function isPieces(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

async function* shallowBody(
  body: AsyncIterable<Uint8Array>,
  isStream: boolean,
): AsyncGenerator<Uint8Array> {
  const [messages, message] = [new JsonMessagesDepth(), new JsonDepth()];
  for await (const piece of body) {
    const isDeep = isStream ? messages.take(piece) : message.take(piece, 0, piece.length);
    if (isDeep) throw new ConnectError(TOO_DEEP, Code.InvalidArgument);
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

/** An answer that clients of Connect and people can both read. */
export function connectErrorResponse(
  status: number,
  error: ConnectError,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const code = Code[error.code].replaceAll(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase();
  return new Response(`${JSON.stringify({ code, message: error.rawMessage })}\n`, {
    status,
    headers: { ...headers, "content-type": "application/json" },
  });
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

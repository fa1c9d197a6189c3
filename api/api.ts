/** Everything that is served: one function from Request to Response, whatever it came over. */
import type { Clock, Log, Random } from "../runtime/core/ports.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import type { LocalState } from "../runtime/core/state.ts";
import { type Access, access, type AccessOptions, type Transport } from "./access.ts";
import { callRefused } from "./call_refused.ts";
import { type Caller, requestName } from "./caller.ts";
import { resourceCodec } from "./codec.ts";
import { connectErrorResponse, connectRoutes } from "./connect_routes.ts";
import { httpHandler } from "./grpc/exchange_request.ts";
import { grpcServer } from "./grpc/grpc_server.ts";
import { servedMethods } from "./grpc/served_methods.ts";
import { type Health, healthResponse, isOpenPath } from "./health.ts";
import { httpApi } from "./http_api.ts";
import type { ExchangeHandler } from "./http2/exchange.ts";
import { httpTargets } from "./http_target.ts";
import type { GraphPort } from "./graph_port.ts";
import type { MachinePort } from "./machine_port.ts";
import { type Problem, problemResponse, toProblem } from "./problem.ts";
import { resourceJson } from "./resource_json.ts";
import type { StateServiceParts } from "./state_calls.ts";
import { watchSlots } from "./watch_slots.ts";

/** What the API stands on. */
export interface ApiParts extends AccessOptions {
  readonly state: LocalState;
  readonly types: ResourceTypes;
  readonly machine: MachinePort;
  readonly graph: GraphPort;
  /** Whether the machine does what it is for. */
  health(): Health;
  /** Whether a caller may not act in this name: `meta`, and controllers of this process. */
  reservedOwner(name: string): boolean;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the agent stops: streams end. */
  readonly signal: AbortSignal;
}

/** How a request came in. */
export interface Arrival {
  readonly transport: Transport;
  /** Address of the caller on TCP, for bounds. */
  readonly client?: string;
}

/** What listeners serve. */
export interface Api {
  /** Answers; never throws. Streams end when their reader leaves or the agent stops. */
  handle(request: Request, arrival: Arrival): Promise<Response>;
  /** Answers what comes over HTTP/2: gRPC, and all that `handle` serves. */
  readonly exchange: ExchangeHandler;
  /** Watches that are open. */
  readonly watches: number;
}

/** Makes the API. */
export function createApi(parts: ApiParts): Api {
  const { state, types, log, clock, signal } = parts;
  const guard = access(parts);
  const watches = watchSlots();
  const served = {
    state,
    codec: resourceCodec(types),
    watches,
    reservedOwner: (name: string) => parts.reservedOwner(name),
  };
  const connect = connectRoutes({ ...parts, ...served, log: log.named("connect") });
  const http = httpApi({
    state,
    types,
    json: resourceJson(types),
    targets: httpTargets(types),
    watches,
    graph: parts.graph,
    clock,
    log: log.named("http"),
    signal,
  });
  const open = { health: () => parts.health(), version: () => parts.machine.version() };

  async function answer(request: Request, arrival: Arrival): Promise<Response> {
    const { pathname } = new URL(request.url);
    const isCall = connect.matches(pathname);
    try {
      if (isOpenPath(pathname)) return healthResponse(open, request);
      const actor = guard.admit(request, arrival.transport);
      const caller: Caller = {
        actor,
        request: requestName(isCall ? pathname.slice(1) : request.method, parts.random),
        ...(arrival.client === undefined ? {} : { client: arrival.client }),
      };
      return await (isCall ? connect : http).handle(request, caller);
    } catch (error) {
      const problem = toProblem(error, { request, log });
      return isCall ? asConnectError(problem) : problemResponse(problem);
    }
  }

  async function handle(request: Request, arrival: Arrival): Promise<Response> {
    const response = await answer(request, arrival);
    response.headers.set("x-content-type-options", "nosniff");
    return response;
  }

  return {
    get watches() {
      return watches.open;
    },
    handle,
    exchange: exchangeHandler(parts, { served, guard, handle }),
  };
}

/** What answers HTTP/2: gRPC by its own path, all else by `handle`. */
function exchangeHandler(
  parts: ApiParts,
  { served, guard, handle }: {
    readonly served: StateServiceParts;
    readonly guard: Access;
    readonly handle: Api["handle"];
  },
): ExchangeHandler {
  const { machine, graph, clock, random, log, signal } = parts;
  return grpcServer({
    methods: servedMethods({ ...served, machine, graph, health: () => parts.health(), clock }),
    access: guard,
    http: httpHandler(handle, log.named("http")),
    clock,
    random,
    log: log.named("grpc"),
    signal,
  });
}

/** What was refused before a call reached its method, as its client reads errors. */
function asConnectError(problem: Problem): Response {
  return connectErrorResponse(problem.status, callRefused(problem), problem.headers);
}

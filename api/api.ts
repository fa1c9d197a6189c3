/** Everything that is served: one function from Request to Response, whatever it came over. */
import type { Clock, Log, Random } from "../runtime/core/ports.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import type { LocalState } from "../runtime/core/state.ts";
import { type Access, access, type AccessOptions, type Origin } from "./access.ts";
import { type GraphFor, readableGraph } from "./authorization/readable_graph.ts";
import { reading } from "./authorization/readable_state.ts";
import type { Identity } from "./authorization/roles.ts";
import { callRefusal, demandRules } from "./authorization/rules.ts";
import { callErrorResponse } from "./call_error_response.ts";
import { callRefused } from "./call_refused.ts";
import { type Caller, requestName } from "./caller.ts";
import { resourceCodec } from "./codec.ts";
import { connectCalls } from "./connect_calls.ts";
import { clientOf } from "./forwarded.ts";
import { httpHandler } from "./grpc/exchange_request.ts";
import { grpcServer } from "./grpc/grpc_server.ts";
import { servedMethods, SERVICES } from "./grpc/served_methods.ts";
import { type Health, healthResponse, isOpenPath } from "./health.ts";
import { httpApi } from "./http_api.ts";
import type { ExchangeHandler } from "./http2/exchange.ts";
import type { HttpParts } from "./http_parts.ts";
import { httpTargets } from "./http_target.ts";
import type { GraphPort } from "./graph_port.ts";
import type { MachinePort } from "./machine_port.ts";
import { badTarget, Problem, problemResponse, toProblem } from "./problem.ts";
import { type RequestUrl, requestUrls } from "./request_url.ts";
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
export interface Arrival extends Origin {
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
  /** `METHOD PATTERN` of all that Hono and Connect were given; `ALL` are those that refuse the rest. */
  readonly routes: readonly string[];
}

/** Makes the API. @throws {TypeError} A method has no rule of who may call it. */
export function createApi(parts: ApiParts): Api {
  const { state, types, log } = parts;
  const guard = access(parts);
  const watches = watchSlots();
  const judge = reading({ state, types });
  const graph = readableGraph(parts.graph, judge);
  const served = {
    state,
    reading: judge,
    codec: resourceCodec(types),
    watches,
    reservedOwner: (name: string) => parts.reservedOwner(name),
  };
  const connect = connectCalls({ ...parts, ...served, graph, log: log.named("connect") });
  demandRules(connect.procedures);
  const http = httpApi(httpParts(parts, { ...served, graph }));
  const urlOf = requestUrls();
  const open = { health: () => parts.health(), version: () => parts.machine.version() };

  function answered(request: Request, url: RequestUrl, arrival: Arrival) {
    const { pathname } = url;
    if (isOpenPath(pathname)) return healthResponse(open, request);
    const identity = guard.admit(request, arrival);
    const isCall = connect.matches(pathname);
    const denied = isCall ? callRefusal(identity, pathname) : undefined;
    if (denied !== undefined) {
      throw new Problem({ status: 403, code: "access-denied", detail: denied });
    }
    const called = isCall ? pathname.slice(1) : request.method;
    const caller = new LateNamedCaller(
      identity,
      clientOf(request.headers, arrival),
      () => requestName(called, parts.random),
    );
    return (isCall ? connect : http).handle({ request, url, caller });
  }

  async function handle(request: Request, arrival: Arrival): Promise<Response> {
    const url = urlOf(request.url);
    if (url === null) return safe(problemResponse(badTarget()));
    try {
      return safe(await answered(request, url, arrival));
    } catch (error) {
      const problem = toProblem(error, { request, log });
      const isCall = connect.matches(url.pathname);
      return safe(isCall ? refusedCall(request, problem) : problemResponse(problem));
    }
  }

  return {
    get watches() {
      return watches.open;
    },
    handle,
    routes: [...http.routes, ...connect.procedures.map((path) => `POST ${path}`)],
    exchange: exchangeHandler(parts, { served, graph, guard, handle }),
  };
}

/** The answer, which no browser takes for anything but what it says it is. */
function safe(response: Response): Response {
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}

/** A caller, whose request is named when somebody asks: nobody asks for a read's. */
class LateNamedCaller implements Caller {
  readonly identity: Identity;
  readonly client?: string;
  readonly #newName: () => string;
  #name: string | undefined;

  constructor(identity: Identity, client: string | undefined, newName: () => string) {
    this.identity = identity;
    if (client !== undefined) this.client = client;
    this.#newName = newName;
  }

  get request(): string {
    return this.#name ??= this.#newName();
  }
}

function httpParts(
  parts: ApiParts,
  served: Pick<HttpParts, "state" | "reading" | "watches" | "graph">,
): HttpParts {
  const { types, clock, log, signal } = parts;
  return {
    ...served,
    types,
    json: resourceJson(types),
    targets: httpTargets(types),
    version: () => parts.machine.version(),
    clock,
    log: log.named("http"),
    signal,
  };
}

/** What answers HTTP/2: gRPC by its own path, all else by `handle`. */
function exchangeHandler(
  parts: ApiParts,
  { served, graph, guard, handle }: {
    readonly served: StateServiceParts;
    readonly graph: GraphFor;
    readonly guard: Access;
    readonly handle: Api["handle"];
  },
): ExchangeHandler {
  const { machine, clock, random, log, signal } = parts;
  const methods = servedMethods({
    ...served,
    machine,
    graph,
    health: () => parts.health(),
    clock,
  });
  demandRules(methods.keys());
  return grpcServer({
    methods,
    services: SERVICES,
    access: guard,
    http: httpHandler(handle, log.named("http")),
    clock,
    random,
    log: log.named("grpc"),
    signal,
  });
}

/** What was refused before a call reached its method, as its client reads errors. */
function refusedCall(request: Request, problem: Problem): Response {
  const { status, headers } = problem;
  return callErrorResponse(request, { status, error: callRefused(problem), headers });
}

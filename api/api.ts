/** Everything that is served: one function from Request to Response, whatever it came over. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock, Log, Random } from "../runtime/core/ports.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import type { LocalState } from "../runtime/core/state.ts";
import { access, type AccessOptions, type Transport } from "./access.ts";
import type { Caller } from "./caller.ts";
import { resourceCodec } from "./codec.ts";
import { connectErrorResponse, connectRoutes } from "./connect_routes.ts";
import { type Health, healthResponse, isOpenPath } from "./health.ts";
import { httpApi } from "./http_api.ts";
import { httpTargets } from "./http_target.ts";
import type { MachinePort } from "./machine_port.ts";
import { type Problem, problemResponse, toProblem } from "./problem.ts";
import { resourceJson } from "./resource_json.ts";
import { watchSlots } from "./watch_slots.ts";

/** What the API stands on. */
export interface ApiParts extends AccessOptions {
  readonly state: LocalState;
  readonly types: ResourceTypes;
  readonly machine: MachinePort;
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
  /** Watches that are open. */
  readonly watches: number;
}

/** Makes the API. */
export function createApi(parts: ApiParts): Api {
  const { state, types, log, clock, signal } = parts;
  const guard = access(parts);
  const watches = watchSlots();
  const connect = connectRoutes({
    state,
    codec: resourceCodec(types),
    watches,
    reservedOwner: (name) => parts.reservedOwner(name),
    machine: parts.machine,
    log: log.named("connect"),
    signal,
  });
  const http = httpApi({
    state,
    types,
    json: resourceJson(types),
    targets: httpTargets(types),
    watches,
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
        request: parts.random.uint32().toString(16).padStart(8, "0"),
        ...(arrival.client === undefined ? {} : { client: arrival.client }),
      };
      return await (isCall ? connect : http).handle(request, caller);
    } catch (error) {
      const problem = toProblem(error, { request, log });
      return isCall ? asConnectError(problem) : problemResponse(problem);
    }
  }

  return {
    get watches() {
      return watches.open;
    },
    async handle(request, arrival) {
      const response = await answer(request, arrival);
      response.headers.set("x-content-type-options", "nosniff");
      return response;
    },
  };
}

/** What was refused before a call reached its method, as its client reads errors. */
function asConnectError(problem: Problem): Response {
  const { status, headers } = problem;
  const code = status === 401
    ? Code.Unauthenticated
    : status === 403
    ? Code.PermissionDenied
    : Code.Internal;
  return connectErrorResponse(status, new ConnectError(problem.message, code), headers);
}

/** What the handlers of the HTTP API stand on. */
import type { Clock, Log } from "../runtime/core/ports.ts";
import type { LocalState } from "../runtime/core/state.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import type { Caller } from "./caller.ts";
import type { GraphPort } from "./graph_port.ts";
import type { HttpTargets } from "./http_target.ts";
import type { ResourceJson } from "./resource_json.ts";
import type { WatchSlots } from "./watch_slots.ts";

/** Made once a process. */
export interface HttpParts {
  readonly state: LocalState;
  readonly types: ResourceTypes;
  readonly json: ResourceJson;
  readonly targets: HttpTargets;
  readonly watches: WatchSlots;
  readonly graph: GraphPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal;
}

/** One request. */
export interface HttpCall {
  readonly request: Request;
  readonly url: URL;
  readonly caller: Caller;
}

/** Answers one request. @throws {Problem} @throws {StateError} */
export type HttpHandler = (call: HttpCall) => Response | Promise<Response>;

/** What the handlers of the HTTP API stand on. */
import type { Clock, Log } from "../runtime/core/ports.ts";
import type { LocalState } from "../runtime/core/state.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import type { GraphFor } from "./authorization/readable_graph.ts";
import type { Reading } from "./authorization/readable_state.ts";
import type { Caller } from "./caller.ts";
import type { HttpTargets } from "./http_target.ts";
import type { VersionFacts } from "./machine_port.ts";
import type { RequestUrl } from "./request_url.ts";
import type { ResourceJson } from "./resource_json.ts";
import type { WatchSlots } from "./watch_slots.ts";

/** Made once a process. */
export interface HttpParts {
  /** For writes alone: what callers read they read by way of `reading`. */
  readonly state: LocalState;
  /** Who may read what of it. */
  readonly reading: Reading;
  readonly types: ResourceTypes;
  readonly json: ResourceJson;
  readonly targets: HttpTargets;
  readonly watches: WatchSlots;
  readonly graph: GraphFor;
  /** What runs here. */
  version(): VersionFacts;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal;
}

/** One request. */
export interface HttpCall {
  readonly request: Request;
  readonly url: RequestUrl;
  readonly caller: Caller;
}

/** Answers one request. @throws {Problem} @throws {StateError} */
export type HttpHandler = (call: HttpCall) => Response | Promise<Response>;

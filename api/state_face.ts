/** A state that can be looked at and nothing else: Get, List and Watch of cosi.resource.State over gRPC. */
import { State } from "../proto/gen/cosi/resource/state_pb.ts";
import type { Clock, Log, Random } from "../runtime/core/ports.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import type { LocalState } from "../runtime/core/state.ts";
import { access } from "./access.ts";
import { reading } from "./authorization/readable_state.ts";
import { resourceCodec } from "./codec.ts";
import { grpcServer } from "./grpc/grpc_server.ts";
import { stateMethods } from "./grpc/state_methods.ts";
import type { ExchangeHandler } from "./http2/exchange.ts";
import { watchSlots } from "./watch_slots.ts";

/** What it stands on. */
export interface StateFaceParts {
  /** Refuses what is not to be seen: whoever opens the socket sees all the rest. */
  readonly state: LocalState;
  readonly types: ResourceTypes;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Aborts when the agent stops. */
  readonly signal: AbortSignal;
}

/** All that it serves. */
const METHODS: readonly string[] = ["Get", "List", "Watch"];

/** Open watches: a component has a few kinds, and asks again after each loss. */
const WATCHES_MAX = 64;

/** Makes the handler, for a socket that its component alone can open. */
export function stateFace(parts: StateFaceParts): ExchangeHandler {
  const { state, types } = parts;
  const methods = stateMethods({
    state,
    reading: reading({ state, types }),
    codec: resourceCodec(types, { yaml: false }),
    watches: watchSlots({ total: WATCHES_MAX }),
    // Nobody writes.
    reservedOwner: () => true,
  });
  return grpcServer({
    ...parts,
    methods: new Map(methods.filter(([, { name }]) => METHODS.includes(name))),
    services: [State],
    access: access({}),
    http: (exchange) => exchange.respond(404, ["content-type", "text/plain"], true),
  });
}

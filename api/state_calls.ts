/** What the eight calls of cosi.resource.State do, whatever they came over: from a message to the state and back. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Resource as WireResource } from "../proto/gen/cosi/resource/resource_pb.ts";
import type {
  CreateRequest,
  DestroyRequest,
  ListRequest,
  TeardownAndDestroyRequest,
  TeardownRequest,
  UpdateOptions as WireUpdateOptions,
  UpdateRequest,
} from "../proto/gen/cosi/resource/state_pb.ts";
import { type Failure, StateError } from "../runtime/core/errors.ts";
import { parsePhase } from "../runtime/core/metadata.ts";
import type { Pointer, Resource } from "../runtime/core/resource.ts";
import type { LocalState, UpdateOptions } from "../runtime/core/state.ts";
import type { Reading } from "./authorization/readable_state.ts";
import type { Identity } from "./authorization/roles.ts";
import type { Caller } from "./caller.ts";
import type { ResourceCodec } from "./codec.ts";
import type { WatchSlots } from "./watch_slots.ts";
import { wireQuery } from "./wire_query.ts";

/** What the calls stand on. */
export interface StateServiceParts {
  readonly state: LocalState;
  /** Who may read what of it. */
  readonly reading: Reading;
  readonly codec: ResourceCodec;
  readonly watches: WatchSlots;
  /** Whether a caller from outside may not act in this name: `meta`, and controllers of this process. */
  reservedOwner(name: string): boolean;
}

/** Who calls, and for how long. */
export interface StateCaller {
  readonly identity: Identity;
  readonly caller: Caller;
  /** Aborts when the caller left, its deadline passed, or the agent stops. */
  readonly signal: AbortSignal;
}

/** The calls but the watch. What the state refuses is thrown, and errors.ts gives it a code. */
export interface StateCalls {
  /** @returns Undefined where there is none, which {@linkcode missing} has the words for. */
  get(request: Pointer, from: StateCaller): Resource | undefined;
  list(request: ListRequest, from: StateCaller): readonly Resource[];
  create(request: CreateRequest, from: StateCaller): Promise<Resource>;
  update(request: UpdateRequest, from: StateCaller): Promise<Resource>;
  destroy(request: DestroyRequest, from: StateCaller): Promise<void>;
  teardown(request: TeardownRequest, from: StateCaller): Promise<boolean>;
  teardownAndDestroy(request: TeardownAndDestroyRequest, from: StateCaller): Promise<void>;
}

/** Makes the calls. */
export function stateCalls(parts: StateServiceParts): StateCalls {
  const { state, reading, codec } = parts;

  function decode(wire: WireResource | undefined): Resource {
    const resource = codec.decode(wire);
    // Nobody from outside hands a resource to a name that is reserved.
    refuseReserved(parts, resource.metadata.owner);
    return resource;
  }

  function how(options: { readonly owner: string } | undefined, from: StateCaller) {
    const owner = options?.owner ?? "";
    refuseReserved(parts, owner);
    const { identity, request } = from.caller;
    return { owner, cause: { actor: identity.actor, request }, signal: from.signal };
  }

  return {
    get: (request, { identity }) => reading.stateFor(identity).getNow(request),
    list({ namespace, type, options }, { identity }) {
      const query = wireQuery(options?.labelQuery, options?.idQuery);
      return reading.stateFor(identity).listNow({ namespace, type }, query);
    },
    async create({ resource, options }, from) {
      return await state.create(decode(resource), how(options, from));
    },
    async update({ newResource, options }, from) {
      if (options === undefined) throw invalid("options are missing");
      const expected = { expectedPhase: expectedPhase(options) };
      const resource = decode(newResource);
      return await state.update(resource, { ...how(options, from), ...expected });
    },
    async destroy(request, from) {
      await state.destroy(pointerOf(request), how(request.options, from));
    },
    async teardown(request, from) {
      return await state.teardown(pointerOf(request), how(request.options, from));
    },
    async teardownAndDestroy(request, from) {
      await state.teardownAndDestroy(pointerOf(request), how(request.options, from));
    },
  };
}

/** The refusal of a Get. */
export function missing(request: Pointer): Failure {
  return { refusal: "not-found", pointer: pointerOf(request) };
}

/** @throws {StateError} `access-denied`: the name is `meta`, or a controller's of this process. */
function refuseReserved(parts: StateServiceParts, owner: string): void {
  if (owner === "" || !parts.reservedOwner(owner)) return;
  const detail = `owner "${owner}" is reserved to this process`;
  throw new StateError({ refusal: "access-denied", detail });
}

/** Absent means any: the default `running` lives in clients. */
function expectedPhase(options: WireUpdateOptions): NonNullable<UpdateOptions["expectedPhase"]> {
  return options.expectedPhase === undefined ? "any" : parsePhase(options.expectedPhase);
}

function pointerOf({ namespace, type, id }: Pointer): Pointer {
  return { namespace, type, id };
}

function invalid(detail: string): ConnectError {
  return new ConnectError(detail, Code.InvalidArgument);
}

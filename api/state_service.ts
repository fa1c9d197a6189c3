/** Serves a state as cosi.resource.State: decode, one call, encode. What the state refuses, errors.ts gives a code. */
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type { Resource as WireResource } from "../proto/gen/cosi/resource/resource_pb.ts";
import type {
  State as StateDescriptor,
  UpdateOptions as WireUpdateOptions,
} from "../proto/gen/cosi/resource/state_pb.ts";
import { StateError } from "../runtime/core/errors.ts";
import { parsePhase } from "../runtime/core/metadata.ts";
import type { Pointer, Resource } from "../runtime/core/resource.ts";
import type { LocalState, UpdateOptions } from "../runtime/core/state.ts";
import { CALLER } from "./caller.ts";
import type { ResourceCodec } from "./codec.ts";
import type { WatchSlots } from "./watch_slots.ts";
import { wireQuery } from "./wire_query.ts";
import { watchMessages } from "./state_watch.ts";

/** What the service stands on. */
export interface StateServiceParts {
  readonly state: LocalState;
  readonly codec: ResourceCodec;
  readonly watches: WatchSlots;
  /** Whether a caller from outside may not act in this name: `meta`, and controllers of this process. */
  reservedOwner(name: string): boolean;
}

type Methods = ServiceImpl<typeof StateDescriptor>;

/** Makes the eight methods. */
export function stateService(parts: StateServiceParts): Methods {
  return { ...reading(parts), ...writing(parts) };
}

function reading(parts: StateServiceParts): Pick<Methods, "get" | "list" | "watch"> {
  const { state, codec } = parts;
  return {
    async get(request) {
      await codec.prepare();
      const found = state.getNow(pointerOf(request));
      if (found !== undefined) return { resource: codec.encode(found) };
      throw new StateError({ refusal: "not-found", pointer: pointerOf(request) });
    },

    async *list({ namespace, type, options }, { signal }) {
      const query = wireQuery(options?.labelQuery, options?.idQuery);
      await codec.prepare();
      for (const resource of state.listNow({ namespace, type }, query)) {
        if (signal.aborted) return;
        yield { resource: codec.encode(resource) };
      }
    },

    watch: (request, context) => watchMessages(parts, request, context),
  };
}

function writing(parts: StateServiceParts): Omit<Methods, "get" | "list" | "watch"> {
  const { state, codec } = parts;

  async function answer(resource: Resource) {
    await codec.prepare();
    return { resource: codec.encode(resource) };
  }

  function decode(wire: WireResource | undefined): Resource {
    const resource = codec.decode(wire);
    // Nobody from outside hands a resource to a name that is reserved.
    refuseReserved(parts, resource.metadata.owner);
    return resource;
  }

  function how(options: { readonly owner: string } | undefined, context: HandlerContext) {
    const owner = options?.owner ?? "";
    refuseReserved(parts, owner);
    const { actor, request } = context.values.get(CALLER);
    return { owner, cause: { actor, request }, signal: context.signal };
  }

  return {
    async create({ resource, options }, context) {
      return answer(await state.create(decode(resource), how(options, context)));
    },

    async update({ newResource, options }, context) {
      if (options === undefined) throw invalid("options are missing");
      const expected = { expectedPhase: expectedPhase(options) };
      const resource = decode(newResource);
      return answer(await state.update(resource, { ...how(options, context), ...expected }));
    },

    async destroy(request, context) {
      await state.destroy(pointerOf(request), how(request.options, context));
      return {};
    },

    async teardown(request, context) {
      const destroyReady = await state.teardown(
        pointerOf(request),
        how(request.options, context),
      );
      return { destroyReady };
    },

    async teardownAndDestroy(request, context) {
      await state.teardownAndDestroy(pointerOf(request), how(request.options, context));
      return {};
    },
  };
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

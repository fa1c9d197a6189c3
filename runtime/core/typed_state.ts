/** A state seen through its resource types: what is read has a typed spec, what is written must fit. */
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { NewResourceOptions, ResourceDefinition } from "./definition.ts";
import type { Kind, Pointer, Resource } from "./resource.ts";
import type {
  CallOptions,
  CreateOptions,
  DestroyOptions,
  KindWatchOptions,
  LocalState,
  Query,
  State,
  UpdateOptions,
  WatchConditions,
  WatchEvent,
  WatchOptions,
} from "./state.ts";
import { StateError } from "./errors.ts";
import { isLocalState } from "./local_state.ts";
import { isTombstone } from "./metadata.ts";
import { OpaqueSpec } from "./opaque.ts";
import type { TypedEvent } from "./typed_event.ts";

/** Where to look; the type's own namespace unless given. */
export interface Place {
  readonly namespace?: string;
}

/** Gives the wanted resource for the current one (the same object: no write). May be called several times. */
export type TypedChange<Spec> = (
  current: Resource<Spec>,
) => Resource<Spec> | Promise<Resource<Spec>>;

/**
 * {@linkcode State} by definition instead of by type name.
 *
 * Every call refuses with `invalid-resource` what carries the type's name and another spec, such as bytes that no
 * codec of this process read; the other refusals are those of the state.
 */
export interface TypedState {
  get<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    id: string,
    options?: CallOptions & Place,
  ): Promise<Resource<MessageShape<D>>>;
  list<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    query?: Query,
    options?: CallOptions & Place,
  ): Promise<readonly Resource<MessageShape<D>>[]>;
  /** `init` is copied. */
  create<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    content: { readonly id: string; readonly spec: MessageInitShape<D> } & NewResourceOptions,
    options?: CreateOptions,
  ): Promise<Resource<MessageShape<D>>>;
  update<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    resource: Resource<MessageShape<D>>,
    options?: UpdateOptions,
  ): Promise<Resource<MessageShape<D>>>;
  updateWithConflicts<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    id: string,
    change: TypedChange<MessageShape<D>>,
    options?: UpdateOptions & Place,
  ): Promise<Resource<MessageShape<D>>>;
  /** Where there is none, `change` is given a resource of defaults, and what it returns is created. */
  modify<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    id: string,
    change: TypedChange<MessageShape<D>>,
    options?: UpdateOptions & Place,
  ): Promise<Resource<MessageShape<D>>>;
  /** As {@linkcode TypedState.modify}, under the other name it has in COSI. */
  modifyWithResult<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    id: string,
    change: TypedChange<MessageShape<D>>,
    options?: UpdateOptions & Place,
  ): Promise<Resource<MessageShape<D>>>;
  addFinalizer(
    definition: ResourceDefinition,
    id: string,
    finalizers: readonly string[],
    options?: CreateOptions & Place,
  ): Promise<void>;
  removeFinalizer(
    definition: ResourceDefinition,
    id: string,
    finalizers: readonly string[],
    options?: CreateOptions & Place,
  ): Promise<void>;
  destroy(definition: ResourceDefinition, id: string, options?: Ending): Promise<void>;
  teardown(definition: ResourceDefinition, id: string, options?: Ending): Promise<boolean>;
  teardownAndDestroy(definition: ResourceDefinition, id: string, options?: Ending): Promise<void>;
  /** A resource with another spec is one `errored` event, and then the end. */
  watch<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    id: string,
    options?: WatchOptions & Place,
  ): Promise<AsyncIterable<TypedEvent<MessageShape<D>>>>;
  watchKind<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    options?: KindWatchOptions & Place,
  ): Promise<AsyncIterable<TypedEvent<MessageShape<D>>>>;
  watchKindAggregated<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    options?: KindWatchOptions & Place,
  ): Promise<AsyncIterable<readonly TypedEvent<MessageShape<D>>[]>>;
  /** As `watchFor()`; undefined when the wanted event was that there is none. */
  watchFor<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    id: string,
    conditions: Omit<WatchConditions, "predicate"> & CallOptions & Place & {
      /** Not asked about a missing resource. */
      readonly predicate?: (resource: Resource<MessageShape<D>>) => boolean | Promise<boolean>;
    },
  ): Promise<Resource<MessageShape<D>> | undefined>;
  /** As {@linkcode State.contextWithTeardown}. */
  contextWithTeardown(
    definition: ResourceDefinition,
    id: string,
    options?: CallOptions & Place,
  ): Promise<AbortSignal>;
}

/** {@linkcode LocalState} by definition: reads answer at once. */
export interface TypedLocalState extends TypedState {
  getNow<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    id: string,
    place?: Place,
  ): Resource<MessageShape<D>> | undefined;
  listNow<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    query?: Query,
    place?: Place,
  ): readonly Resource<MessageShape<D>>[];
}

type Ending = DestroyOptions & Place;

/** The same state by definition. Keeps nothing of its own: one may be made for every use. */
export function typedState(state: LocalState): TypedLocalState;
export function typedState(state: State): TypedState;
export function typedState(state: State | LocalState): TypedState | TypedLocalState {
  const typed: TypedState = {
    ...typedContent(state),
    ...typedWatches(state),
    destroy: (definition, id, options = {}) =>
      state.destroy(named(definition, id, options), options),
    teardown: (definition, id, options = {}) =>
      state.teardown(named(definition, id, options), options),
    teardownAndDestroy: (definition, id, options = {}) =>
      state.teardownAndDestroy(named(definition, id, options), options),
    addFinalizer: (definition, id, finalizers, options = {}) =>
      state.addFinalizer(named(definition, id, options), finalizers, options),
    removeFinalizer: (definition, id, finalizers, options = {}) =>
      state.removeFinalizer(named(definition, id, options), finalizers, options),
    contextWithTeardown: (definition, id, options = {}) =>
      state.contextWithTeardown(named(definition, id, options), options),
  };
  if (!isLocalState(state)) return typed;
  return {
    ...typed,
    getNow(definition, id, place = {}) {
      const found = state.getNow(named(definition, id, place));
      return found === undefined ? undefined : ofType(definition, found);
    },
    listNow: (definition, query = {}, place = {}) =>
      state.listNow(kindOf(definition, place), query).map((found) => ofType(definition, found)),
  };
}

type Content = Pick<
  TypedState,
  "get" | "list" | "create" | "update" | "updateWithConflicts" | "modify" | "modifyWithResult"
>;

function typedContent(state: State): Content {
  async function modify<D extends DescMessage>(
    definition: ResourceDefinition<D>,
    id: string,
    change: TypedChange<MessageShape<D>>,
    options: UpdateOptions & Place = {},
  ): Promise<Resource<MessageShape<D>>> {
    const wanted = async (current: Resource) =>
      ofType(definition, await change(ofType(definition, current)));
    // Nothing said is an init of every message.
    const nothing = {} as MessageInitShape<D>;
    const { namespace } = kindOf(definition, options);
    const empty = definition.newResource(id, nothing, { namespace });
    return ofType(definition, await state.modify(empty, wanted, options));
  }
  return {
    async get(definition, id, options = {}) {
      return ofType(definition, await state.get(named(definition, id, options), options));
    },
    async list(definition, query = {}, options = {}) {
      const found = await state.list(kindOf(definition, options), { ...options, query });
      return found.map((resource) => ofType(definition, resource));
    },
    async create(definition, { id, spec, ...metadata }, options = {}) {
      const resource = definition.newResource(id, spec, metadata);
      return ofType(definition, await state.create(resource, options));
    },
    async update(definition, resource, options = {}) {
      const wanted = ofType(definition, resource);
      return ofType(definition, await state.update(wanted, options));
    },
    async updateWithConflicts(definition, id, change, options = {}) {
      const wanted = async (current: Resource) =>
        ofType(definition, await change(ofType(definition, current)));
      const pointer = named(definition, id, options);
      return ofType(definition, await state.updateWithConflicts(pointer, wanted, options));
    },
    modify,
    modifyWithResult: modify,
  };
}

type Watches = Pick<TypedState, "watch" | "watchKind" | "watchKindAggregated" | "watchFor">;

function typedWatches(state: State): Watches {
  return {
    async watch(definition, id, options = {}) {
      return typedEvents(definition, await state.watch(named(definition, id, options), options));
    },
    async watchKind(definition, options = {}) {
      return typedEvents(definition, await state.watchKind(kindOf(definition, options), options));
    },
    async watchKindAggregated(definition, options = {}) {
      const kind = kindOf(definition, options);
      return typedBatches(definition, await state.watchKindAggregated(kind, options));
    },
    async watchFor(definition, id, { predicate, namespace, ...conditions }) {
      const pointer = named(definition, id, { namespace });
      const found = await state.watchFor(pointer, {
        ...conditions,
        ...(predicate === undefined ? {} : {
          predicate: (resource: Resource) =>
            !isTombstone(resource) && predicate(ofType(definition, resource)),
        }),
      });
      return isTombstone(found) ? undefined : ofType(definition, found);
    },
  };
}

async function* typedEvents<D extends DescMessage>(
  definition: ResourceDefinition<D>,
  events: AsyncIterable<WatchEvent>,
): AsyncGenerator<TypedEvent<MessageShape<D>>> {
  for await (const event of events) {
    const typed = typedEvent(definition, event);
    yield typed;
    if (typed.event === "errored") return;
  }
}

async function* typedBatches<D extends DescMessage>(
  definition: ResourceDefinition<D>,
  batches: AsyncIterable<readonly WatchEvent[]>,
): AsyncGenerator<readonly TypedEvent<MessageShape<D>>[]> {
  for await (const batch of batches) {
    const typed = batch.map((event) => typedEvent(definition, event));
    const end = typed.findIndex(({ event }) => event === "errored");
    yield end < 0 ? typed : typed.slice(0, end + 1);
    if (end >= 0) return;
  }
}

function typedEvent<D extends DescMessage>(
  definition: ResourceDefinition<D>,
  event: WatchEvent,
): TypedEvent<MessageShape<D>> {
  if (event.event === "errored" || event.event === "bootstrapped" || event.event === "noop") {
    return event;
  }
  try {
    if (isTombstone(event.resource)) {
      return { ...placeOf(event), event: "destroyed", resource: undefined };
    }
    const resource = ofType(definition, event.resource);
    if (event.event !== "updated") return { ...placeOf(event), event: event.event, resource };
    return { ...placeOf(event), event: "updated", resource, old: ofType(definition, event.old) };
  } catch (error) {
    if (error instanceof StateError) return { event: "errored", error };
    throw error;
  }
}

/** Asked by name: an event may answer them without having them. */
function placeOf({ bookmark, revision }: WatchEvent): Pick<WatchEvent, "bookmark" | "revision"> {
  return {
    ...(bookmark === undefined ? {} : { bookmark }),
    ...(revision === undefined ? {} : { revision }),
  };
}

function kindOf(
  definition: ResourceDefinition,
  { namespace }: { readonly namespace?: string | undefined },
): Kind {
  return { namespace: namespace ?? definition.namespace, type: definition.type };
}

function named(
  definition: ResourceDefinition,
  id: string,
  place: { readonly namespace?: string | undefined },
): Pointer {
  return { ...kindOf(definition, place), id };
}

/** @throws {StateError} `invalid-resource`. */
function ofType<D extends DescMessage>(
  definition: ResourceDefinition<D>,
  resource: Resource,
): Resource<MessageShape<D>> {
  if (definition.is(resource)) return resource;
  const { metadata, spec } = resource;
  const wanted = `${definition.type} with a ${definition.descriptor.typeName}`;
  const held = spec instanceof OpaqueSpec ? "bytes that were never read as one" : "another spec";
  const detail = `it must be ${wanted}, and is ${metadata.type} with ${held}`;
  throw new StateError({ refusal: "invalid-resource", pointer: metadata, detail });
}

/** The helpers of a {@linkcode State}, built on the eight operations of a {@linkcode CoreState} alone. */
import type {
  Change,
  CoreState,
  CreateOptions,
  DestroyOptions,
  State,
  UpdateOptions,
} from "./state.ts";
import type { Pointer, Resource } from "./resource.ts";
import { isNotFound, isVersionConflict, reference, StateError } from "./errors.ts";
import { newMetadata, parsePhase, withMetadata } from "./metadata.ts";
import { takenKind, takenOptions, takenPointer, takenResource } from "./taken.ts";
import { resourceEquals } from "./resource_equality.ts";

/** Completes a back-end; its own fast paths for tearing down are used where it has them. */
export function withHelpers(backEnd: CoreState): State {
  const core = taking(backEnd);
  const update = (pointer: Pointer, change: Change, options: UpdateOptions = {}) =>
    updateWithConflicts(core, { pointer, change, options });
  return {
    ...core,
    updateWithConflicts: update,
    async modify(empty, change, options = {}) {
      let found: boolean;
      try {
        await core.get(empty.metadata, options);
        found = true;
      } catch (error) {
        if (!isNotFound(error)) throw error;
        found = false;
      }
      if (found) return update(empty.metadata, change, options);
      return core.create(await change(empty), options);
    },
    teardown: (pointer, options = {}) => teardown(core, { pointer, options }),
    teardownAndDestroy: (pointer, options = {}) => teardownAndDestroy(core, { pointer, options }),
    addFinalizer: (pointer, finalizers, options = {}) =>
      changeFinalizers(core, {
        pointer,
        options,
        change: (present) => [...present, ...finalizers],
      }),
    removeFinalizer: (pointer, finalizers, options = {}) =>
      changeFinalizers(core, {
        pointer,
        options,
        change: (present) => present.filter((name) => !finalizers.includes(name)),
      }),
  };
}

/** Reads once what callers hand in; what cannot be taken is a rejection like every other refusal. */
function taking(core: CoreState): CoreState {
  const { teardown, teardownAndDestroy } = core;
  return {
    get: (pointer, options) => core.get(pointer, options),
    list: (kind, options) => core.list(kind, options),
    create: (resource, options = {}) =>
      attempt(() => core.create(takenResource(resource), takenOptions(options))),
    update: (resource, options = {}) =>
      attempt(() => core.update(takenResource(resource), takenOptions(options))),
    destroy: (pointer, options = {}) =>
      attempt(() => core.destroy(takenPointer(pointer), takenOptions(options))),
    watch: (pointer, options) => core.watch(takenPointer(pointer), options),
    watchKind: (kind, options) => core.watchKind(takenKind(kind), options),
    watchKindAggregated: (kind, options) => core.watchKindAggregated(takenKind(kind), options),
    ...(teardown === undefined ? {} : { teardown: teardown.bind(core) }),
    ...(teardownAndDestroy === undefined
      ? {}
      : { teardownAndDestroy: teardownAndDestroy.bind(core) }),
  };
}

function attempt<T>(act: () => Promise<T>): Promise<T> {
  try {
    return act();
  } catch (error) {
    return Promise.reject(error);
  }
}

async function updateWithConflicts(
  core: CoreState,
  { pointer, change, options }: {
    readonly pointer: Pointer;
    readonly change: Change;
    readonly options: UpdateOptions;
  },
): Promise<Resource> {
  const expected = options.expectedPhase ?? "running";
  if (expected !== "any") parsePhase(expected);
  for (;;) {
    options.signal?.throwIfAborted();
    const current = await core.get(pointer, options);
    if (expected !== "any" && current.metadata.phase !== expected) {
      throw new StateError({ refusal: "phase-conflict", pointer: current.metadata, expected });
    }
    const wanted = successor(current, await change(current));
    if (resourceEquals(wanted, current)) return current;
    try {
      return await core.update(wanted, options);
    } catch (error) {
      // Somebody else wrote first: look again. Owner and phase conflicts do not go away by looking.
      if (!isVersionConflict(error)) throw error;
    }
  }
}

/** Another version would conflict for ever, since nobody else writes it. */
function successor(current: Resource, wanted: Resource): Resource {
  const { namespace, type, id, version } = current.metadata;
  const { metadata } = wanted;
  if (metadata.namespace !== namespace || metadata.type !== type || metadata.id !== id) {
    const detail = `a change must keep the name, and made it ${reference(metadata)}`;
    throw new StateError({ refusal: "invalid-resource", pointer: current.metadata, detail });
  }
  return metadata.version === version ? wanted : withMetadata(wanted, { version });
}

interface Ending {
  readonly pointer: Pointer;
  readonly options: DestroyOptions;
}

async function teardown(core: CoreState, { pointer, options }: Ending): Promise<boolean> {
  if (core.teardown !== undefined) return core.teardown(pointer, options);
  const torn = await updateWithConflicts(core, {
    pointer,
    // Already tearing down: nothing to write, and nobody asks for the owner.
    change: (resource) =>
      resource.metadata.phase === "tearingDown"
        ? resource
        : withMetadata(resource, { phase: "tearingDown" }),
    options: { ...options, expectedPhase: "any" },
  });
  return torn.metadata.finalizers.length === 0;
}

async function teardownAndDestroy(core: CoreState, ending: Ending): Promise<void> {
  const { pointer, options } = ending;
  if (core.teardownAndDestroy !== undefined) return core.teardownAndDestroy(pointer, options);
  if (await teardown(core, ending)) return core.destroy(pointer, options);
  for await (const event of await core.watch(pointer, callOptions(options))) {
    if (event.event === "errored") throw event.error;
    if (event.event === "destroyed") return;
    const free = (event.event === "created" || event.event === "updated") &&
      event.resource.metadata.finalizers.length === 0;
    if (free) return core.destroy(pointer, options);
  }
  options.signal?.throwIfAborted();
  const detail = "the watch ended before the last finalizer was gone";
  throw new StateError({ refusal: "closed", detail });
}

async function changeFinalizers(
  core: CoreState,
  { pointer, options, change }: {
    readonly pointer: Pointer;
    readonly options: CreateOptions;
    readonly change: (present: readonly string[]) => readonly string[];
  },
): Promise<void> {
  const { owner } = (await core.get(pointer, options)).metadata;
  await updateWithConflicts(core, {
    pointer,
    change: (resource) => {
      const { metadata } = resource;
      return Object.freeze({
        ...resource,
        metadata: newMetadata({ ...metadata, finalizers: change(metadata.finalizers) }),
      });
    },
    options: { ...options, owner, expectedPhase: "any" },
  });
}

function callOptions({ signal }: DestroyOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

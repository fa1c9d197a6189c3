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
import {
  checkedFinalizers,
  wrongKind,
  wrongPointer,
  wrongQuery,
  wrongResource,
} from "./call_check.ts";
import { newMetadata, parsePhase, withMetadata } from "./metadata.ts";
import { takenKind, takenPointer, takenResource } from "./taken.ts";
import { resourceEquals } from "./resource_equality.ts";
import { contextWithTeardown, watchFor } from "./watch_for.ts";
import { takenWriteOptions } from "./write_options.ts";

/** Completes a back-end; its own fast paths for tearing down are used where it has them. */
export function withHelpers(backEnd: CoreState): State {
  const core = taking(backEnd);
  const update = (pointer: Pointer, change: Change, options: UpdateOptions = {}) =>
    updateWithConflicts(core, { pointer, change, options });
  const modify: State["modify"] = async (empty, change, options = {}) => {
    const wrong = wrongResource(empty);
    if (wrong !== undefined) throw wrong;
    if (await isThere(core, empty.metadata, options)) {
      return await update(empty.metadata, change, options);
    }
    const made = await change(empty);
    requireSameName(empty.metadata, made);
    return await core.create(made, options);
  };
  return {
    ...core,
    updateWithConflicts: update,
    modify,
    modifyWithResult: modify,
    teardown: (pointer, options = {}) => teardown(core, { pointer, options }),
    teardownAndDestroy: (pointer, options = {}) => teardownAndDestroy(core, { pointer, options }),
    async addFinalizer(pointer, finalizers, options = {}) {
      const names = checkedFinalizers(finalizers);
      const change = (present: readonly string[]) => [...present, ...names];
      await changeFinalizers(core, { pointer, options, change });
    },
    async removeFinalizer(pointer, finalizers, options = {}) {
      const names = checkedFinalizers(finalizers);
      const change = (present: readonly string[]) =>
        present.filter((name) => !names.includes(name));
      await changeFinalizers(core, { pointer, options, change });
    },
    watchFor: (pointer, conditions) => watchFor(core, pointer, conditions),
    contextWithTeardown: (pointer, options) => contextWithTeardown(core, pointer, options),
  };
}

async function isThere(
  core: CoreState,
  pointer: Pointer,
  options: UpdateOptions,
): Promise<boolean> {
  try {
    await core.get(pointer, options);
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}

/** Reads once what callers hand in; what cannot be taken is a rejection like every other refusal. */
function taking(core: CoreState): CoreState {
  const { teardown, teardownAndDestroy } = core;
  return {
    get(pointer, options) {
      const wrong = wrongPointer(pointer);
      if (wrong !== undefined) return Promise.reject(wrong);
      // Not the version of who holds metadata: what is missing has none.
      return core.get(takenPointer(pointer), options);
    },
    list: (kind, options = {}) =>
      unless(wrongKind(kind) ?? wrongQuery(options), () => core.list(kind, options)),
    create: (resource, options = {}) =>
      unless(
        wrongResource(resource),
        () => core.create(takenResource(resource), takenWriteOptions(options)),
      ),
    update: (resource, options = {}) =>
      unless(
        wrongResource(resource),
        () => core.update(takenResource(resource), takenWriteOptions(options)),
      ),
    destroy: (pointer, options = {}) =>
      unless(
        wrongPointer(pointer),
        () => core.destroy(takenPointer(pointer), takenWriteOptions(options)),
      ),
    watch: (pointer, options) =>
      unless(wrongPointer(pointer), () => core.watch(takenPointer(pointer), options)),
    watchKind: (kind, options = {}) =>
      unless(
        wrongKind(kind) ?? wrongQuery(options),
        () => core.watchKind(takenKind(kind), options),
      ),
    watchKindAggregated: (kind, options = {}) =>
      unless(
        wrongKind(kind) ?? wrongQuery(options),
        () => core.watchKindAggregated(takenKind(kind), options),
      ),
    ...(teardown === undefined ? {} : { teardown: teardown.bind(core) }),
    ...(teardownAndDestroy === undefined
      ? {}
      : { teardownAndDestroy: teardownAndDestroy.bind(core) }),
  };
}

/** Acts at once, where nothing is wrong. */
function unless<T>(wrong: StateError | undefined, act: () => Promise<T>): Promise<T> {
  if (wrong !== undefined) return Promise.reject(wrong);
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
  const { version } = current.metadata;
  requireSameName(current.metadata, wanted);
  return wanted.metadata.version === version ? wanted : withMetadata(wanted, { version });
}

function requireSameName(pointer: Pointer, wanted: Resource): void {
  const wrong = wrongResource(wanted);
  if (wrong !== undefined) throw wrong;
  const { namespace, type, id } = pointer;
  const made = wanted.metadata;
  if (made.namespace === namespace && made.type === type && made.id === id) return;
  const detail = `a change must keep the name, and made it ${reference(made)}`;
  throw new StateError({ refusal: "invalid-resource", pointer, detail });
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

/** The helpers of a {@linkcode State}, built on the eight operations of a {@linkcode CoreState} alone. */
import type {
  Change,
  CoreState,
  CreateOptions,
  DestroyOptions,
  State,
  UpdateOptions,
} from "./state.ts";
import type { Phase, Pointer, Resource } from "./resource.ts";
import { isVersionConflict, reference, StateError } from "./errors.ts";
import {
  checkedFinalizers,
  wrongKind,
  wrongPointer,
  wrongQuery,
  wrongResource,
} from "./call_check.ts";
import { type Lookup, lookup } from "./lookup.ts";
import { parsePhase, withFinalizers, withMetadata } from "./metadata.ts";
import { takenKind, takenPointer, takenResource } from "./taken.ts";
import { resourceEquals } from "./resource_equality.ts";
import { contextWithTeardown, watchFor } from "./watch_for.ts";
import { takenWriteOptions } from "./write_options.ts";

/** Completes a back-end; its own fast paths for tearing down are used where it has them. */
export function withHelpers(backEnd: CoreState): State {
  const core = taking(backEnd);
  return completed({ core, reads: lookup(backEnd, core) });
}

/** As {@linkcode withHelpers}, of calls that all end in a {@linkcode State}, which takes what it is given by itself. */
export function withHelpersAgain(calls: CoreState): State {
  return completed({ core: calls, reads: lookup(calls, calls) });
}

function completed(helped: Helped): State {
  const { core } = helped;
  const modify: State["modify"] = (empty, change, options = {}) =>
    modifyResource(helped, { empty, change, options });
  return {
    ...core,
    updateWithConflicts: (pointer, change, options = {}) =>
      updateWithConflicts(helped, { pointer, change, options, gives: itself }),
    modify,
    modifyWithResult: modify,
    teardown: (pointer, options = {}) => teardown(helped, { pointer, options }),
    teardownAndDestroy: (pointer, options = {}) => teardownAndDestroy(helped, { pointer, options }),
    addFinalizer: (pointer, finalizers, options = {}) =>
      attempt(() => changeFinalizers(helped, { pointer, options, finalizers, change: withNames })),
    removeFinalizer: (pointer, finalizers, options = {}) =>
      attempt(() =>
        changeFinalizers(helped, { pointer, options, finalizers, change: withoutNames })
      ),
    watchFor: (pointer, conditions) => watchFor(core, pointer, conditions),
    contextWithTeardown: (pointer, options) => contextWithTeardown(core, pointer, options),
  };
}

/** A back-end with its checked calls, and reads that wait only where they must. */
interface Helped {
  readonly core: CoreState;
  readonly reads: Lookup;
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
  return wrong === undefined ? attempt(act) : Promise.reject(wrong);
}

/** Acts at once; what `act` throws is a rejection. */
function attempt<T>(act: () => Promise<T>): Promise<T> {
  try {
    return act();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** What is to become of a resource, wherever it is. */
interface Wish<T> {
  readonly pointer: Pointer;
  readonly change: Change;
  readonly options: UpdateOptions;
  /** What the caller is given of the resource as it is then. */
  readonly gives: (resource: Resource) => T;
  /** Writes as the owner, whoever that is, and in any phase. */
  readonly adopts?: true;
}

/** Waits for nothing but what has to be waited for: in most cases that is no more than the write. */
function updateWithConflicts<T>(helped: Helped, wish: Wish<T>): Promise<T> {
  return attempt(() => {
    const expected = expectedPhase(wish);
    if (expected !== "any") parsePhase(expected);
    wish.options.signal?.throwIfAborted();
    const current = helped.reads.get(wish.pointer, wish.options);
    return current instanceof Promise
      ? current.then((found) => changeAndWrite(helped, wish, found))
      : changeAndWrite(helped, wish, current);
  });
}

function expectedPhase({ options, adopts }: Wish<unknown>): Phase | "any" {
  return adopts ? "any" : options.expectedPhase ?? "running";
}

function changeAndWrite<T>(helped: Helped, wish: Wish<T>, current: Resource): Promise<T> {
  const expected = expectedPhase(wish);
  if (expected !== "any" && current.metadata.phase !== expected) {
    throw new StateError({ refusal: "phase-conflict", pointer: current.metadata, expected });
  }
  const changed = wish.change(current);
  return changed instanceof Promise
    ? changed.then((made) => write(helped, wish, { current, made }))
    : write(helped, wish, { current, made: changed });
}

function write<T>(
  helped: Helped,
  wish: Wish<T>,
  { current, made }: { readonly current: Resource; readonly made: Resource },
): Promise<T> {
  const { options, adopts, gives } = wish;
  const wanted = successor(current, made);
  if (resourceEquals(wanted, current)) return Promise.resolve(gives(current));
  const { owner } = current.metadata;
  const written = adopts ? { ...options, owner, expectedPhase: "any" as const } : options;
  return helped.core.update(wanted, written).then(gives, (error: unknown) => {
    // Somebody else wrote first: look again. Owner and phase conflicts do not go away by looking.
    if (isVersionConflict(error)) return updateWithConflicts(helped, wish);
    throw error;
  });
}

interface Modification {
  readonly empty: Resource;
  readonly change: Change;
  readonly options: UpdateOptions;
}

/** Changes what there is, or makes it of what is `empty`. */
function modifyResource(helped: Helped, modification: Modification): Promise<Resource> {
  return attempt(() => {
    const { empty, options } = modification;
    const wrong = wrongResource(empty);
    if (wrong !== undefined) throw wrong;
    const found = helped.reads.find(empty.metadata, options);
    return found instanceof Promise
      ? found.then((there) => updateOrCreate(helped, modification, there !== undefined))
      : updateOrCreate(helped, modification, found !== undefined);
  });
}

function updateOrCreate(
  helped: Helped,
  { empty, change, options }: Modification,
  isThere: boolean,
): Promise<Resource> {
  const { metadata } = empty;
  if (isThere) {
    return updateWithConflicts(helped, { pointer: metadata, change, options, gives: itself });
  }
  const create = (made: Resource): Promise<Resource> => {
    requireSameName(metadata, made);
    return helped.core.create(made, options);
  };
  const changed = change(empty);
  return changed instanceof Promise ? changed.then(create) : create(changed);
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

async function teardown(helped: Helped, { pointer, options }: Ending): Promise<boolean> {
  const { core } = helped;
  if (core.teardown !== undefined) return core.teardown(pointer, options);
  const torn = await updateWithConflicts(helped, {
    pointer,
    // Already tearing down: nothing changes, so that nothing is written and nobody asks for the owner.
    change: (resource) => withMetadata(resource, { phase: "tearingDown" }),
    options: { ...options, expectedPhase: "any" },
    gives: itself,
  });
  return torn.metadata.finalizers.length === 0;
}

async function teardownAndDestroy(helped: Helped, ending: Ending): Promise<void> {
  const { pointer, options } = ending;
  const { core } = helped;
  if (core.teardownAndDestroy !== undefined) return core.teardownAndDestroy(pointer, options);
  if (await teardown(helped, ending)) return core.destroy(pointer, options);
  for await (const event of await core.watch(pointer, options)) {
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

/** In the name of whoever owns the resource. */
function changeFinalizers(
  helped: Helped,
  { pointer, options, finalizers, change }: {
    readonly pointer: Pointer;
    readonly options: CreateOptions;
    readonly finalizers: readonly string[];
    /** Gives `present` where nothing changes. */
    readonly change: (present: readonly string[], names: readonly string[]) => readonly string[];
  },
): Promise<void> {
  const names = checkedFinalizers(finalizers);
  return updateWithConflicts(helped, {
    pointer,
    change: (resource) => {
      const present = resource.metadata.finalizers;
      const changed = change(present, names);
      return changed === present ? resource : withFinalizers(resource, changed);
    },
    options,
    gives: nothing,
    adopts: true,
  });
}

function withNames(present: readonly string[], names: readonly string[]): readonly string[] {
  return names.every((name) => present.includes(name)) ? present : [...present, ...names];
}

function withoutNames(present: readonly string[], names: readonly string[]): readonly string[] {
  return present.some((name) => names.includes(name))
    ? present.filter((name) => !names.includes(name))
    : present;
}

function itself(resource: Resource): Resource {
  return resource;
}

/** Who asked for no resource is given none. */
function nothing(): void {}

/** A state in memory whose resources outlive it, in a backing store. */
import type { Pointer, Resource } from "../core/resource.ts";
import type { CoreState, CreateOptions } from "../core/state.ts";
import type { BackingStore } from "../core/backing_store.ts";
import { StateError } from "../core/errors.ts";
import { freezeDeep } from "../core/freeze.ts";
import { newMetadata } from "../core/metadata.ts";
import { MemoryCore, type MemoryState, type MemoryStateOptions, stateOver } from "./memory.ts";
import { type Change, checkCreate, checkDestroy, checkUpdate } from "./write_check.ts";
import { WriteQueue } from "./write_queue.ts";

/** What {@linkcode backedState} needs. */
export interface BackedStateOptions extends MemoryStateOptions {
  /** Nobody else may write to it. */
  readonly store: BackingStore;
}

/**
 * A state in memory that begins with what `store` kept; each resource is its first event.
 *
 * Reads are those of memory. A write is checked in the turn in which it was made, and seen and acknowledged once the
 * store has kept it, in the order of the calls. A signal that aborts meanwhile ends the wait, not the write.
 *
 * @throws What the store threw, and {@linkcode StateError} `invalid-resource`: it kept what cannot be. Nothing is left
 * behind then, and it may be tried again.
 * @throws {RangeError} Impossible sizes of the history.
 */
export async function backedState(options: BackedStateOptions): Promise<MemoryState> {
  const { store, clock } = options;
  const memory = new MemoryCore(options);
  await store.load((resource) => memory.commit(loaded(memory, resource)));
  const queue = new WriteQueue({
    store,
    current: (pointer) => memory.getNow(pointer),
    commit: (change, cause) => memory.commit(change, cause),
  });
  const write = (pointer: Pointer, { options, check }: {
    readonly options: CreateOptions;
    readonly check: (current: Resource | undefined) => Change;
  }): Promise<Resource> => {
    const { signal, cause } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return unlessAborted(queue.write(pointer, { cause, check }), signal);
  };
  const core: CoreState = {
    get: (pointer, options) => memory.get(pointer, options),
    list: (kind, options) => memory.list(kind, options),
    watch: (pointer, options) => memory.watch(pointer, options),
    watchKind: (kind, options) => memory.watchKind(kind, options),
    watchKindAggregated: (kind, options) => memory.watchKindAggregated(kind, options),
    create: (resource, options = {}) =>
      write(resource.metadata, {
        options,
        check: (current) => checkCreate(current, { resource, options, clock }),
      }),
    update: (resource, options = {}) =>
      write(resource.metadata, {
        options,
        check: (current) => checkUpdate(current, { resource, options, clock }),
      }),
    async destroy(pointer, options = {}) {
      const check = (current: Resource | undefined) => checkDestroy(current, { pointer, options });
      await write(pointer, { options, check });
    },
  };
  return stateOver(core, memory);
}

/** @throws {StateError} `invalid-resource`: it has no version, or there is one of that name already. */
function loaded(memory: MemoryCore, { metadata, spec }: Resource): Change {
  const twice = memory.getNow(metadata) !== undefined;
  if (twice || metadata.version === undefined) {
    const detail = `the backing store kept it ${twice ? "twice" : "without a version"}`;
    throw new StateError({ refusal: "invalid-resource", pointer: metadata, detail });
  }
  const resource = Object.freeze({ metadata: newMetadata(metadata), spec: freezeDeep(spec) });
  return { event: "created", resource };
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    const settled = (): void => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort, { once: true });
    promise.finally(settled).then(resolve, reject);
  });
}

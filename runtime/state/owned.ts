/** A state as one owner sees it: reads are free, and what is written is written in the owner's name. */
import type { State } from "../core/state.ts";

/**
 * Writes of `state` that name no owner are `owner`'s; one that names another, or "" for nobody, is that one's.
 *
 * Finalizers are anybody's to add and remove, as everywhere. Like every update, one of a resource that carries another
 * owner hands it over.
 */
export function ownedState(state: State, owner: string): State {
  return {
    get: (pointer, options) => state.get(pointer, options),
    list: (kind, options) => state.list(kind, options),
    watch: (pointer, options) => state.watch(pointer, options),
    watchKind: (kind, options) => state.watchKind(kind, options),
    watchKindAggregated: (kind, options) => state.watchKindAggregated(kind, options),
    create: (resource, options) => state.create(resource, { owner, ...options }),
    update: (resource, options) => state.update(resource, { owner, ...options }),
    destroy: (pointer, options) => state.destroy(pointer, { owner, ...options }),
    updateWithConflicts: (pointer, change, options) =>
      state.updateWithConflicts(pointer, change, { owner, ...options }),
    modify: (empty, change, options) => state.modify(empty, change, { owner, ...options }),
    teardown: (pointer, options) => state.teardown(pointer, { owner, ...options }),
    teardownAndDestroy: (pointer, options) =>
      state.teardownAndDestroy(pointer, { owner, ...options }),
    addFinalizer: (pointer, names, options) => state.addFinalizer(pointer, names, options),
    removeFinalizer: (pointer, names, options) => state.removeFinalizer(pointer, names, options),
  };
}

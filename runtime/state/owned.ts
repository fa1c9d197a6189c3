/** A state as one owner sees it: reads are free, and what is written is written in the owner's name. */
import type { CreateOptions, LocalState, State } from "../core/state.ts";
import { isLocalState } from "../core/local_state.ts";

/**
 * Writes of `state` that name no owner are `owner`'s; one that names another, or "" for nobody, is that one's.
 *
 * Finalizers are anybody's to add and remove, as everywhere. Like every update, one of a resource that carries another
 * owner hands it over.
 */
export function ownedState(state: LocalState, owner: string): LocalState;
export function ownedState(state: State, owner: string): State;
export function ownedState(state: State, owner: string): State {
  const named = <Options extends CreateOptions>(options?: Options) => ({
    ...options,
    owner: options?.owner ?? owner,
  });
  const modify: State["modify"] = (empty, change, options) =>
    state.modify(empty, change, named(options));
  const view: State = {
    get: (pointer, options) => state.get(pointer, options),
    list: (kind, options) => state.list(kind, options),
    watch: (pointer, options) => state.watch(pointer, options),
    watchKind: (kind, options) => state.watchKind(kind, options),
    watchKindAggregated: (kind, options) => state.watchKindAggregated(kind, options),
    watchFor: (pointer, conditions) => state.watchFor(pointer, conditions),
    contextWithTeardown: (pointer, options) => state.contextWithTeardown(pointer, options),
    create: (resource, options) => state.create(resource, named(options)),
    update: (resource, options) => state.update(resource, named(options)),
    destroy: (pointer, options) => state.destroy(pointer, named(options)),
    updateWithConflicts: (pointer, change, options) =>
      state.updateWithConflicts(pointer, change, named(options)),
    modify,
    modifyWithResult: modify,
    teardown: (pointer, options) => state.teardown(pointer, named(options)),
    teardownAndDestroy: (pointer, options) => state.teardownAndDestroy(pointer, named(options)),
    addFinalizer: (pointer, names, options) => state.addFinalizer(pointer, names, options),
    removeFinalizer: (pointer, names, options) => state.removeFinalizer(pointer, names, options),
  };
  if (!isLocalState(state)) return view;
  const local: LocalState = {
    ...view,
    getNow: (pointer) => state.getNow(pointer),
    listNow: (kind, query) => state.listNow(kind, query),
  };
  return local;
}

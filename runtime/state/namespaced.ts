/** One state made of several: each namespace lives in a back-end of its own choice. */
import type { CoreState, State } from "../core/state.ts";
import type { Kind } from "../core/resource.ts";
import { withHelpers } from "../core/state_helpers.ts";

/** Which back-end holds what. */
export interface NamespacedOptions {
  /** Back-ends by namespace. */
  readonly namespaces: ReadonlyMap<string, CoreState>;
  /** Holds every other namespace. */
  readonly others: CoreState;
}

/** Passes every call on to the back-end of its namespace, fast paths included. */
export function namespacedState({ namespaces, others }: NamespacedOptions): State {
  const at = ({ namespace }: Kind): CoreState => namespaces.get(namespace) ?? others;
  const helped = (kind: Kind): State => withHelpers(at(kind));
  return withHelpers({
    get: (pointer, options) => at(pointer).get(pointer, options),
    list: (kind, options) => at(kind).list(kind, options),
    create: (resource, options) => at(resource.metadata).create(resource, options),
    update: (resource, options) => at(resource.metadata).update(resource, options),
    destroy: (pointer, options) => at(pointer).destroy(pointer, options),
    watch: (pointer, options) => at(pointer).watch(pointer, options),
    watchKind: (kind, options) => at(kind).watchKind(kind, options),
    watchKindAggregated: (kind, options) => at(kind).watchKindAggregated(kind, options),
    teardown: (pointer, options) => helped(pointer).teardown(pointer, options),
    teardownAndDestroy: (pointer, options) => helped(pointer).teardownAndDestroy(pointer, options),
  });
}

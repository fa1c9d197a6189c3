/** One state made of several: each namespace lives in a back-end of its own choice. */
import type { CoreState, LocalState, State } from "../core/state.ts";
import type { Kind } from "../core/resource.ts";
import { StateError } from "../core/errors.ts";
import { isLocalState } from "../core/local_state.ts";
import { withHelpers } from "../core/state_helpers.ts";

/** Back-ends made on demand: whoever may ask for any namespace must not take the memory of the machine. */
export const MADE_NAMESPACES_MAX = 1024;

/** Which back-end holds what. */
export interface NamespacedOptions<BackEnd extends CoreState = CoreState> {
  /** Back-ends by namespace. */
  readonly namespaces?: ReadonlyMap<string, BackEnd>;
  /**
   * Holds every other namespace; or makes the back-end of one, asked once for each when it is first touched, by a read
   * too, {@linkcode MADE_NAMESPACES_MAX} at most.
   */
  readonly others: BackEnd | ((namespace: string) => BackEnd);
}

/**
 * Passes every call on to the back-end of its namespace, fast paths included. Answers at once where all back-ends do.
 *
 * Calls refuse with `overrun` when too many back-ends would have to be made.
 */
export function namespacedState(options: NamespacedOptions<LocalState>): LocalState;
export function namespacedState(options: NamespacedOptions): State;
export function namespacedState(options: NamespacedOptions): State {
  const at = routes(options);
  const helped = (kind: Kind): State => withHelpers(at(kind));
  const state = withHelpers({
    async get(pointer, options) {
      return await at(pointer).get(pointer, options);
    },
    async list(kind, options) {
      return await at(kind).list(kind, options);
    },
    create: (resource, options) => at(resource.metadata).create(resource, options),
    update: (resource, options) => at(resource.metadata).update(resource, options),
    destroy: (pointer, options) => at(pointer).destroy(pointer, options),
    watch: (pointer, options) => at(pointer).watch(pointer, options),
    watchKind: (kind, options) => at(kind).watchKind(kind, options),
    watchKindAggregated: (kind, options) => at(kind).watchKindAggregated(kind, options),
    async teardown(pointer, options) {
      return await helped(pointer).teardown(pointer, options);
    },
    async teardownAndDestroy(pointer, options) {
      await helped(pointer).teardownAndDestroy(pointer, options);
    },
  });
  if (!mayBeLocal(options)) return state;
  const local: LocalState = {
    ...state,
    getNow: (pointer) => localState(at(pointer), "getNow").getNow(pointer),
    listNow: (kind, query) => localState(at(kind), "listNow").listNow(kind, query),
  };
  return local;
}

/** Finds, or makes, the back-end of a namespace. */
function routes({ namespaces, others }: NamespacedOptions): (kind: Kind) => CoreState {
  // As the map is now: what its maker does to it later would move resources away under their readers.
  const known = new Map(namespaces);
  let made = 0;
  return ({ namespace }) => {
    const backEnd = known.get(namespace);
    if (backEnd !== undefined) return backEnd;
    if (typeof others !== "function") return others;
    if (made >= MADE_NAMESPACES_MAX) {
      const detail = `Cannot make namespace "${namespace.slice(0, 64)}": there are ` +
        `${made} made on demand, and no more may be`;
      throw new StateError({ refusal: "overrun", detail });
    }
    const newBackEnd = others(namespace);
    made++;
    known.set(namespace, newBackEnd);
    return newBackEnd;
  };
}

/** What is made on demand shows only then whether it answers at once. */
function mayBeLocal({ namespaces, others }: NamespacedOptions): boolean {
  const all = [...namespaces?.values() ?? []];
  if (typeof others !== "function") all.push(others);
  return all.every(isLocalState);
}

/** @throws {StateError} `unsupported`. */
function localState(backEnd: CoreState, operation: string): LocalState {
  if (isLocalState(backEnd)) return backEnd;
  throw new StateError({ refusal: "unsupported", operation });
}

/** A state that tells of each write, before anybody else sees it. */
import type { Pointer, Resource } from "../core/resource.ts";
import type { CoreState, CreateOptions, LocalState } from "../core/state.ts";

/** What a write did. */
export interface ObservedWrite {
  readonly pointer: Pointer;
  /** Undefined: it was created. */
  readonly before: Resource | undefined;
  /** Undefined: it was destroyed. */
  readonly after: Resource | undefined;
  /** A controller's name; undefined: somebody outside. */
  readonly actor: string | undefined;
}

/**
 * `state`, whose writes must be made in the turn in which they are asked for, and `onWrite` is told in the same turn.
 * Refused writes are not told. Must not throw.
 */
export function observedWrites(
  state: LocalState,
  onWrite: (write: ObservedWrite) => void,
): CoreState {
  const observed = <T>(
    { namespace, type, id }: Pointer,
    options: CreateOptions | undefined,
    act: () => Promise<T>,
  ): Promise<T> => {
    const pointer = { namespace, type, id };
    const before = state.getNow(pointer);
    const answer = act();
    const after = state.getNow(pointer);
    if (before !== after) onWrite({ pointer, before, after, actor: options?.cause?.actor });
    return answer;
  };
  return {
    get: (pointer, options) => state.get(pointer, options),
    list: (kind, options) => state.list(kind, options),
    watch: (pointer, options) => state.watch(pointer, options),
    watchKind: (kind, options) => state.watchKind(kind, options),
    watchKindAggregated: (kind, options) => state.watchKindAggregated(kind, options),
    create: (resource, options) =>
      observed(resource.metadata, options, () => state.create(resource, options)),
    update: (resource, options) =>
      observed(resource.metadata, options, () => state.update(resource, options)),
    destroy: (pointer, options) =>
      observed(pointer, options, () => state.destroy(pointer, options)),
  };
}

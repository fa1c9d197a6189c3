/** A state as far away as any: every call takes its time, and so does every answer. */
import type { Kind } from "../core/resource.ts";
import type { CoreState } from "../core/state.ts";
import type { Interleaver } from "./interleaver.ts";

/**
 * `core`, but each call waits for its turn before it is made and again before its answer arrives, and so does each step
 * of a watch: what others do meanwhile may come in between. Ending a watch does not wait.
 */
export function interleavedState(core: CoreState, interleaver: Interleaver): CoreState {
  const between = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
    await interleaver.park(what);
    try {
      return await act();
    } finally {
      await interleaver.park(`${what}: answer`);
    }
  };
  const watched = async <T>(
    what: string,
    open: () => Promise<AsyncIterable<T>>,
  ): Promise<AsyncIterable<T>> => steps(await between(what, open), { what, interleaver });
  return {
    get: (pointer, options) => between(`get ${named(pointer)}`, () => core.get(pointer, options)),
    list: (kind, options) => between(`list ${named(kind)}`, () => core.list(kind, options)),
    create: (resource, options) =>
      between(`create ${named(resource.metadata)}`, () => core.create(resource, options)),
    update: (resource, options) =>
      between(`update ${named(resource.metadata)}`, () => core.update(resource, options)),
    destroy: (pointer, options) =>
      between(`destroy ${named(pointer)}`, () => core.destroy(pointer, options)),
    watch: (pointer, options) =>
      watched(`watch ${named(pointer)}`, () => core.watch(pointer, options)),
    watchKind: (kind, options) =>
      watched(`watch ${named(kind)}`, () => core.watchKind(kind, options)),
    watchKindAggregated: (kind, options) =>
      watched(`watch ${named(kind)}`, () => core.watchKindAggregated(kind, options)),
  };
}

/** Waits before each step, so that events gather, and behind it, so that they arrive late. */
function steps<T>(
  source: AsyncIterable<T>,
  { what, interleaver }: { readonly what: string; readonly interleaver: Interleaver },
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      return {
        async next() {
          await interleaver.park(`${what}: step`);
          const step = await iterator.next();
          await interleaver.park(`${what}: event`);
          return step;
        },
        async return(value) {
          return await iterator.return?.(value) ?? { done: true, value };
        },
      };
    },
  };
}

/** For people; that two resources may look the same does no harm. */
function named({ namespace, type, id = "*" }: Kind & { readonly id?: string }): string {
  return `${namespace}/${type}/${id}`;
}

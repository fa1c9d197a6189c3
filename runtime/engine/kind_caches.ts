/** The caches of an engine, and a state that reads from them. */
import type { Kind } from "../core/resource.ts";
import type { ListOptions, State } from "../core/state.ts";
import { KindCache } from "./kind_cache.ts";
import { kindKey } from "./pointer_key.ts";

export class KindCaches {
  readonly #caches: ReadonlyMap<string, KindCache>;

  constructor(kinds: readonly Kind[]) {
    this.#caches = new Map(
      kinds.map(({ namespace, type }) => {
        const kind = { namespace, type };
        return [kindKey(kind), new KindCache(kind)];
      }),
    );
  }

  get kinds(): readonly Kind[] {
    return [...this.#caches.values()].map(({ kind }) => kind);
  }

  /** The cache of a kind, if it is cached. */
  find(kind: Kind): KindCache | undefined {
    return this.#caches.size === 0 ? undefined : this.#caches.get(kindKey(kind));
  }

  /** The cache of a kind. @throws {Error} It is not cached. */
  cache(kind: Kind): KindCache {
    const cache = this.find(kind);
    if (cache !== undefined) return cache;
    const known = this.kinds.map(({ namespace, type }) => `"${namespace}"/"${type}"`);
    const may = known.length === 0 ? "nothing is" : `${known.join(", ")} are`;
    throw new Error(`Cannot read "${kind.namespace}"/"${kind.type}" from the cache: ${may} cached`);
  }

  /** How many resources are cached of each type, all namespaces together. */
  sizes(): ReadonlyMap<string, number> {
    const sizes = new Map<string, number>();
    for (const { kind: { type }, size } of this.#caches.values()) {
      sizes.set(type, (sizes.get(type) ?? 0) + size);
    }
    return sizes;
  }

  /** Ends the waits for caches that are not filled. */
  close(): void {
    for (const cache of this.#caches.values()) cache.close();
  }
}

/**
 * `state`, but cached kinds are read from the cache, once that is filled. What is built on reads, such as `modify`,
 * reads the state all the same, and so do lists by an id expression.
 */
export function cachedState(state: State, caches: KindCaches): State {
  const { contextWithTeardown } = state;
  const view: State = {
    ...state,
    async get(pointer, options) {
      const cache = caches.find(pointer);
      return await (cache === undefined
        ? state.get(pointer, options)
        : cache.get(pointer, options));
    },
    async list(kind, options) {
      const cache = caches.find(kind);
      if (cache === undefined || isByIdExpression(options)) return await state.list(kind, options);
      return await cache.list(options?.query?.labels, options);
    },
    async contextWithTeardown(pointer, options) {
      const cache = caches.find(pointer);
      if (cache === undefined) return await contextWithTeardown(pointer, options);
      return await cache.contextWithTeardown(pointer, options);
    },
  };
  return view;
}

/** Only back-ends know how to read these. */
function isByIdExpression(options: ListOptions | undefined): boolean {
  return options?.query?.id !== undefined && options.query.id !== "";
}

/** What a controller reads: the state, as far as the controller declared it. */
import type { CallOptions, ListOptions, State } from "../core/state.ts";
import type { Kind, Pointer, Resource } from "../core/resource.ts";
import type { Log } from "../core/ports.ts";
import { linkedAbort } from "../core/linked_abort.ts";
import { type Lookup, lookup } from "../core/lookup.ts";
import { type Declared, requireList, requireRead } from "./access.ts";
import type { Reader } from "./controller.ts";
import type { KindCache } from "./kind_cache.ts";
import { cachedState, type KindCaches } from "./kind_caches.ts";

/** What is lent to a reader. */
export interface ReaderHost {
  readonly state: State;
  readonly caches: KindCaches;
  readonly log: Log;
  /** Asked at every call: inputs change. */
  readonly declared: () => Declared;
  /** Log reads of kinds that are not cached. */
  readonly warnsOfUncachedReads: boolean;
}

/** What all readers of a controller share. */
export interface ReadPaths {
  /** Cached kinds from their caches. */
  readonly view: State;
  readonly lookup: Lookup;
}

export function readPaths({ state, caches }: Pick<ReaderHost, "state" | "caches">): ReadPaths {
  return { view: cachedState(state, caches), lookup: lookup(state, state) };
}

/** How long a reader lasts. */
export interface ReaderLife {
  /** Ends waits for a cache, and what follows resources. Asked only where there is something to end. */
  readonly signal: AbortSignal;
}

/** No closures: every job of a queue controller has one of its own. */
export class ControllerReads implements Reader {
  readonly #host: ReaderHost & ReadPaths;
  readonly #life: ReaderLife;

  constructor(host: ReaderHost & ReadPaths, life: ReaderLife) {
    this.#host = host;
    this.#life = life;
  }

  get signal(): AbortSignal {
    return this.#life.signal;
  }

  get log(): Log {
    return this.#host.log;
  }

  get(pointer: Pointer, options?: CallOptions): Promise<Resource> {
    const { declared, caches } = this.#host;
    return attempt(() => {
      requireRead(declared(), pointer);
      const cache = caches.find(pointer);
      if (cache !== undefined) return cache.get(pointer, this.#waiting(cache, options));
      warn(this.#host, pointer);
      return this.#look(pointer, options);
    });
  }

  list(kind: Kind, options?: ListOptions): Promise<readonly Resource[]> {
    const { declared, caches, view, state } = this.#host;
    return attempt(() => {
      requireList(declared(), kind);
      const cache = caches.find(kind);
      if (cache !== undefined) return view.list(kind, this.#waiting(cache, options));
      warn(this.#host, kind);
      return state.list(kind, options);
    });
  }

  getUncached(pointer: Pointer, options?: CallOptions): Promise<Resource> {
    const { declared } = this.#host;
    return attempt(() => {
      requireRead(declared(), pointer);
      return this.#look(pointer, options);
    });
  }

  listUncached(kind: Kind, options?: ListOptions): Promise<readonly Resource[]> {
    const { declared, state } = this.#host;
    return attempt(() => {
      requireList(declared(), kind);
      return state.list(kind, options);
    });
  }

  async contextWithTeardown(pointer: Pointer, options?: CallOptions): Promise<AbortSignal> {
    const { declared, view } = this.#host;
    requireRead(declared(), pointer);
    const { signal } = this.#life;
    if (options?.signal === undefined) return await view.contextWithTeardown(pointer, { signal });
    const both = linkedAbort(signal, options.signal);
    return await view.contextWithTeardown(pointer, { signal: both.signal });
  }

  #look(pointer: Pointer, options: CallOptions = {}): Promise<Resource> {
    const found = this.#host.lookup.get(pointer, options);
    return found instanceof Promise ? found : Promise.resolve(found);
  }

  /** Only a cache that is not filled can keep a reader waiting for the engine itself. */
  #waiting<Options extends CallOptions>({ isFilled }: KindCache, options?: Options) {
    if (isFilled) return options;
    return { ...options, signal: options?.signal ?? this.#life.signal };
  }
}

/** What `act` throws is a rejection. */
export function attempt<T>(act: () => Promise<T>): Promise<T> {
  try {
    return act();
  } catch (error) {
    return Promise.reject(error);
  }
}

function warn({ warnsOfUncachedReads, log }: ReaderHost, { namespace, type }: Kind): void {
  if (warnsOfUncachedReads) log.write("warn", "uncached read", { namespace, type });
}

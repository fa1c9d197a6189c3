/** What a controller reads: the state, as far as the controller declared it. */
import type { CallOptions, State } from "../core/state.ts";
import type { Kind } from "../core/resource.ts";
import type { Log } from "../core/ports.ts";
import { linkedAbort } from "../core/linked_abort.ts";
import { type Declared, requireList, requireRead } from "./access.ts";
import type { Reader } from "./controller.ts";
import { cachedState, type KindCaches } from "./kind_caches.ts";

/** What is lent to a reader. */
export interface ReaderHost {
  readonly state: State;
  readonly caches: KindCaches;
  /** Ends waits for a cache, and what follows resources. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Asked at every call: inputs change. */
  readonly declared: () => Declared;
  /** Log reads of kinds that are not cached. */
  readonly warnsOfUncachedReads: boolean;
}

export function reader(host: ReaderHost): Reader {
  const { state, caches, declared, signal } = host;
  const view = cachedState(state, caches);
  const waiting = <Options extends CallOptions>(kind: Kind, options?: Options) => {
    if (caches.find(kind) === undefined) {
      warn(host, kind);
      return options;
    }
    // Only a cache can keep a reader waiting for the engine itself.
    return { ...options, signal: options?.signal ?? signal };
  };
  return {
    async get(pointer, options) {
      requireRead(declared(), pointer);
      return await view.get(pointer, waiting(pointer, options));
    },
    async list(kind, options) {
      requireList(declared(), kind);
      return await view.list(kind, waiting(kind, options));
    },
    async getUncached(pointer, options) {
      requireRead(declared(), pointer);
      return await state.get(pointer, options);
    },
    async listUncached(kind, options) {
      requireList(declared(), kind);
      return await state.list(kind, options);
    },
    async contextWithTeardown(pointer, options) {
      requireRead(declared(), pointer);
      if (options?.signal === undefined) return await view.contextWithTeardown(pointer, { signal });
      const both = linkedAbort(signal, options.signal);
      return await view.contextWithTeardown(pointer, { signal: both.signal });
    },
  };
}

function warn({ warnsOfUncachedReads, log }: ReaderHost, { namespace, type }: Kind): void {
  if (warnsOfUncachedReads) log.write("warn", "uncached read", { namespace, type });
}

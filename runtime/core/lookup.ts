/** Looking a resource up, in the same turn where the back-end answers at once: a wait takes longer than the look. */
import type { Pointer, Resource } from "./resource.ts";
import type { CallOptions, CoreState, LocalState } from "./state.ts";
import { wrongPointer } from "./call_check.ts";
import { isNotFound, isUnsupported, StateError } from "./errors.ts";
import { isLocalState } from "./local_state.ts";
import { takenPointer } from "./taken.ts";

/** Reads of one resource that wait only where they must. */
export interface Lookup {
  /** @throws {StateError} `not-found`, and what the back-end refuses; thrown or a rejection. */
  get(pointer: Pointer, options: CallOptions): Resource | Promise<Resource>;
  /** Undefined where there is none. @throws As {@linkcode Lookup.get}, but for that. */
  find(
    pointer: Pointer,
    options: CallOptions,
  ): Resource | undefined | Promise<Resource | undefined>;
}

/** @param core Calls of `backEnd`, whose arguments are checked. */
export function lookup(backEnd: CoreState, core: Pick<CoreState, "get">): Lookup {
  const far: Lookup = {
    get: (pointer, options) => core.get(pointer, options),
    async find(pointer, options) {
      try {
        return await core.get(pointer, options);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        return undefined;
      }
    },
  };
  return isLocalState(backEnd) ? near(backEnd, far) : far;
}

function near(backEnd: Pick<LocalState, "getNow">, far: Lookup): Lookup {
  const foundNow = (
    pointer: Pointer,
    { signal }: CallOptions,
  ): Resource | undefined | typeof FAR => {
    const wrong = wrongPointer(pointer);
    if (wrong !== undefined) throw wrong;
    signal?.throwIfAborted();
    try {
      return backEnd.getNow(pointer);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      return FAR;
    }
  };
  return {
    get(pointer, options) {
      const found = foundNow(pointer, options);
      if (found === FAR) return far.get(pointer, options);
      if (found === undefined) throw notFound(pointer);
      return found;
    },
    find(pointer, options) {
      const found = foundNow(pointer, options);
      return found === FAR ? far.find(pointer, options) : found;
    },
  };
}

/** Of several back-ends this one does not answer at once. */
const FAR = Symbol("far");

/** Names nothing but the name: what is missing has no version. */
export function notFound(pointer: Pointer): StateError {
  return new StateError({ refusal: "not-found", pointer: takenPointer(pointer) });
}

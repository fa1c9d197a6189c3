/** The state as a caller may read it: sensitive kinds are for admins, and so are those that nobody declared. */
import { ResourceDefinitionSpec_Sensitivity as Sensitivity } from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { StateError } from "../../runtime/core/errors.ts";
import type { Kind, Pointer } from "../../runtime/core/resource.ts";
import type { ResourceTypes } from "../../runtime/core/resource_types.ts";
import type { LocalState } from "../../runtime/core/state.ts";
import { META, namespaceType, resourceDefinitionType } from "../../runtime/resources/meta.ts";
import { ADMIN, type Identity } from "./roles.ts";

/** What reading calls need of a state. */
export type ReadableState = Pick<
  LocalState,
  "getNow" | "listNow" | "watch" | "watchKind" | "watchKindAggregated"
>;

/** Who may read what. */
export interface Reading {
  /** Whether the caller may read resources of the kind. */
  mayRead(identity: Identity, kind: Kind): boolean;
  /** The same of a type in its own namespace. */
  mayReadType(identity: Identity, type: string): boolean;
  /**
   * The state, whose reads and watches throw `access-denied` where the caller may not read the kind. A watch is judged
   * again at every turn: what became sensitive since is not told any more.
   */
  stateFor(identity: Identity): ReadableState;
}

/** Makes the judge. */
export function reading(
  { state, types }: { readonly state: LocalState; readonly types: ResourceTypes },
): Reading {
  function isOpenType(type: string): boolean {
    const declared = types.byType(type);
    if (declared !== undefined) return declared.sensitivity === "";
    const found = state.getNow(metaPointer(resourceDefinitionType.type, type.toLowerCase()));
    if (found === undefined || !resourceDefinitionType.is(found)) return false;
    const { resourceType, sensitivity } = found.spec;
    return resourceType === type && sensitivity === Sensitivity.NON_SENSITIVE;
  }

  function isOpen({ namespace, type }: Kind): boolean {
    if (!isOpenType(type)) return false;
    if (types.byType(type)?.namespace === namespace) return true;
    return state.getNow(metaPointer(namespaceType.type, namespace)) !== undefined;
  }

  const open = openState(state, isOpen);
  return {
    mayRead: (identity, kind) => isAdmin(identity) || isOpen(kind),
    mayReadType: (identity, type) => isAdmin(identity) || isOpenType(type),
    stateFor: (identity) => isAdmin(identity) ? state : open,
  };
}

function isAdmin({ roles }: Identity): boolean {
  return roles.includes(ADMIN);
}

function openState(state: LocalState, isOpen: (kind: Kind) => boolean): ReadableState {
  /** @throws {StateError} `access-denied`. */
  function demand(kind: Kind): void {
    if (!isOpen(kind)) throw unreadable(kind);
  }

  /** No generator: one that waits for a turn could not be ended before it comes. */
  function judged<Turn>(kind: Kind, turns: AsyncIterable<Turn>): AsyncIterable<Turn> {
    const inner = turns[Symbol.asyncIterator]();
    const iterator: AsyncIterator<Turn> = {
      async next() {
        const turn = await inner.next();
        if (turn.done || isOpen(kind)) return turn;
        await inner.return?.();
        throw unreadable(kind);
      },
      async return() {
        await inner.return?.();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  return {
    getNow(pointer) {
      demand(pointer);
      return state.getNow(pointer);
    },
    listNow(kind, query) {
      demand(kind);
      return state.listNow(kind, query);
    },
    async watch(pointer, options) {
      demand(pointer);
      return judged(pointer, await state.watch(pointer, options));
    },
    async watchKind(kind, options) {
      demand(kind);
      return judged(kind, await state.watchKind(kind, options));
    },
    async watchKindAggregated(kind, options) {
      demand(kind);
      return judged(kind, await state.watchKindAggregated(kind, options));
    },
  };
}

function metaPointer(type: string, id: string): Pointer {
  return { namespace: META, type, id };
}

/** The refusal of a kind. */
export function unreadable({ namespace, type }: Kind): StateError {
  const kind = `${namespace}/${type}`.slice(0, 256);
  const detail = `${kind} is sensitive or not declared, and needs the role ${ADMIN}`;
  return new StateError({ refusal: "access-denied", detail });
}

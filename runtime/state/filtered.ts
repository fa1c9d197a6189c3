/** A state behind a rule that is asked before every call. */
import type { Kind, Pointer } from "../core/resource.ts";
import type { CoreState, LocalState, State } from "../core/state.ts";
import { isLocalState } from "../core/local_state.ts";
import { withHelpers } from "../core/state_helpers.ts";

/** What a caller is about to do. Every flavour of watching is `watch`; `get`, `list` and `watch` only read. */
export type AccessVerb = "get" | "list" | "watch" | "create" | "update" | "destroy";

/** A call, as a rule judges it. */
export interface Access extends Pointer {
  /** "" for calls about a whole kind. */
  readonly id: string;
  readonly verb: AccessVerb;
}

/** Returns to allow; what it throws is what the caller gets, and nothing was done. */
export type AccessRule = (access: Access) => void;

/**
 * Lets through what `rule` allows.
 *
 * Helpers are judged by the calls they are made of: tearing down is a get and an update, and so is a change of
 * finalizers; `teardownAndDestroy` also a destroy, and a watch where it has to wait. Fast paths of `core` are not used.
 */
export function filteredState(core: LocalState, rule: AccessRule): LocalState;
export function filteredState(core: CoreState, rule: AccessRule): State;
export function filteredState(core: CoreState, rule: AccessRule): State {
  const ask = ({ namespace, type, id = "" }: Kind & Partial<Pointer>, verb: AccessVerb): void =>
    rule({ namespace, type, id, verb });
  const view = withHelpers({
    async get(pointer, options) {
      ask(pointer, "get");
      return await core.get(pointer, options);
    },
    async list({ namespace, type }, options) {
      ask({ namespace, type }, "list");
      return await core.list({ namespace, type }, options);
    },
    async create(resource, options) {
      ask(resource.metadata, "create");
      return await core.create(resource, options);
    },
    async update(resource, options) {
      ask(resource.metadata, "update");
      return await core.update(resource, options);
    },
    async destroy(pointer, options) {
      ask(pointer, "destroy");
      await core.destroy(pointer, options);
    },
    async watch(pointer, options) {
      ask(pointer, "watch");
      return await core.watch(pointer, options);
    },
    // A kind may be given by somebody who holds a pointer: its id is not part of the question.
    async watchKind({ namespace, type }, options) {
      ask({ namespace, type }, "watch");
      return await core.watchKind({ namespace, type }, options);
    },
    async watchKindAggregated({ namespace, type }, options) {
      ask({ namespace, type }, "watch");
      return await core.watchKindAggregated({ namespace, type }, options);
    },
  });
  if (!isLocalState(core)) return view;
  const local: LocalState = {
    ...view,
    getNow(pointer) {
      ask(pointer, "get");
      return core.getNow(pointer);
    },
    listNow({ namespace, type }, query) {
      ask({ namespace, type }, "list");
      return core.listNow({ namespace, type }, query);
    },
  };
  return local;
}

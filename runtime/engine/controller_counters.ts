/** What is counted of one controller, and the state through which its calls are counted. */
import type { Kind, Pointer } from "../core/resource.ts";
import type { CoreState, Query, State } from "../core/state.ts";
import { isLocalState } from "../core/local_state.ts";
import { withHelpersAgain } from "../core/state_helpers.ts";

/** Numbers that only grow, since the engine was made. */
export interface ControllerCounters {
  wakeups: number;
  crashes: number;
  reads: number;
  writes: number;
  /** Reconcile jobs of a queue controller that were begun. */
  processed: number;
  jobCrashes: number;
  skips: number;
  requeues: number;
  /** Map jobs, and the pointers they gave. */
  mappedIn: number;
  mappedOut: number;
  mapBusyMs: number;
  reconcileBusyMs: number;
  /** Turns of a transforming controller, and the inputs it looked at in them. */
  cycles: number;
  cycleInputItems: number;
  cycleBusyMs: number;
}

export function newCounters(): ControllerCounters {
  return {
    wakeups: 0,
    crashes: 0,
    reads: 0,
    writes: 0,
    processed: 0,
    jobCrashes: 0,
    skips: 0,
    requeues: 0,
    mappedIn: 0,
    mappedOut: 0,
    mapBusyMs: 0,
    reconcileBusyMs: 0,
    cycles: 0,
    cycleInputItems: 0,
    cycleBusyMs: 0,
  };
}

/**
 * `state` for one controller: every call of the back-end counts, whether it succeeds or not. Answers at once where
 * `state` does; its other fast paths are not used.
 */
export function countedState(state: State, counters: ControllerCounters): State {
  const read = <T>(call: T): T => {
    counters.reads++;
    return call;
  };
  const write = <T>(call: Promise<T>): Promise<T> => {
    counters.writes++;
    return call;
  };
  const now = !isLocalState(state) ? {} : {
    getNow: (pointer: Pointer) => read(state.getNow(pointer)),
    listNow: (kind: Kind, query?: Query) => read(state.listNow(kind, query)),
  };
  const core: CoreState = {
    get: (pointer, options) => read(state.get(pointer, options)),
    list: (kind, options) => read(state.list(kind, options)),
    watch: (pointer, options) => read(state.watch(pointer, options)),
    watchKind: (kind, options) => read(state.watchKind(kind, options)),
    watchKindAggregated: (kind, options) => read(state.watchKindAggregated(kind, options)),
    create: (resource, options) => write(state.create(resource, options)),
    update: (resource, options) => write(state.update(resource, options)),
    destroy: (pointer, options) => write(state.destroy(pointer, options)),
    ...now,
  };
  return { ...withHelpersAgain(core), ...now };
}

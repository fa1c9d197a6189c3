/** The way back from a resource, from write to write, to what began it all. */
import type { Pointer, Resource } from "./resource.ts";
import type { CauseEvent } from "./state.ts";
import type { EventHistory, RememberedWrite } from "./event_history.ts";

/** Steps of a walk. A longer chain is controllers that wake each other for ever, and its end tells nothing more. */
export const CAUSE_STEPS_MAX = 256;

/** One write on the way back. */
export interface CauseStep {
  readonly resource: Resource;
  /** Undefined: the resource is there, and how it was written is forgotten. */
  readonly write: RememberedWrite | undefined;
}

/** A way back. */
export interface CauseWalk {
  /** From the newest write back; at least one, at most {@linkcode CAUSE_STEPS_MAX}. */
  readonly steps: readonly CauseStep[];
  /**
   * `origin`: the last step is a write that no event led to, a call from outside or a controller's own beginning;
   * `forgotten`: what came before is not in the history any more; `bound`: there may be more.
   */
  readonly end: "origin" | "forgotten" | "bound";
}

/** A state, as far as a walk needs it. */
export interface WalkedState extends EventHistory {
  getNow(pointer: Pointer): Resource | undefined;
}

/** Undefined where there is no such resource and no write of it is remembered. */
export function walkCauses(state: WalkedState, pointer: Pointer): CauseWalk | undefined {
  const newest = state.newestWriteNow(pointer);
  if (newest === undefined) {
    const resource = state.getNow(pointer);
    if (resource === undefined) return undefined;
    return { steps: [{ resource, write: undefined }], end: "forgotten" };
  }
  const steps: CauseStep[] = [];
  let write: RememberedWrite | undefined = newest;
  while (write !== undefined) {
    if (steps.length === CAUSE_STEPS_MAX) return { steps, end: "bound" };
    steps.push({ resource: write.resource, write });
    const event: CauseEvent | undefined = write.cause?.event;
    if (event === undefined) return { steps, end: "origin" };
    write = event.pointer && state.writeNow(event.pointer, event.revision);
  }
  return { steps, end: "forgotten" };
}

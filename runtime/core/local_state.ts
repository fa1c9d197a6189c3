/** Which states answer at once. */
import type { CoreState, LocalState } from "./state.ts";

/** Whether reads of this state are answered at once, too. */
export function isLocalState(state: CoreState): state is LocalState {
  return "getNow" in state && "listNow" in state;
}

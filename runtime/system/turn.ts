/** The event loop, as the simulation asks it. */
import { setImmediate } from "node:timers";

/** Resolves when every promise that is settled by now, and every one that is settled by it, has run its reactions. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

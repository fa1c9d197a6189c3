/** What the event loop of this process is told and does. */
import { setImmediate } from "node:timers";
import { BusyPoll } from "../api/http2/busy_poll.ts";

/**
 * The variable that tells Deno after how many turns of a busy event loop it looks at the sockets; 61 unless given. It is read
 * when the process begins. The kernel hands it to PID 1 from its command line.
 */
export const EVENT_INTERVAL = "DENO_TOKIO_EVENT_INTERVAL";

/**
 * What looks for requests that are near.
 *
 * @param interval The variable's value.
 * @returns None where it would not see them, as sockets are not looked at in each turn, or where whoever is waited for has no
 * processor meanwhile.
 */
export function systemBusyPoll(
  interval: string | undefined,
  processors = navigator.hardwareConcurrency,
): BusyPoll | undefined {
  if (interval !== "1" || processors < 2) return undefined;
  return new BusyPoll({
    turn: (then) => {
      setImmediate(then);
    },
    nowMs: () => performance.now(),
  });
}

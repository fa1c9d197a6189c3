/** What is wrong with a service, as its status tells. */
import {
  type ServiceStatus,
  ServiceStatus_Health as Health,
  ServiceStatus_State as State,
} from "../../../proto/gen/strata/runtime/v1/service_pb.ts";

/** States in which a service does its work, or has done it. */
const WELL: ReadonlySet<State> = new Set([State.RUNNING, State.FINISHED, State.UNSPECIFIED]);

/** For people; undefined where nothing is: it runs and its check, where it has one, says nothing else, or it ended well. */
export function serviceFault(status: ServiceStatus): string | undefined {
  const { state, message, health, healthMessage } = status;
  if (!WELL.has(state)) {
    const word = (State[state] ?? `${state}`).toLowerCase();
    return message === "" ? `is ${word}` : `is ${word}: ${message}`;
  }
  if (state !== State.RUNNING || health !== Health.UNHEALTHY) return undefined;
  return `is not healthy: ${healthMessage || "its check says so"}`;
}

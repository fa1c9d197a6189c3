/** What runs besides the agent. Declarations only. */
import {
  ServiceSpecSchema,
  ServiceStatusSchema,
} from "../../proto/gen/strata/runtime/v1/service_pb.ts";
import { defineResource } from "../core/definition.ts";

export {
  ServiceRootPart_Kind as RootPartKind,
  ServiceSpec_Restart as ServiceRestart,
  ServiceStatus_Health as ServiceHealth,
  ServiceStatus_State as ServiceState,
} from "../../proto/gen/strata/runtime/v1/service_pb.ts";

/** Wanted: a program that is kept running, by its name. */
export const serviceSpec = defineResource({
  descriptor: ServiceSpecSchema,
  type: "ServiceSpecs.runtime.strata",
  namespace: "runtime",
  printColumns: [
    { name: "Command", jsonPath: "{.command[:]}" },
    { name: "Restart", jsonPath: "{.restart}" },
    { name: "After", jsonPath: "{.dependencies.services[:]}" },
  ],
});

/** Observed: a service. Written by runtime.ServiceController. */
export const serviceStatus = defineResource({
  descriptor: ServiceStatusSchema,
  type: "ServiceStatuses.runtime.strata",
  namespace: "runtime",
  aliases: ["services"],
  printColumns: [
    { name: "State", jsonPath: "{.state}" },
    { name: "Health", jsonPath: "{.health}" },
    { name: "Pid", jsonPath: "{.pid}" },
    { name: "Restarts", jsonPath: "{.restarts}" },
    { name: "Memory", jsonPath: "{.memory}" },
    { name: "Message", jsonPath: "{.message}" },
  ],
});

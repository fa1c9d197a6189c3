/** What the agent knows of itself. Declarations only. */
import { defineResource } from "../core/definition.ts";
import {
  BootStepSpecSchema,
  MachineStatusSpecSchema,
  WatchOverrunSpecSchema,
} from "../../proto/gen/strata/runtime/v1/runtime_pb.ts";

/** Observed: a step of the boot or the end. Written by runtime.BootStepController. */
export const bootStep = defineResource({
  descriptor: BootStepSpecSchema,
  type: "BootSteps.runtime.strata",
  namespace: "runtime",
  printColumns: [
    { name: "Order", jsonPath: "{.order}" },
    { name: "Started ms", jsonPath: "{.startedMs}" },
    { name: "Took ms", jsonPath: "{.durationMs}" },
    { name: "Outcome", jsonPath: "{.outcome}" },
    { name: "Detail", jsonPath: "{.detail}" },
  ],
});

/** Observed: a kind whose watch by the engine was overtaken. Written by runtime.WatchOverrunController. */
export const watchOverrun = defineResource({
  descriptor: WatchOverrunSpecSchema,
  type: "WatchOverruns.runtime.strata",
  namespace: "runtime",
  aliases: ["overruns"],
  printColumns: [
    { name: "Count", jsonPath: "{.count}" },
    { name: "Last", jsonPath: "{.last}" },
  ],
});

/** Observed: the machine as a whole. Written by runtime.MachineStatusController. */
export const machineStatus = defineResource({
  descriptor: MachineStatusSpecSchema,
  type: "MachineStatuses.runtime.strata",
  namespace: "runtime",
  aliases: ["machine"],
  printColumns: [
    { name: "Stage", jsonPath: "{.stage}" },
    { name: "Ready", jsonPath: "{.ready}" },
    { name: "Hostname", jsonPath: "{.hostname}" },
    { name: "Version", jsonPath: "{.version}" },
    { name: "Unmet", jsonPath: "{.unmetConditions[:]}" },
  ],
});

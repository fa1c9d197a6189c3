/** Who the machine is. Declarations only. */
import { MachineIdentitySpecSchema } from "../../proto/gen/strata/runtime/v1/identity_pb.ts";
import { defineResource } from "../core/definition.ts";

/** Observed: what tells this machine from all others. Written by the boot. */
export const machineIdentity = defineResource({
  descriptor: MachineIdentitySpecSchema,
  type: "MachineIdentities.runtime.strata",
  namespace: "runtime",
  printColumns: [
    { name: "Machine ID", jsonPath: "{.machineId}" },
    { name: "Persistent", jsonPath: "{.persistent}" },
  ],
});

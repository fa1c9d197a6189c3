/** Writes /etc/machine-id. */
import type { Controller } from "../../engine/controller.ts";
import { machineIdentity } from "../../resources/identity.ts";
import { etcContentController, linesText } from "./etc_content.ts";

/** Keeps /etc/machine-id. */
export function machineIdFileController(): Controller {
  return etcContentController({
    name: "fs.MachineIdFileController",
    file: "machine-id",
    mode: 0o444,
    sources: [machineIdentity],
    write(resources) {
      const machineId = resources.find((each) => machineIdentity.is(each))?.spec.machineId ?? "";
      return /^[0-9a-f]{32}$/.test(machineId) ? linesText([machineId]) : undefined;
    },
  });
}

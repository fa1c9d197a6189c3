/** Says how the machine is as a whole. */
import type { Controller } from "../../engine/controller.ts";
import { machineStatus } from "../../resources/runtime.ts";
import { mirrorController, type Source } from "../mirror.ts";

/** Keeps the one MachineStatus as `machine` says. */
export function machineStatusController(machine: Source<typeof machineStatus>): Controller {
  return mirrorController({
    name: "runtime.MachineStatusController",
    definition: machineStatus,
    source: machine,
  });
}

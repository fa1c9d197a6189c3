/** Says what the boot did, step by step, and how long each took. */
import type { Controller } from "../../engine/controller.ts";
import { bootStep } from "../../resources/runtime.ts";
import { mirrorController, type Source } from "../mirror.ts";

/** Keeps a BootStep for each step `timeline` has seen. */
export function bootStepController(timeline: Source<typeof bootStep>): Controller {
  return mirrorController({
    name: "runtime.BootStepController",
    definition: bootStep,
    source: timeline,
  });
}

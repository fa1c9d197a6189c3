/** Says which watches of the engine were overtaken. */
import type { Controller } from "../../engine/controller.ts";
import { watchOverrun } from "../../resources/runtime.ts";
import { mirrorController, type Source } from "../mirror.ts";

/** Keeps a WatchOverrun for each kind that `overruns` names. */
export function watchOverrunController(overruns: Source<typeof watchOverrun>): Controller {
  return mirrorController({
    name: "runtime.WatchOverrunController",
    definition: watchOverrun,
    source: overruns,
  });
}

/** Says what became of the volumes. */
import type { Controller } from "../../engine/controller.ts";
import { volumeStatus } from "../../resources/fs.ts";
import { mirrorController, type Source } from "../mirror.ts";

/** Keeps a VolumeStatus for each volume `volumes` knows. */
export function volumeStatusController(volumes: Source<typeof volumeStatus>): Controller {
  return mirrorController({
    name: "fs.VolumeStatusController",
    definition: volumeStatus,
    source: volumes,
  });
}

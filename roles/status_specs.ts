/** What the boot found out, in the words of the resources. */
import type { VolumeFacts } from "../fs/var_volume.ts";
import type { Source } from "../runtime/controllers/mirror.ts";
import type { SpecInit } from "../runtime/core/spec_init.ts";
import type { volumeStatus } from "../runtime/resources/fs.ts";
import { VolumeStatusSpec_Phase as Phase } from "../proto/gen/strata/fs/v1/fs_pb.ts";
import { MachineStatusSpec_PreviousEnd as End } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import type { PreviousEnd } from "./life_record.ts";
import { Observed } from "./observed.ts";

const PHASES: Readonly<Record<VolumeFacts["phase"], Phase>> = {
  missing: Phase.MISSING,
  ready: Phase.READY,
  failed: Phase.FAILED,
};

const ENDS: Readonly<Record<PreviousEnd, End>> = {
  unknown: End.UNSPECIFIED,
  restart: End.REBOOT,
  "power-off": End.POWER_OFF,
  watchdog: End.WATCHDOG,
  unordered: End.UNORDERED,
};

/** The one volume of the boot, `var`. */
export function volumeSource(facts: VolumeFacts): Source<typeof volumeStatus> {
  const { phase, refused, repairs, ...rest } = facts;
  const volumes = new Observed<SpecInit<typeof volumeStatus>>();
  volumes.put("var", {
    ...rest,
    phase: PHASES[phase],
    fstype: phase === "ready" ? "xfs" : "",
    target: "/var",
    refused: [...refused],
    repairs: [...repairs],
  });
  return volumes;
}

/** The word of the resource for how the last boot ended. */
export function previousEndOf(end: PreviousEnd): End {
  return ENDS[end];
}

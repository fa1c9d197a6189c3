/** What the machine knows of its layered root file system. Declarations only. */
import { defineResource } from "../core/definition.ts";
import {
  EtcFileSpecSchema,
  EtcFileStatusSchema,
  MountReportSchema,
  MountSpecSchema,
  MountStatusSpecSchema,
  VolumeStatusSpecSchema,
} from "../../proto/gen/strata/fs/v1/fs_pb.ts";

/** Wanted: a mount. Written by fs.LayerController for what the design has, and by callers of the API. */
export const mountSpec = defineResource({
  descriptor: MountSpecSchema,
  type: "MountSpecs.fs.strata",
  namespace: "fs",
  printColumns: [
    { name: "Source", jsonPath: "{.source}" },
    { name: "Target", jsonPath: "{.target}" },
    { name: "Filesystem", jsonPath: "{.fstype}" },
    { name: "Executable", jsonPath: "{.executable}" },
  ],
});

/** Observed: what became of a MountSpec. Written by fs.MountController. */
export const mountReport = defineResource({
  descriptor: MountReportSchema,
  type: "MountReports.fs.strata",
  namespace: "fs",
  printColumns: [
    { name: "Target", jsonPath: "{.mounted.target}" },
    { name: "Held by", jsonPath: "{.holders[*].name}" },
    { name: "Error", jsonPath: "{.error}" },
  ],
});

/** Observed: a mount of the machine. Written by fs.MountStatusController. */
export const mountStatus = defineResource({
  descriptor: MountStatusSpecSchema,
  type: "MountStatuses.fs.strata",
  namespace: "fs",
  aliases: ["mounts"],
  printColumns: [
    { name: "Source", jsonPath: "{.source}" },
    { name: "Filesystem", jsonPath: "{.fstype}" },
    { name: "Read only", jsonPath: "{.readOnly}" },
  ],
});

/** Wanted: a file laid over /etc. Written by the boot and by callers of the API. */
export const etcFileSpec = defineResource({
  descriptor: EtcFileSpecSchema,
  type: "EtcFileSpecs.fs.strata",
  namespace: "fs",
});

/** Observed: what lies over a file of /etc. Written by fs.EtcFileController. */
export const etcFileStatus = defineResource({
  descriptor: EtcFileStatusSchema,
  type: "EtcFileStatuses.fs.strata",
  namespace: "fs",
  printColumns: [
    { name: "Target", jsonPath: "{.target}" },
    { name: "Mounted", jsonPath: "{.mounted}" },
    { name: "Spec version", jsonPath: "{.specVersion}" },
    { name: "Error", jsonPath: "{.error}" },
  ],
});

/** Observed: a place for data that persists. Written by fs.VolumeStatusController. */
export const volumeStatus = defineResource({
  descriptor: VolumeStatusSpecSchema,
  type: "VolumeStatuses.fs.strata",
  namespace: "fs",
  aliases: ["volumes"],
  printColumns: [
    { name: "Phase", jsonPath: "{.phase}" },
    { name: "Device", jsonPath: "{.device}" },
    { name: "Target", jsonPath: "{.target}" },
    { name: "Size", jsonPath: "{.sizeBytes}" },
    { name: "Error", jsonPath: "{.error}" },
  ],
});

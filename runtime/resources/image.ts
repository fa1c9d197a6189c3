/** What the machine knows of the image it runs from. Declarations only. */
import { defineResource } from "../core/definition.ts";
import { ImageStatusSpecSchema } from "../../proto/gen/strata/fs/v1/image_pb.ts";

/** Observed: the image that is the root. Written by fs.ImageStatusController. */
export const imageStatus = defineResource({
  descriptor: ImageStatusSpecSchema,
  type: "ImageStatuses.fs.strata",
  namespace: "fs",
  aliases: ["images"],
  printColumns: [
    { name: "Version", jsonPath: "{.version}" },
    { name: "Signer", jsonPath: "{.signer}" },
    { name: "Device", jsonPath: "{.device}" },
    { name: "Corrupt", jsonPath: "{.corrupt}" },
    { name: "Error", jsonPath: "{.error}" },
  ],
});

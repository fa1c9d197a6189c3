/** A sensitive resource type, and callers of each role. */
import { certifiedIdentity, type Identity } from "../../api/authorization/roles.ts";
import { EtcFileSpecSchema } from "../../proto/gen/strata/fs/v1/fs_pb.ts";
import { defineResource } from "../../runtime/core/definition.ts";
import { type ResourceTypes, resourceTypes } from "../../runtime/core/resource_types.ts";
import { machineTypes } from "../../runtime/resources/machine_types.ts";

/** For admins. */
export const SECRETS = defineResource({
  descriptor: EtcFileSpecSchema,
  type: "Secrets.test.strata",
  namespace: "runtime",
  sensitivity: "sensitive",
});

/** The machine's types and the sensitive one. */
export function typesWithSecrets(): ResourceTypes {
  return resourceTypes([...machineTypes().all(), SECRETS]);
}

export const READER: Identity = certifiedIdentity({ name: "r", organizations: ["os:reader"] });
export const OPERATOR: Identity = certifiedIdentity({ name: "o", organizations: ["os:operator"] });
export const ADMIN: Identity = certifiedIdentity({ name: "a", organizations: ["os:admin"] });

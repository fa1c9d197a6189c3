/** Resources for tests of commands. */
import { ResourceDefinitionSpecSchema } from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { MountStatusSpecSchema } from "../../proto/gen/strata/fs/v1/fs_pb.ts";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Resource, ResourceSchema } from "../../proto/gen/cosi/resource/resource_pb.ts";

/** A resource as tests write it. */
export interface ResourceInit {
  readonly namespace?: string;
  readonly type: string;
  readonly id: string;
  readonly version?: string;
  readonly owner?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly proto?: Uint8Array;
  readonly yaml?: string;
}

/** With everything that was left out. */
export type FullResource = Required<Omit<ResourceInit, "proto">> & Pick<ResourceInit, "proto">;

/** Fills in what was left out. */
export function resolveResource(init: ResourceInit): FullResource {
  return {
    namespace: "fs",
    version: "1",
    owner: "",
    labels: {},
    annotations: {},
    finalizers: [],
    yaml: "",
    ...init,
  };
}

/** On the wire. */
export function wireResource(resource: FullResource): Resource {
  const { proto, yaml, finalizers, ...metadata } = resource;
  return create(ResourceSchema, {
    metadata: {
      ...metadata,
      finalizers: [...finalizers],
      phase: "running",
      created: { seconds: 1_767_323_045n, nanos: 123_000_000 },
      updated: { seconds: 1_767_323_046n, nanos: 0 },
    },
    spec: { yamlSpec: yaml, ...(proto === undefined ? {} : { protoSpec: proto }) },
  });
}

/** A definition, as the machine keeps it. */
export function definitionOf(
  spec: MessageInitShape<typeof ResourceDefinitionSpecSchema>,
): ResourceInit {
  const message = create(ResourceDefinitionSpecSchema, spec);
  return {
    namespace: "meta",
    type: "ResourceDefinitions.meta.cosi.dev",
    id: message.resourceType.toLowerCase(),
    proto: toBinary(ResourceDefinitionSpecSchema, message),
  };
}

/** A mount, of the type this process knows. */
export function mountOf(
  id: string,
  spec: MessageInitShape<typeof MountStatusSpecSchema>,
): ResourceInit {
  return {
    type: "MountStatuses.fs.strata",
    id,
    proto: toBinary(MountStatusSpecSchema, create(MountStatusSpecSchema, { target: id, ...spec })),
  };
}

/** Two types with tables, one of them unknown to this process, and two that share an alias. */
export const DEFINITIONS: readonly ResourceInit[] = [
  definitionOf({
    resourceType: "MountStatuses.fs.strata",
    displayType: "MountStatus",
    defaultNamespace: "fs",
    aliases: ["mounts", "ms"],
    allAliases: ["mountstatuses", "mountstatuses.fs", "mounts", "ms", "mountstatus"],
    printColumns: [{ name: "Source", jsonPath: "{.source}" }, {
      name: "Options",
      jsonPath: "{.options[:]}",
    }],
  }),
  definitionOf({
    resourceType: "Foreigns.example.dev",
    displayType: "Foreign",
    defaultNamespace: "fs",
    aliases: ["foreign"],
    allAliases: ["foreigns", "foreign", "shared"],
    printColumns: [{ name: "Size", jsonPath: "{.size}" }],
  }),
  definitionOf({
    resourceType: "Others.example.dev",
    displayType: "Other",
    defaultNamespace: "fs",
    aliases: ["other"],
    allAliases: ["others", "other", "shared"],
  }),
];

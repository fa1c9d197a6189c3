/** Resources of the wire as YAML, in the form that all of them have. */
import { resourcePartsYaml } from "../resource_yaml.ts";
import type { SpecReader } from "./spec_reader.ts";
import { timeText } from "./time_text.ts";
import type { Resource } from "../../proto/gen/cosi/resource/resource_pb.ts";

/** The whole resource, with a line's end behind it. */
export function resourceYaml(resource: Resource, reader: SpecReader): Promise<string> {
  const { metadata } = resource;
  const json = reader.json(resource);
  const text = resource.spec?.yamlSpec ?? "";
  const opaque = typeof json === "object" && json !== null && "yaml" in json &&
    json["yaml"] === text;
  return resourcePartsYaml({
    metadata: metadata === undefined ? undefined : {
      ...metadata,
      created: timeText(metadata.created, "seconds"),
      updated: timeText(metadata.updated, "seconds"),
    },
    spec: json,
    ...(opaque ? { layout: text } : {}),
  });
}

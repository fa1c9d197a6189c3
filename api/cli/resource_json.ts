/** Resources as JSON, in the shape of the HTTP API. */
import { escapeJson } from "./escape.ts";
import type { SpecReader } from "./spec_reader.ts";
import { timeText } from "./time_text.ts";
import type { Resource } from "../../proto/gen/cosi/resource/resource_pb.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** `{ metadata, spec }`: the version as text, times with nanoseconds. */
export function resourceJson(resource: Resource, reader: SpecReader): JsonValue {
  const { metadata } = resource;
  if (metadata === undefined) return { spec: reader.json(resource) };
  return {
    metadata: {
      namespace: metadata.namespace,
      type: metadata.type,
      id: metadata.id,
      version: metadata.version,
      phase: metadata.phase,
      owner: metadata.owner,
      finalizers: metadata.finalizers,
      labels: metadata.labels,
      annotations: metadata.annotations,
      created: timeText(metadata.created, "nanoseconds"),
      updated: timeText(metadata.updated, "nanoseconds"),
    },
    spec: reader.json(resource),
  };
}

/** JSON text safe to print: over several lines, or on one without its end. */
export function jsonText(value: JsonValue, layout: "lines" | "line"): string {
  return escapeJson(JSON.stringify(value, undefined, layout === "lines" ? 4 : undefined));
}

/** Resources as JSON of the HTTP API: `{ "metadata": {…}, "spec": {…} }` in lowerCamelCase. */
import { bareRecord } from "../runtime/core/bare_record.ts";
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import { StateError } from "../runtime/core/errors.ts";
import {
  formatTimestamp,
  isTombstone,
  newMetadata,
  parsePhase,
  parseTimestamp,
  parseVersion,
  versionText,
} from "../runtime/core/metadata.ts";
import { OpaqueSpec } from "../runtime/core/opaque.ts";
import type { Kind, Metadata, Resource } from "../runtime/core/resource.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import { isJsonObject, type JsonObject } from "./http_body.ts";
import { RESOURCE_BYTES_MAX } from "./limits.ts";
import { badResource } from "./problem.ts";

const METADATA_KEYS = [
  "namespace",
  "type",
  "id",
  "version",
  "phase",
  "owner",
  "finalizers",
  "labels",
  "annotations",
  "created",
  "updated",
] as const satisfies readonly (keyof Metadata)[];

/** Reads and writes the JSON form. */
export interface ResourceJson {
  /** A value for `JSON.stringify`. */
  write(resource: Resource): { readonly metadata: unknown; readonly spec: unknown };
  /** The same as text with the end of a line; made once, for as long as the resource lives. */
  text(resource: Resource): string;
  /** The spec alone. */
  writeSpec(resource: Resource): unknown;
  /**
   * Reads a resource of `kind`; namespace and type may be left out.
   *
   * @throws {Problem} 400. @throws {StateError} `invalid-resource`.
   */
  read(body: JsonObject, kind: Kind): Resource;
  /** @throws {Problem} 400. @throws {StateError} `invalid-resource`. */
  readSpec(value: unknown, type: string): unknown;
  /** The same resource. @throws {Problem} 400: it is over {@linkcode RESOURCE_BYTES_MAX}. */
  bounded(resource: Resource): Resource;
}

/** Makes the JSON form of the types known; others take and give `{"yaml": …, "proto": BASE64}`. */
export function resourceJson(types: ResourceTypes): ResourceJson {
  function writeSpec(resource: Resource): unknown {
    const { spec, metadata } = resource;
    if (isTombstone(resource)) return {};
    if (spec instanceof OpaqueSpec) {
      const proto = spec.proto();
      return { yaml: spec.yaml, ...(proto === undefined ? {} : { proto: base64Encode(proto) }) };
    }
    const definition = types.byType(metadata.type);
    if (definition !== undefined) return definition.toJson(spec);
    throw new Error(`Cannot write ${metadata.type}: its definition is not known`);
  }

  function readSpec(value: unknown, type: string): unknown {
    const definition = types.byType(type);
    return definition === undefined ? readOpaque(value) : definition.fromJson(value);
  }

  function bounded(resource: Resource): Resource {
    const { metadata, spec } = resource;
    const content = spec instanceof OpaqueSpec
      ? (spec.proto()?.length ?? 0) + bytesOf(spec.yaml)
      : types.byType(metadata.type)?.toProto(spec).length ?? 0;
    const size = content + bytesOf(JSON.stringify(writeMetadata(metadata)));
    if (size <= RESOURCE_BYTES_MAX) return resource;
    throw badResource(`the resource takes ${size} bytes, and may take ${RESOURCE_BYTES_MAX}`);
  }

  // Resources are immutable, so a text once made stays right; the map does not keep them alive.
  const texts = new WeakMap<Resource, string>();

  function write(resource: Resource): { readonly metadata: unknown; readonly spec: unknown } {
    return { metadata: writeMetadata(resource.metadata), spec: writeSpec(resource) };
  }

  return {
    write,
    text(resource) {
      const known = texts.get(resource);
      if (known !== undefined) return known;
      const made = `${JSON.stringify(write(resource))}\n`;
      texts.set(resource, made);
      return made;
    },
    writeSpec,
    readSpec,
    bounded,
    read(body, kind) {
      refuseUnknown(body, { known: ["metadata", "spec"], at: "the body" });
      const { metadata, spec } = body;
      if (!isJsonObject(metadata)) throw badResource("metadata is missing, and may be an object");
      if (spec === undefined) throw badResource("spec is missing");
      return bounded(Object.freeze({
        metadata: readMetadata(metadata, kind),
        spec: readSpec(spec, kind.type),
      }));
    },
  };
}

/** @throws {Problem} 400, naming the key. */
export function refuseUnknown(
  object: JsonObject,
  { known, at }: { readonly known: readonly string[]; readonly at: string },
): void {
  const stranger = Object.keys(object).find((key) => !known.includes(key));
  if (stranger === undefined) return;
  const shown = JSON.stringify(stranger.slice(0, 64));
  throw badResource(`${at} has an unknown field ${shown}, and may have ${known.join(", ")}`);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Labels or annotations. @throws {Problem} 400. */
export function readEntries(value: unknown, at: string): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) throw badResource(`${at} may be an object of strings`);
  const entries = bareRecord();
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== "string") {
      throw badResource(`${at}[${JSON.stringify(key.slice(0, 64))}] may be a string`);
    }
    entries[key] = entry;
  }
  return entries;
}

function writeMetadata(metadata: Metadata): Readonly<Record<keyof Metadata, unknown>> {
  return {
    namespace: metadata.namespace,
    type: metadata.type,
    id: metadata.id,
    version: versionText(metadata.version),
    phase: metadata.phase,
    owner: metadata.owner,
    finalizers: metadata.finalizers,
    labels: metadata.labels,
    annotations: metadata.annotations,
    created: formatTimestamp(metadata.created),
    updated: formatTimestamp(metadata.updated),
  };
}

function readMetadata(metadata: JsonObject, kind: Kind): Metadata {
  refuseUnknown(metadata, { known: METADATA_KEYS, at: "metadata" });
  const text = (key: keyof Metadata): string | undefined => {
    const value = metadata[key];
    if (value === undefined || typeof value === "string") return value;
    throw badResource(`metadata.${key} may be a string`);
  };
  for (const key of ["namespace", "type"] as const) {
    const given = text(key);
    if (given !== undefined && given !== kind[key]) {
      throw badResource(`metadata.${key} is "${given}", and the path says "${kind[key]}"`);
    }
  }
  const id = text("id");
  if (id === undefined) throw badResource("metadata.id is missing");
  if ((text("owner") ?? "") !== "") {
    throw new StateError({
      refusal: "access-denied",
      detail: `metadata.owner is "${text("owner")}", and HTTP callers own nothing: may be ""`,
    });
  }
  return newMetadata({
    ...kind,
    id,
    version: parseVersion(text("version") ?? "undefined"),
    phase: parsePhase(text("phase") ?? "running"),
    finalizers: readFinalizers(metadata["finalizers"] ?? []),
    labels: readEntries(metadata["labels"] ?? {}, "metadata.labels"),
    annotations: readEntries(metadata["annotations"] ?? {}, "metadata.annotations"),
    ...times(text("created"), text("updated")),
  });
}

function times(created: string | undefined, updated: string | undefined) {
  return {
    ...(created === undefined ? {} : { created: parseTimestamp(created) }),
    ...(updated === undefined ? {} : { updated: parseTimestamp(updated) }),
  };
}

function readFinalizers(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw badResource("metadata.finalizers may be an array of strings");
}

function readOpaque(value: unknown): OpaqueSpec {
  const may = 'spec of a type that is not known here may be {"yaml": "…", "proto": "BASE64"}';
  if (!isJsonObject(value)) throw badResource(may);
  refuseUnknown(value, { known: ["yaml", "proto"], at: "spec of a type that is not known here" });
  const { yaml = "", proto } = value;
  if (typeof yaml !== "string") throw badResource(may);
  if (proto === undefined || proto === null) return new OpaqueSpec(undefined, yaml);
  if (typeof proto !== "string") throw badResource(may);
  try {
    return new OpaqueSpec(base64Decode(proto), yaml);
  } catch {
    throw badResource("spec.proto is no base64");
  }
}

/** The content of resources in the forms people see, for types this process knows and for those it does not. */
import type { KnownTypes } from "./world.ts";
import type { Resource } from "../../proto/gen/cosi/resource/resource_pb.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** Reads specs. */
export interface SpecReader {
  /** What print columns look into; undefined where there is nothing readable. */
  fields(resource: Resource): Promise<unknown>;
  /** As the HTTP API has it: the JSON form, `{ yaml, proto }` for a type that is not known, `{}` where nothing is. */
  json(resource: Resource): JsonValue;
}

/** Makes a reader. The YAML parser is loaded for the first resource that needs it. */
export function specReader(known: KnownTypes): SpecReader {
  return {
    async fields(resource) {
      if (isTombstone(resource)) return undefined;
      const json = knownJson(resource, known);
      if (json !== undefined) return json;
      const text = resource.spec?.yamlSpec ?? "";
      if (text === "") return undefined;
      const { parseDocument } = await import("yaml");
      const document = parseDocument(text, { intAsBigInt: true });
      return document.errors.length > 0 ? undefined : document.toJS();
    },
    json: (resource) =>
      isTombstone(resource) ? {} : knownJson(resource, known) ?? opaqueJson(resource),
  };
}

/** Whether it stands for a resource that is not there: a name and nothing else. */
export function isTombstone(resource: Resource): boolean {
  return resource.metadata?.version === "undefined" &&
    (resource.spec?.protoSpec?.length ?? 0) === 0 &&
    (resource.spec?.yamlSpec ?? "") === "";
}

/** The JSON form; undefined for an unknown type, or for bytes that are not of the type we know by that name. */
function knownJson(resource: Resource, known: KnownTypes): JsonValue | undefined {
  const type = known.byType(resource.metadata?.type ?? "");
  if (type === undefined) return undefined;
  try {
    return type.toJson(type.fromProto(resource.spec?.protoSpec ?? new Uint8Array(0)));
  } catch {
    return undefined;
  }
}

function opaqueJson(resource: Resource): JsonValue {
  const { protoSpec, yamlSpec } = resource.spec ?? {};
  // No bytes and absent bytes are different, and so they stay here.
  return {
    yaml: yamlSpec ?? "",
    ...(protoSpec === undefined ? {} : { proto: protoSpec.toBase64() }),
  };
}

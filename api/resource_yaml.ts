/** Whole resources as YAML: `metadata`, then `spec`. */
import { escapeLines, isUnsafe } from "./cli/escape.ts";
import { type MetadataText, metadataText, metadataYaml, YAML_INDENT } from "./metadata_yaml.ts";
import { YamlSource } from "./yaml_source.ts";
import { readMetadata } from "./metadata_reader.ts";
import type { ResourceTypes } from "../runtime/core/resource_types.ts";
import type { Resource } from "../runtime/core/resource.ts";
import { OpaqueSpec } from "../runtime/core/opaque.ts";
import { StateError } from "../runtime/core/errors.ts";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Document, Scalar } from "yaml";

/** A resource in the forms its YAML is made from. */
export interface ResourceParts {
  /** Undefined where a machine sent none. */
  readonly metadata: MetadataText | undefined;
  readonly spec: JsonValue;
  /** The content as its author laid it out; kept as it is where it is YAML, and `spec` is not looked at. */
  readonly layout?: string;
}

/** The whole resource, with a line's end behind it. Blocks until the YAML library is loaded. */
export async function resourcePartsYaml(
  { metadata, spec, layout }: ResourceParts,
): Promise<string> {
  const head = metadata === undefined
    ? "metadata: {}\n"
    : `metadata:\n${metadataYaml(metadata).replaceAll(/^(?=.)/gm, YAML_INDENT)}`;
  return head + await specYaml(spec, layout);
}

/**
 * A resource of this process. Specs of types that `types` does not know are their own YAML, or `{}`.
 *
 * @throws {StateError} `invalid-resource`: the spec is not of its type.
 */
export function resourceYaml(resource: Resource, types: ResourceTypes): Promise<string> {
  const { metadata, spec } = resource;
  const text = metadataText(metadata);
  if (spec instanceof OpaqueSpec) {
    const parts = { metadata: text, spec: {} };
    return resourcePartsYaml(spec.yaml === "" ? parts : { ...parts, layout: spec.yaml });
  }
  return resourcePartsYaml({
    metadata: text,
    spec: definitionOf(metadata.type, types).toJson(spec),
  });
}

/**
 * Reads a whole resource: exactly `metadata` and `spec`, both mappings, of a type that `types` knows. Unknown keys of
 * the metadata are ignored, those of the spec are refused.
 *
 * @throws {StateError} `invalid-resource`, its detail beginning with LINE:COLUMN.
 */
export async function parseResourceYaml(text: string, types: ResourceTypes): Promise<Resource> {
  const source = await YamlSource.open(text);
  const entries = source.entries(source.root, "a resource");
  for (const { name, key } of entries.values()) {
    if (name === "metadata" || name === "spec") continue;
    throw source.refusal(key, `unknown key "${name}", may be metadata or spec`);
  }
  const [head, body] = [entries.get("metadata"), entries.get("spec")];
  if (head === undefined || body === undefined) {
    const missing = head === undefined ? "metadata" : "spec";
    throw source.refusal(source.root, `key ${missing} is missing`);
  }
  const metadata = readMetadata(source, head.value);
  source.entries(body.value, "spec");
  const spec = source.at(
    body.value,
    () => definitionOf(metadata.type, types).fromJson(source.json(body.value)),
  );
  return Object.freeze({ metadata, spec });
}

function definitionOf(type: string, types: ResourceTypes) {
  const definition = types.byType(type);
  if (definition !== undefined) return definition;
  const detail = `type "${type}" is not registered`;
  throw new StateError({ refusal: "invalid-resource", detail });
}

async function specYaml(spec: JsonValue, layout: string | undefined): Promise<string> {
  const yaml = await import("yaml");
  const document = specDocument(spec, { layout, yaml });
  yaml.visit(document, {
    Scalar(_, scalar: Scalar) {
      if (typeof scalar.value === "string" && isUnsafe(scalar.value.replaceAll("\n", ""))) {
        scalar.type = "QUOTE_DOUBLE";
      }
    },
  });
  // Only double-quoted scalars and comments still hold what is unsafe, and the escapes are YAML's own.
  const text = escapeLines(document.toString({ indent: YAML_INDENT.length, lineWidth: 0 })).replace(
    /\n+$/,
    "",
  );
  const { contents } = document;
  const block = yaml.isCollection(contents) && contents.items.length > 0 && contents.flow !== true;
  const indented = text.replaceAll(/\n(?!\n|$)/g, `\n${YAML_INDENT}`);
  return block ? `spec:\n${YAML_INDENT}${indented}\n` : `spec: ${indented}\n`;
}

function specDocument(
  spec: JsonValue,
  from: { readonly layout: string | undefined; readonly yaml: typeof import("yaml") },
): Document {
  const { layout, yaml } = from;
  if (layout !== undefined && layout !== "") {
    const parsed = yaml.parseDocument(layout, { intAsBigInt: true });
    // Directives and markers are for whole files; this becomes a part of another.
    if (parsed.errors.length === 0 && parsed.contents !== null) {
      return new yaml.Document(parsed.contents);
    }
  }
  return new yaml.Document(spec);
}

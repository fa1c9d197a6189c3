/**
 * Resources as YAML: `metadata` in the fixed order of the COSI contract, then `spec`, four spaces deep.
 *
 * Scalars of the metadata carry no type tag: plain where YAML allows it, single-quoted otherwise.
 */
import { escapeLines, isUnsafe } from "./escape.ts";
import { isTombstone, type SpecReader } from "./spec_reader.ts";
import { timeText } from "./time_text.ts";
import type { Metadata, Resource } from "../../proto/gen/cosi/resource/resource_pb.ts";
import { utf8Compare } from "../../runtime/core/text_order.ts";
import type { Document, Scalar } from "yaml";

const INDENT = "    ";

/** The whole resource, with a line's end behind it. */
export async function resourceYaml(resource: Resource, reader: SpecReader): Promise<string> {
  const head = resource.metadata === undefined ? "metadata: {}\n" : metadataYaml(resource.metadata);
  return head + await specYaml(resource, reader);
}

function metadataYaml(metadata: Metadata): string {
  const scalars = [
    ["namespace", metadata.namespace],
    ["type", metadata.type],
    ["id", metadata.id],
    ["version", metadata.version],
    ["owner", metadata.owner],
    ["phase", metadata.phase],
    ["created", timeText(metadata.created, "seconds")],
    ["updated", timeText(metadata.updated, "seconds")],
  ] as const;
  const lines = scalars.map(([key, value]) => `${INDENT}${keyed(key, value)}`);
  lines.push(
    ...mappingLines("labels", metadata.labels),
    ...mappingLines("annotations", metadata.annotations),
  );
  if (metadata.finalizers.length > 0) {
    lines.push(`${INDENT}finalizers:`);
    lines.push(
      ...metadata.finalizers.map((name) => `${INDENT}${INDENT}- ${yamlScalar(name)}`.trimEnd()),
    );
  }
  return `metadata:\n${lines.join("\n")}\n`;
}

function mappingLines(name: string, mapping: Readonly<Record<string, string>>): readonly string[] {
  const entries = Object.entries(mapping).sort(([a], [b]) => utf8Compare(a, b));
  if (entries.length === 0) return [];
  return [
    `${INDENT}${name}:`,
    ...entries.map(([key, value]) => `${INDENT}${INDENT}${keyed(yamlKey(key), value)}`),
  ];
}

function keyed(key: string, value: string): string {
  return `${key}: ${yamlScalar(value)}`.trimEnd();
}

/** An empty key cannot be plain: nothing before a colon is another thing. */
function yamlKey(key: string): string {
  return key === "" ? "''" : yamlScalar(key);
}

/** What a plain scalar may not begin with, contain or end with, inside of block mappings. */
const NOT_PLAIN_REGEXP =
  /^[\s,[\]{}#&*!|>'"%@`]|^[-?:](?:\s|$)|:(?:\s|$)|\s#|\s$|^(?:---|\.\.\.)(?:\s|$)/;

/** A scalar without a tag; what has no form in single quotes is escaped in double ones. */
export function yamlScalar(text: string): string {
  if (isUnsafe(text)) {
    const escaped = JSON.stringify(text);
    return escapeLines(escaped);
  }
  return NOT_PLAIN_REGEXP.test(text) ? `'${text.replaceAll("'", "''")}'` : text;
}

async function specYaml(resource: Resource, reader: SpecReader): Promise<string> {
  if (isTombstone(resource)) return "spec: {}\n";
  const yaml = await import("yaml");
  const document = specDocument(resource, { reader, yaml });
  yaml.visit(document, {
    Scalar(_, scalar: Scalar) {
      if (typeof scalar.value === "string" && isUnsafe(scalar.value.replaceAll("\n", ""))) {
        scalar.type = "QUOTE_DOUBLE";
      }
    },
  });
  // Only double-quoted scalars and comments still hold what is unsafe, and the escapes are YAML's own.
  const text = escapeLines(document.toString({ indent: INDENT.length, lineWidth: 0 })).replace(
    /\n+$/,
    "",
  );
  const { contents } = document;
  const block = yaml.isCollection(contents) && contents.items.length > 0 && contents.flow !== true;
  const indented = text.replaceAll(/\n(?!\n|$)/g, `\n${INDENT}`);
  return block ? `spec:\n${INDENT}${indented}\n` : `spec: ${indented}\n`;
}

function specDocument(
  resource: Resource,
  from: { readonly reader: SpecReader; readonly yaml: typeof import("yaml") },
): Document {
  const { reader, yaml } = from;
  const text = resource.spec?.yamlSpec ?? "";
  const json = reader.json(resource);
  const opaque = typeof json === "object" && json !== null && "yaml" in json &&
    json["yaml"] === text;
  if (opaque && text !== "") {
    const parsed = yaml.parseDocument(text, { intAsBigInt: true });
    // Directives and markers are for whole files; this becomes a part of another.
    if (parsed.errors.length === 0 && parsed.contents !== null) {
      return new yaml.Document(parsed.contents);
    }
  }
  return new yaml.Document(json);
}

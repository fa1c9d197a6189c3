/**
 * Metadata as YAML: keys in the fixed order of the COSI contract, four spaces deep.
 *
 * Scalars carry no type tag: plain where YAML allows it, single-quoted otherwise. So `1` and `true` stand without
 * quotes, and are read as the text they are.
 */
import { escapeLines, isUnsafe } from "./cli/escape.ts";
import { formatTimestamp } from "../runtime/core/timestamp.ts";
import { versionText } from "../runtime/core/errors.ts";
import type { Metadata } from "../runtime/core/resource.ts";
import { utf8Compare } from "../runtime/core/text_order.ts";

/** Spaces of a level. */
export const YAML_INDENT = "    ";

/** UTF-16 units of a key as written, its quotes included, which YAML finds without being told that it is one. */
const SIMPLE_KEY_LENGTH_MAX = 1024;

/** Metadata whose scalars are text already. */
export interface MetadataText {
  readonly namespace: string;
  readonly type: string;
  readonly id: string;
  readonly version: string;
  readonly owner: string;
  readonly phase: string;
  /** RFC 3339 in whole seconds. */
  readonly created: string;
  readonly updated: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
}

/** Parts of a second are dropped. @throws {RangeError} A time outside of the years 1 … 9999. */
export function metadataText(metadata: Metadata): MetadataText {
  return {
    ...metadata,
    version: versionText(metadata.version),
    created: formatTimestamp(metadata.created, { fraction: "none" }),
    updated: formatTimestamp(metadata.updated, { fraction: "none" }),
  };
}

/** A mapping at the beginning of the line, with a line's end behind it. */
export function metadataYaml(metadata: MetadataText): string {
  const scalars = [
    "namespace",
    "type",
    "id",
    "version",
    "owner",
    "phase",
    "created",
    "updated",
  ] as const;
  const lines = scalars.map((key) => keyed(key, metadata[key]));
  lines.push(
    ...mappingLines("labels", metadata.labels),
    ...mappingLines("annotations", metadata.annotations),
  );
  if (metadata.finalizers.length > 0) {
    lines.push("finalizers:");
    lines.push(
      ...metadata.finalizers.map((name) => `${YAML_INDENT}- ${yamlScalar(name)}`.trimEnd()),
    );
  }
  return `${lines.join("\n")}\n`;
}

function mappingLines(name: string, mapping: Readonly<Record<string, string>>): readonly string[] {
  const entries = Object.entries(mapping).sort(([a], [b]) => utf8Compare(a, b));
  if (entries.length === 0) return [];
  return [
    `${name}:`,
    ...entries.flatMap(([key, value]) => entryLines(yamlKey(key), value))
      .map((line) => `${YAML_INDENT}${line}`),
  ];
}

function entryLines(key: string, value: string): readonly string[] {
  if (key.length <= SIMPLE_KEY_LENGTH_MAX) return [keyed(key, value)];
  return [`? ${key}`, `: ${yamlScalar(value)}`.trimEnd()];
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
function yamlScalar(text: string): string {
  if (isUnsafe(text)) return escapeLines(JSON.stringify(text));
  return NOT_PLAIN_REGEXP.test(text) ? `'${text.replaceAll("'", "''")}'` : text;
}

/** Types whose fields this process does not know: what their machine's own definitions say of them. */
import { CommandError, EXIT } from "../../client/command_error.ts";
import type { Definition } from "../definitions.ts";
import { escapeText } from "../escape.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** A type of the machine's, and what is left of the words behind its name. */
export interface DefinedType {
  readonly definition: Definition;
  readonly fields: readonly string[];
}

/**
 * The type with the longest name that `words` begins with, since names of types have dots as well; undefined for none.
 *
 * @throws {CommandError} `usage`: several types have that name.
 */
export function definedType(
  words: string,
  definitions: readonly Definition[],
): DefinedType | undefined {
  const parts = words.split(".");
  for (let count = parts.length; count > 0; count--) {
    const name = parts.slice(0, count).join(".");
    const [definition, ...others] = named(name.toLowerCase(), definitions);
    if (definition === undefined) continue;
    if (others.length > 0) {
      const may = [definition, ...others].map(({ type }) => type).join(", ");
      throw new CommandError(EXIT.usage, `resource type "${name}" is ambiguous: it may be ${may}`);
    }
    return { definition, fields: parts.slice(count).filter((part) => part !== "") };
  }
  return undefined;
}

/** Those with that name; a full type is never ambiguous, whoever has it for an alias. */
function named(wanted: string, definitions: readonly Definition[]): readonly Definition[] {
  const exact = definitions.filter(({ type }) => type.toLowerCase() === wanted);
  if (exact.length > 0) return exact;
  return definitions.filter(({ allAliases }) =>
    allAliases.some((alias) => alias.toLowerCase() === wanted)
  );
}

/** The text, lines ended. */
export function definedText({ definition, fields }: DefinedType): string {
  const { type, displayType, namespace, aliases, columns, isSensitive } = definition;
  const rows: readonly (readonly [string, string])[] = [
    ["KIND", displayType],
    ["TYPE", type],
    ["NAMESPACE", namespace],
    ["ALIASES", aliases.join(", ")],
    ...(isSensitive ? [["READERS", "administrators only"] as const] : []),
    ["COLUMNS", columns.map(({ name, jsonPath }) => `${name} ${jsonPath}`).join(", ")],
  ];
  const lines = rows.map(([name, value]) =>
    `${`${name}:`.padEnd(12)}${escapeText(value)}`.trimEnd()
  );
  const asked = fields.length === 0 ? "" : `, "${escapeText(fields.join("."))}" neither`;
  const why = "this client does not know the type, and its definition does not tell them";
  return `${lines.join("\n")}\n\nIts fields are not described${asked}: ${why}.\n`;
}

/** The same as data. It has no `fields`, since nobody knows them. */
export function definedJson({ definition }: DefinedType): JsonValue {
  const { type, displayType, namespace, aliases, columns, isSensitive } = definition;
  return {
    type,
    kind: displayType,
    namespace,
    aliases: [...aliases],
    sensitive: isSensitive,
    columns: columns.map(({ name, jsonPath }) => ({ name, jsonPath })),
  };
}

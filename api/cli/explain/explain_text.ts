/** Explanations for people. */
import type { Explanation, FieldFacts } from "./explanation.ts";
import type { ResourceDefinition } from "../../../runtime/core/definition.ts";

/** Columns of a text where it is no terminal: longer lines are hard to read. */
const TEXT_WIDTH_MAX = 100;

const INDENT = "    ";

/** What is printed. */
export interface ExplainedType {
  readonly definition: Pick<
    ResourceDefinition,
    "type" | "displayType" | "namespace" | "aliases" | "sensitivity"
  >;
  readonly explanation: Explanation;
  /** From the resource: `["spec", "options"]`. */
  readonly path: readonly string[];
  readonly recursive: boolean;
}

/** The text, lines ended. @param width Of the terminal. */
export function explainText(shown: ExplainedType, width: number): string {
  const { definition, explanation, path, recursive } = shown;
  const columns = Math.min(width, TEXT_WIDTH_MAX);
  const { type, displayType, namespace, aliases, sensitivity } = definition;
  const isWhole = path.length === 1;
  const head: readonly (readonly [string, string])[] = [
    ["KIND", displayType],
    ["TYPE", type],
    ["NAMESPACE", namespace],
    ["ALIASES", aliases.join(", ")],
    ...(sensitivity === "" ? [] : [["READERS", "administrators only"] as const]),
    ...(isWhole && path[0] === "spec"
      ? []
      : [["FIELD", `${path.join(".")} <${explanation.type}>`] as const]),
  ];
  const lines = head.map(([name, value]) => `${`${name}:`.padEnd(12)}${value}`.trimEnd());
  if (explanation.description !== "") {
    lines.push(
      "",
      "DESCRIPTION:",
      ...wrapped(explanation.description, { indent: INDENT, columns }),
    );
  }
  if (explanation.values !== undefined) {
    lines.push("", "VALUES:", ...valueLines(explanation.values, columns));
  }
  if (explanation.fields.length > 0) {
    const fields = recursive
      ? treeLines(explanation.fields, INDENT)
      : fieldLines(explanation.fields, columns);
    lines.push("", "FIELDS:", ...fields);
  }
  return `${lines.join("\n")}\n`;
}

function valueLines(values: FieldFacts["values"] & object, columns: number): readonly string[] {
  return values.flatMap(({ name, description }) => [
    `${INDENT}${name}`,
    ...wrapped(description, { indent: INDENT.repeat(2), columns }),
  ]);
}

function fieldLines(fields: readonly FieldFacts[], columns: number): readonly string[] {
  return fields.flatMap(({ name, type, description, values }, index) => {
    const choices = values === undefined
      ? ""
      : `\n\nOne of ${values.map((value) => value.name).join(", ")}.`;
    return [
      ...(index === 0 ? [] : [""]),
      `${INDENT}${name} <${type}>`,
      ...wrapped(description + choices, { indent: INDENT.repeat(2), columns }),
    ];
  });
}

function treeLines(fields: readonly FieldFacts[], indent: string): readonly string[] {
  return fields.flatMap(({ name, type, fields: below }) => [
    `${indent}${name} <${type}>`,
    ...(below === undefined ? [] : treeLines(below, indent + INDENT)),
  ]);
}

/** Lines of words, none longer than it must be; paragraphs follow each other without empty lines. */
function wrapped(
  text: string,
  { indent, columns }: { readonly indent: string; readonly columns: number },
): readonly string[] {
  return text.split("\n\n").filter((paragraph) => paragraph !== "").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(/\s+/).filter((each) => each !== "")) {
      if (line !== "" && indent.length + line.length + 1 + word.length > columns) {
        lines.push(indent + line);
        line = "";
      }
      line += line === "" ? word : ` ${word}`;
    }
    return line === "" ? lines : [...lines, indent + line];
  });
}

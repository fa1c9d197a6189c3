/** Formats of `-o` that all commands have which show data: YAML, JSON, and what a JSONPath template picks out of it. */
import { CommandError, EXIT } from "../client/command_error.ts";
import { choicePrefix, JSON_PATH } from "./choice.ts";
import { type CommandInput, optionText } from "./command_spec.ts";
import { escapeLines } from "./escape.ts";
import { readTemplate, renderTemplate, type Template, TemplateError } from "./json_path.ts";
import type { Output } from "./output.ts";
import { jsonText } from "./resource_json.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** What was asked for. */
export interface OutputFormat {
  /** One of the command's own words, `yaml`, `json` or `jsonpath`. */
  readonly name: string;
  /** Of `jsonpath`. */
  readonly template: Template | undefined;
}

/** Reads `-o`. Braces around a single path may be left out. @throws {CommandError} `usage`. */
export function outputFormat(input: CommandInput, fallback = "table"): OutputFormat {
  const text = optionText(input, "output") ?? fallback;
  const prefix = choicePrefix(JSON_PATH) ?? "";
  if (!text.startsWith(prefix)) return { name: text, template: undefined };
  const given = text.slice(prefix.length);
  try {
    const template = readTemplate(given.includes("{") ? given : `{${given}}`);
    return { name: "jsonpath", template };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new CommandError(EXIT.usage, `cannot use the JSONPath template: ${error.message}`);
  }
}

/** Prints `value` where the format is one of data. @returns Whether it is. */
export async function printData(
  out: Output,
  shown: { readonly format: OutputFormat; readonly value: () => JsonValue },
): Promise<boolean> {
  const { format, value } = shown;
  switch (format.name) {
    case "json":
      await out.text(`${jsonText(value(), "lines")}\n`);
      return true;
    case "yaml": {
      const { valueYaml } = await import("./value_yaml.ts");
      await out.text(await valueYaml(value()));
      return true;
    }
    case "jsonpath":
      await out.text(`${picked(out, { format, value: value() })}\n`);
      return true;
    default:
      return false;
  }
}

/** What the template picks: as it is for a pipe or file, safe to look at on a terminal. */
export function picked(
  out: Pick<Output, "isTerminal">,
  { format, value }: { readonly format: OutputFormat; readonly value: unknown },
): string {
  const text = renderTemplate(format.template ?? [], value);
  return out.isTerminal ? escapeLines(text) : text;
}

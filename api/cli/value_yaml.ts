/** JSON values as YAML that is safe to print. */
import { escapeLines, isUnsafe } from "./escape.ts";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Scalar } from "yaml";

/** Four spaces a level, as everywhere in YAML of ours; with a line's end behind it. */
export async function valueYaml(value: JsonValue): Promise<string> {
  const yaml = await import("yaml");
  const document = new yaml.Document(value);
  yaml.visit(document, {
    Scalar(_, scalar: Scalar) {
      if (typeof scalar.value === "string" && isUnsafe(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  // Only double-quoted scalars still hold what is unsafe, and the escapes are YAML's own.
  return escapeLines(document.toString({ indent: 4, lineWidth: 0 }));
}

/** The operations of the HTTP API in docs/api.md. */
import { routeEntries } from "../../api/http_routes.ts";
import { PATH_PARAMETERS } from "../../api/openapi/http_paths.ts";
import { type OperationDoc, OPERATIONS, type ParameterDoc } from "../../api/openapi/operations.ts";
import { pathShape } from "../../api/http_routes.ts";
import { httpLine } from "./curl_line.ts";
import { cell } from "./rpc_pages.ts";

/** Renders every operation. */
export function httpPages(): string {
  return routeEntries().map(([name, { method, path, open }]) => {
    const doc: OperationDoc = OPERATIONS[name];
    const filled = path.replaceAll(
      /:(\w+)/g,
      (_, part: string) => exampleOf(PATH_PARAMETERS[part]),
    );
    const headers = Object.entries(doc.headers ?? {}).filter(([, { required }]) => required)
      .map(([header, facts]) => [header, exampleOf(facts)] as const);
    const parameters = [...rows("`?", doc.query), ...rows("`", doc.headers ?? {})];
    return [
      `### ${method} ${pathShape(path)}`,
      doc.summary + (open ? " Answers anybody." : ""),
      ...(parameters.length === 0
        ? []
        : [["| Parameter | Meaning |", "| --- | --- |", ...parameters].join("\n")]),
      answersOf(doc),
      `\`\`\`sh\n${httpLine({ method, path: filled, headers, body: doc.body })}\n\`\`\``,
    ].join("\n\n");
  }).join("\n\n");
}

function rows(
  before: string,
  parameters: Readonly<Record<string, ParameterDoc>>,
): readonly string[] {
  return Object.entries(parameters).map(([name, { description, schema, required }]) => {
    const limit = schema["description"] === undefined ? "" : ` ${schema["description"]}.`;
    const must = required ? " Required." : "";
    return `| ${before}${name}\` | ${cell(description + limit + must)} |`;
  });
}

function answersOf({ answers, refusals }: OperationDoc): string {
  const good = Object.entries(answers).map(([status, { description, content }]) => {
    const forms = Object.keys(content ?? {}).map((form) => `\`${form}\``).join(", ");
    return `${status}${forms === "" ? "" : ` (${forms})`}: ${description}`;
  });
  const refused = refusals.length === 0 ? [] : [`Refused with ${refusals.join(", ")}.`];
  return [...good, ...refused].join(" ");
}

function exampleOf(parameter: ParameterDoc | undefined): string {
  return parameter?.example ?? "";
}

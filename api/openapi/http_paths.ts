/** The paths of the HTTP API in the document. */
import type { DescMessage } from "@bufbuild/protobuf";
import { type HttpRoute, routeEntries } from "../http_routes.ts";
import { type JsonSchema, type MessageRef, ref } from "./json_schema.ts";
import type { MessageSchemas } from "./message_schema.ts";
import { type AnswerDoc, type OperationDoc, OPERATIONS, type ParameterDoc } from "./operations.ts";

/** Path items by path. */
export type Paths = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A header of every answer. */
export const NO_SNIFF = {
  "x-content-type-options": { $ref: "#/components/headers/NoSniff" },
} as const;

/** What any operation that needs a caller may answer. */
const REFUSALS_OF_ANY = [400, 401, 403, 500, 503];

/** Refusals of the HTTP API, by the names the items give them. */
export const PROBLEM_RESPONSES = {
  Problem: {
    description: "Refused; `detail` says why.",
    headers: NO_SNIFF,
    content: { "application/problem+json": { schema: ref("Problem") } },
  },
  Bare: { description: "Refused; the same by GET says why.", headers: NO_SNIFF },
} as const;

/** What the parts of a path are. */
export const PATH_PARAMETERS: Readonly<Record<string, ParameterDoc>> = {
  namespace: {
    description: "Namespace, or `_` for the type's own.",
    schema: { type: "string" },
    example: "fs",
  },
  type: {
    description: "Type or alias, in any case.",
    schema: { type: "string" },
    example: "EtcFileSpecs.fs.strata",
  },
  id: { description: "Name within the kind.", schema: { type: "string" }, example: "hosts" },
};

/** Makes the items; messages they answer are gathered in `messages`. */
export function httpPaths(messages: MessageSchemas): Paths {
  const paths = new Map<string, Record<string, unknown>>();
  for (const [name, route] of routeEntries()) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    const item = paths.get(path) ?? {};
    paths.set(path, item);
    const operation = operationOf(name, route, messages);
    item[route.method.toLowerCase()] = operation;
    if (route.method === "GET") item["head"] = headOf(operation);
  }
  return Object.fromEntries(paths);
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function operationOf(name: string, route: HttpRoute, messages: MessageSchemas): Operation {
  const doc: OperationDoc = OPERATIONS[name as keyof typeof OPERATIONS]; // Their keys are the same.
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, part = ""]) => part);
  const parameters = [
    ...inPath.map((part) => parameterOf(part, "path", PATH_PARAMETERS[part])),
    ...Object.entries(doc.query).map(([each, facts]) => parameterOf(each, "query", facts)),
    ...Object.entries(doc.headers ?? {}).map(([each, facts]) => parameterOf(each, "header", facts)),
  ];
  const { body } = doc;
  return {
    operationId: name,
    tags: [route.open ? "health" : "http"],
    summary: doc.summary,
    ...(route.open ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : {
      requestBody: {
        required: true,
        content: { [body.mediaType]: { schema: body.schema, example: body.example } },
      },
    }),
    responses: responsesOf(route, doc, messages),
  } as Operation;
}

function parameterOf(name: string, where: string, doc: ParameterDoc | undefined) {
  const { description = "", schema = {}, required, example } = doc ?? {};
  return {
    name,
    in: where,
    description,
    schema,
    ...(where === "path" || required ? { required: true } : {}),
    ...(example === undefined ? {} : { example: schema["type"] === "array" ? [example] : example }),
  };
}

function responsesOf(
  route: HttpRoute,
  doc: OperationDoc,
  messages: MessageSchemas,
): Operation["responses"] {
  const refusals = route.open ? [] : [...REFUSALS_OF_ANY, ...doc.refusals].sort();
  return Object.fromEntries([
    ...Object.entries(doc.answers).map(([status, answer]) => [status, answerOf(answer, messages)]),
    ...refusals.map((status) => [String(status), { $ref: "#/components/responses/Problem" }]),
  ]);
}

function answerOf({ description, headers, content }: AnswerDoc, messages: MessageSchemas) {
  const named = Object.entries(headers ?? {}).map(([name, text]) => [
    name.replace("?", ""),
    { description: text, required: !name.endsWith("?"), schema: { type: "string" } },
  ]);
  const bodies = Object.entries(content ?? {}).map(([mediaType, schema]) => [
    mediaType,
    { schema: isMessage(schema) ? messages.refTo(schema.message) : schema },
  ]);
  return {
    description,
    headers: { ...NO_SNIFF, ...Object.fromEntries(named) },
    ...(bodies.length === 0 ? {} : { content: Object.fromEntries(bodies) }),
  };
}

function isMessage(schema: JsonSchema | MessageRef): schema is MessageRef {
  return (schema["message"] as DescMessage | undefined)?.kind === "message";
}

/** The same answers, without their bodies. */
function headOf(operation: Operation): Operation {
  const responses = Object.entries(operation.responses).map(([status, { content: _, ...rest }]) => {
    return [status, "$ref" in rest ? { $ref: "#/components/responses/Bare" } : rest];
  });
  return {
    ...operation,
    operationId: `${operation.operationId}Head`,
    responses: Object.fromEntries(responses),
  };
}

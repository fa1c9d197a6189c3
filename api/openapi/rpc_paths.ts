/** The RPCs in the document: Connect with JSON, streams in its envelopes. */
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { COMMENTS } from "../../proto/gen/comments.ts";
import { NO_SNIFF, type Paths } from "./http_paths.ts";
import type { JsonSchema } from "./json_schema.ts";
import type { MessageSchemas } from "./message_schema.ts";
import { rpcExample } from "./rpc_examples.ts";

/** What an RPC is sent as and answers, by whether it streams. */
const UNARY = "application/json";
const STREAM = "application/connect+json";

/** Codes as Connect spells them: `NotFound` is `not_found`. */
const CODES = Object.values(Code).filter((code) => typeof code === "string")
  .map((code) => code.replaceAll(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase());

const REFUSED: JsonSchema = {
  type: "object",
  properties: {
    code: { type: "string", enum: CODES },
    message: { type: "string" },
    details: { type: "array", items: { type: "object" } },
  },
  required: ["code"],
};

/** Refusals of RPCs, by the names the items give them. */
export const RPC_RESPONSES = {
  Unserved: { description: "The RPC is not served in this form.", headers: NO_SNIFF },
  Refused: {
    description: "Refused; `message` says why.",
    headers: NO_SNIFF,
    content: { [UNARY]: { schema: REFUSED } },
  },
};

const REFUSALS = {
  415: { $ref: "#/components/responses/Unserved" },
  default: { $ref: "#/components/responses/Refused" },
};

/** Makes the items; messages are gathered in `messages`. */
export function rpcPaths(services: readonly DescService[], messages: MessageSchemas): Paths {
  return Object.fromEntries(
    services.flatMap(({ methods }) => methods).map((method) => [
      `/${method.parent.typeName}/${method.name}`,
      itemOf(method, messages),
    ]),
  );
}

function itemOf(method: DescMethod, messages: MessageSchemas): Readonly<Record<string, unknown>> {
  const { methodKind, parent, name } = method;
  const mediaType = methodKind === "unary" ? UNARY : STREAM;
  const operationId = `${parent.typeName}.${name}`;
  const example = rpcExample(method);
  const input = messages.refTo(method.input);
  const output = messages.refTo(method.output);
  const responses = {
    200: {
      description: methodKind === "unary"
        ? "The answer."
        : "Messages in envelopes: a byte of flags, four of length, the message; the last, flagged 2, " +
          "is how the call ended.",
      headers: NO_SNIFF,
      content: { [mediaType]: { schema: output } },
    },
    ...REFUSALS,
  };
  const [summary = "", ...more] = (COMMENTS[operationId] ?? "").split("\n\n");
  const told = more.length === 0 ? { summary } : { summary, description: more.join("\n\n") };
  const common = { tags: [parent.typeName], ...told, responses };
  const post = {
    operationId,
    ...common,
    requestBody: { required: true, content: { [mediaType]: { schema: input, example } } },
  };
  const isRead = methodKind === "unary" && method.idempotency === Idempotency.NO_SIDE_EFFECTS;
  if (!isRead) return { post };
  return {
    post,
    get: { operationId: `${operationId}.get`, ...common, parameters: query(input, example) },
  };
}

/** A call without side effects by GET. */
function query(input: JsonSchema, example: unknown) {
  return [
    { name: "connect", in: "query", schema: { const: "v1" }, example: "v1" },
    { name: "encoding", in: "query", required: true, schema: { enum: ["json"] }, example: "json" },
    {
      name: "message",
      in: "query",
      required: true,
      content: { [UNARY]: { schema: input, example } },
    },
  ];
}

/**
 * The OpenAPI 3.1 document of everything that is served over HTTP. The routes of the HTTP API come from `ROUTES`, RPCs and
 * specs from the descriptors that serve them.
 */
import type { ResourceTypes } from "../../runtime/core/resource_types.ts";
import { SERVICES } from "../grpc/served_methods.ts";
import { REFUSALS } from "../errors.ts";
import { HTTP_REFUSALS } from "../problem.ts";
import { httpPaths, PROBLEM_RESPONSES } from "./http_paths.ts";
import { type JsonSchema, ref } from "./json_schema.ts";
import { MessageSchemas } from "./message_schema.ts";
import { RPC_RESPONSES, rpcPaths } from "./rpc_paths.ts";
import { SCHEMAS } from "./schemas.ts";

/** What the document tells of. */
export interface DocumentOptions {
  /** The types whose specs are known. */
  readonly types: ResourceTypes;
  /** Release that serves it. */
  readonly version: string;
}

/** A value for `JSON.stringify`. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

const DESCRIPTION =
  "Unix sockets are guarded by file mode and need no token. Every answer carries " +
  "`X-Content-Type-Options: nosniff`; 64-bit integers are texts. A path's last part takes the rest of " +
  "it, percent-decoded, so that ids may hold slashes. Every RPC is also served in binary " +
  "(`application/proto`) and over gRPC-Web.";

/** Makes the document. */
export function openApiDocument({ types, version }: DocumentOptions): OpenApiDocument {
  const messages = new MessageSchemas();
  const paths = { ...httpPaths(messages), ...rpcPaths(SERVICES, messages) };
  const resources = resourceSchemas(types, messages);
  return {
    openapi: "3.1.1",
    info: { title: "Strata", version, description: DESCRIPTION },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }, { certificate: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "Of TCP without TLS." },
        certificate: { type: "mutualTLS", description: "Its organisations are the roles." },
      },
      headers: {
        NoSniff: {
          description: "A body is what Content-Type says.",
          required: true,
          schema: { const: "nosniff" },
        },
      },
      responses: { ...PROBLEM_RESPONSES, ...RPC_RESPONSES },
      schemas: { ...SCHEMAS, ...resources, ...messages.all() },
    },
  };
}

/** Resources by type: each known one with its own spec, all others opaque. */
function resourceSchemas(
  types: ResourceTypes,
  messages: MessageSchemas,
): Readonly<Record<string, JsonSchema>> {
  const known = types.all();
  const specs = known.map(({ descriptor }) => messages.refTo(descriptor));
  const ofKnown = known.map(({ type }, index) => resourceOf({ const: type }, specs[index] ?? {}));
  const strange = { not: { enum: known.map(({ type }) => type) } };
  const opaque = resourceOf(strange, ref("OpaqueSpec"));
  const named = Object.fromEntries(known.map(({ type }, index) => [type, ofKnown[index] ?? {}]));
  const refs = known.map(({ type }) => ref(type));
  const given = uniqueSchemas([...specs, ref("OpaqueSpec")]);
  return {
    ...named,
    OpaqueResource: opaque,
    Resource: { ...SCHEMAS.Resource, oneOf: [...refs, ref("OpaqueResource")] },
    ResourceInput: {
      ...SCHEMAS.ResourceInput,
      properties: { ...SCHEMAS.ResourceInput.properties, spec: { anyOf: given } },
    },
    Refusal: { type: "string", enum: [...REFUSALS, ...HTTP_REFUSALS] },
  };
}

function resourceOf(type: JsonSchema, spec: JsonSchema): JsonSchema {
  return {
    type: "object",
    properties: {
      metadata: { allOf: [ref("Metadata"), { type: "object", properties: { type } }] },
      spec,
    },
    required: ["metadata", "spec"],
  };
}

function uniqueSchemas(schemas: readonly JsonSchema[]): readonly JsonSchema[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
}

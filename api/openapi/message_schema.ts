/** Schemas of the JSON form of protobuf messages, from their descriptors. */
import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { COMMENTS } from "../../proto/gen/comments.ts";
import { type JsonSchema, ref } from "./json_schema.ts";

/** Messages whose JSON form is their own. */
const WELL_KNOWN: Readonly<Record<string, JsonSchema>> = {
  "google.protobuf.Timestamp": {
    type: "string",
    format: "date-time",
    description: "RFC 3339 with up to nine digits of a second.",
  },
  "google.protobuf.Duration": { type: "string", pattern: "^-?\\d+(\\.\\d{1,9})?s$" },
  "google.protobuf.Any": {
    type: "object",
    properties: { "@type": { type: "string", description: "The message's type URL." } },
  },
};

const INT64: JsonSchema = { type: "string", pattern: "^-?\\d{1,19}$" };
const UINT64: JsonSchema = { type: "string", pattern: "^\\d{1,20}$" };
const INT32: JsonSchema = { type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
const UINT32: JsonSchema = { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 };
/** Infinities and not-a-number are texts in JSON. */
const FLOAT: JsonSchema = {
  anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }],
};

const SCALARS: Readonly<Record<ScalarType, JsonSchema>> = {
  [ScalarType.STRING]: { type: "string" },
  [ScalarType.BYTES]: { type: "string", contentEncoding: "base64" },
  [ScalarType.BOOL]: { type: "boolean" },
  [ScalarType.DOUBLE]: FLOAT,
  [ScalarType.FLOAT]: FLOAT,
  [ScalarType.INT32]: INT32,
  [ScalarType.SINT32]: INT32,
  [ScalarType.SFIXED32]: INT32,
  [ScalarType.UINT32]: UINT32,
  [ScalarType.FIXED32]: UINT32,
  [ScalarType.INT64]: INT64,
  [ScalarType.SINT64]: INT64,
  [ScalarType.SFIXED64]: INT64,
  [ScalarType.UINT64]: UINT64,
  [ScalarType.FIXED64]: UINT64,
};

/** Gathers the schemas of messages by their full names. */
export class MessageSchemas {
  readonly #schemas = new Map<string, JsonSchema>();

  /** A reference to the schema of `message`, which is gathered with all it holds. */
  refTo(message: DescMessage): JsonSchema {
    const own = WELL_KNOWN[message.typeName];
    if (own !== undefined) return own;
    const { typeName } = message;
    if (!this.#schemas.has(typeName)) {
      this.#schemas.set(typeName, {}); // It may hold itself.
      const properties = message.fields.map((field) => [
        field.jsonName,
        described(this.#field(field), `${typeName}.${field.name}`),
      ]);
      const schema = {
        type: "object",
        properties: Object.fromEntries(properties),
        additionalProperties: false,
      };
      this.#schemas.set(typeName, described(schema, typeName));
    }
    return ref(typeName);
  }

  /** What was gathered. */
  all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => a < b ? -1 : 1));
  }

  #field(field: DescField): JsonSchema {
    switch (field.fieldKind) {
      case "list":
        return { type: "array", items: this.#value(field) };
      case "map":
        return { type: "object", additionalProperties: this.#value(field) };
      default:
        return this.#value(field);
    }
  }

  /** Of a list or map, one value. */
  #value({ scalar, enum: values, message }: DescField): JsonSchema {
    if (message !== undefined) return this.refTo(message);
    if (values !== undefined) return enumSchema(values);
    return SCALARS[scalar];
  }
}

function enumSchema({ values }: DescEnum): JsonSchema {
  return { type: "string", enum: values.map(({ name }) => name) };
}

/** The schema with the comment of the .proto file that it comes from. */
function described(schema: JsonSchema, name: string): JsonSchema {
  const description = COMMENTS[name];
  return description === undefined ? schema : { ...schema, description };
}

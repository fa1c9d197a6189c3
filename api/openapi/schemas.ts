/** The schemas of the HTTP API that are no protobuf messages, by name. */
import { type JsonSchema, ref } from "./json_schema.ts";

const TEXT = { type: "string" } as const;
const TEXTS = { type: "array", items: TEXT } as const;
const ENTRIES = { type: "object", additionalProperties: TEXT } as const;
const TIME = {
  type: "string",
  format: "date-time",
  description: "RFC 3339 with up to nine digits of a second.",
} as const;
const VERSION = {
  type: "string",
  pattern: "^(undefined|\\d{1,20})$",
  description: "A 64-bit number, or `undefined` where nothing is stored.",
} as const;
const PHASE = { enum: ["running", "tearingDown"] } as const;

const NAMES = {
  namespace: TEXT,
  type: TEXT,
  id: TEXT,
  version: VERSION,
  phase: PHASE,
  owner: { ...TEXT, description: "The controller that owns it; empty is nobody." },
  finalizers: { ...TEXTS, description: "Who must let go before it can be destroyed." },
  labels: { ...ENTRIES, description: "Marks that queries see." },
  annotations: { ...ENTRIES, description: "Marks that no query sees." },
  created: TIME,
  updated: TIME,
} as const;

/** What a body may say of each name. */
const GIVEN = {
  ...NAMES,
  owner: { const: "", description: "Callers over HTTP own nothing." },
} as const;

/** What a patch may change. */
const PATCHED_ENTRIES = {
  type: ["object", "null"],
  additionalProperties: { type: ["string", "null"] },
} as const;

/** The schemas by name. */
export const SCHEMAS = {
  Metadata: {
    type: "object",
    properties: NAMES,
    required: [
      "namespace",
      "type",
      "id",
      "version",
      "phase",
      "owner",
      "finalizers",
      "labels",
      "annotations",
      "created",
      "updated",
    ],
    additionalProperties: false,
  },
  MetadataInput: {
    type: "object",
    properties: GIVEN,
    required: ["id"],
    additionalProperties: false,
    description: "Names that the path says may be left out; version and times are the store's.",
  },
  OpaqueSpec: {
    type: "object",
    properties: { yaml: TEXT, proto: { ...TEXT, contentEncoding: "base64" } },
    additionalProperties: false,
    description: "The spec of a type that is not known here.",
  },
  Resource: {
    type: "object",
    properties: { metadata: ref("Metadata"), spec: {} },
    required: ["metadata", "spec"],
    additionalProperties: false,
  },
  ResourceInput: {
    type: "object",
    properties: { metadata: ref("MetadataInput"), spec: {} },
    required: ["metadata", "spec"],
    additionalProperties: false,
    description: "The spec is that of the type in the path.",
  },
  ResourcePatch: {
    type: "object",
    properties: {
      metadata: {
        type: "object",
        properties: {
          labels: PATCHED_ENTRIES,
          annotations: PATCHED_ENTRIES,
          finalizers: {
            type: "object",
            additionalProperties: { enum: [true, null] },
            description: "true adds a name, null removes it.",
          },
        },
        additionalProperties: false,
      },
      spec: {},
    },
    additionalProperties: false,
    description: "A merge patch (RFC 7396): null removes, objects merge, all else replaces.",
  },
  ResourceList: {
    type: "object",
    properties: { items: { type: "array", items: ref("Resource") } },
    required: ["items"],
    additionalProperties: false,
  },
  WatchEvent: {
    type: "object",
    properties: {
      event: { enum: ["created", "updated", "destroyed", "bootstrapped", "errored", "noop"] },
      resource: ref("Resource"),
      old: { ...ref("Resource"), description: "Before the change; of `updated` alone." },
      error: {
        type: "object",
        properties: { code: ref("Refusal"), detail: TEXT },
        required: ["code", "detail"],
        additionalProperties: false,
        description: "Why the watch is over; of `errored` alone.",
      },
      bookmark: { ...TEXT, description: "base64url: where `Last-Event-ID` goes on from." },
    },
    required: ["event"],
    additionalProperties: false,
  },
  Held: {
    type: "object",
    properties: { detail: TEXT, finalizers: TEXTS },
    required: ["detail", "finalizers"],
    additionalProperties: false,
  },
  ResourceType: {
    type: "object",
    properties: {
      type: TEXT,
      displayType: TEXT,
      defaultNamespace: TEXT,
      aliases: TEXTS,
      allAliases: TEXTS,
      printColumns: {
        type: "array",
        items: {
          type: "object",
          properties: { name: TEXT, jsonPath: TEXT },
          required: ["name", "jsonPath"],
          additionalProperties: false,
        },
      },
      sensitivity: { enum: ["", "sensitive"] },
    },
    required: [
      "type",
      "displayType",
      "defaultNamespace",
      "aliases",
      "allAliases",
      "printColumns",
      "sensitivity",
    ],
    additionalProperties: false,
  },
  ResourceTypeList: {
    type: "object",
    properties: { items: { type: "array", items: ref("ResourceType") } },
    required: ["items"],
    additionalProperties: false,
  },
  Version: {
    type: "object",
    properties: {
      tag: TEXT,
      sha: TEXT,
      built: { ...TEXT, description: "RFC 3339; empty where it is not known." },
      runtime: TEXT,
      os: TEXT,
      arch: TEXT,
      platform: TEXT,
      mode: { enum: ["metal", "container"] },
    },
    required: ["tag", "sha", "built", "runtime", "os", "arch", "platform", "mode"],
    additionalProperties: false,
  },
  Refusal: { type: "string" },
  Problem: {
    type: "object",
    properties: {
      type: { const: "about:blank" },
      title: TEXT,
      status: { type: "integer", minimum: 400, maximum: 599 },
      code: ref("Refusal"),
      detail: { ...TEXT, description: "What is wrong, and what may be." },
    },
    required: ["type", "title", "status", "code", "detail"],
    additionalProperties: false,
    description: "RFC 9457.",
  },
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** The schemas, each with its own shape. */
export type Schemas = typeof SCHEMAS;

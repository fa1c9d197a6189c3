/** What the operations of the HTTP API take and answer. */
import {
  GraphResponseSchema,
  WhyResponseSchema,
} from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { OperationName, Routes } from "../http_routes.ts";
import { DELETE_WAIT_SECONDS_MAX, ID_REGEXP_LENGTH_MAX, TAIL_EVENTS_MAX } from "../limits.ts";
import { type JsonSchema, type MessageRef, ref } from "./json_schema.ts";

/** One parameter. */
export interface ParameterDoc {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly required?: true;
  readonly example?: string;
}

/** One answer: its body by media type, of streams what each line or event holds. */
export interface AnswerDoc {
  readonly description: string;
  /** What each header says; one with a question mark behind its name may be missing. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Readonly<Record<string, JsonSchema | MessageRef>>;
}

/** One operation. */
export interface OperationDoc {
  readonly summary: string;
  readonly query: Readonly<Record<string, ParameterDoc>>;
  readonly headers?: Readonly<Record<string, ParameterDoc>>;
  readonly body?: {
    readonly mediaType: string;
    readonly schema: JsonSchema;
    readonly example: unknown;
  };
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Statuses of problems besides those that any operation may answer. */
  readonly refusals: readonly number[];
}

/** Parameters are those of the route: none can be forgotten, none made up. */
type Operations = {
  readonly [Name in OperationName]: OperationDoc & {
    readonly query: Readonly<Record<Routes[Name]["query"][number], ParameterDoc>>;
  };
};

const FLAG = { enum: ["", "true", "1", "false", "0"] } as const;
const ETAG = { etag: '`"VERSION-CREATED"`, CREATED in nanoseconds since 1970.' } as const;
const IF_MATCH = {
  description: "The ETag of a GET, or `*`.",
  schema: { type: "string", pattern: '^(\\*|"[^"]*")$' },
  example: "*",
} as const satisfies ParameterDoc;
const VERBOSE = {
  verbose: { description: "Tells what was looked at.", schema: { type: "string" } },
} as const;
const WATCH = {
  watch: { description: "Changes from now on instead of what there is.", schema: FLAG },
  bootstrap: { description: "Of a watch: first what there is, as `created`.", schema: FLAG },
  tail: {
    description: "Of a watch: first so many past events.",
    schema: { type: "string", pattern: "^\\d{1,9}$", description: `0 … ${TAIL_EVENTS_MAX}` },
    example: "0",
  },
} as const satisfies Readonly<Record<string, ParameterDoc>>;
const LAST_EVENT_ID = {
  description: "Of a watch: the bookmark to go on from; it overrides bootstrap and tail.",
  schema: { type: "string" },
} as const satisfies ParameterDoc;
const RESOURCE = { "application/json": ref("Resource") } as const;
const EVENTS = {
  "text/event-stream": ref("WatchEvent"),
  "application/x-ndjson": ref("WatchEvent"),
} as const;
const INPUT_EXAMPLE = { metadata: { id: "hosts" }, spec: { contents: "127.0.0.1 localhost\n" } };

function plain(answer: string, summary: string) {
  return {
    summary,
    query: VERBOSE,
    answers: {
      200: { description: answer, content: { "text/plain": { type: "string" } } },
    },
    refusals: [],
  } as const;
}

const READINESS = {
  ...plain("Ready.", "Whether the machine does what it is for."),
  answers: {
    200: { description: "It does.", content: { "text/plain": { type: "string" } } },
    503: {
      description: "It does not; each line names what is missing.",
      content: { "text/plain": { type: "string" } },
    },
  },
} as const;

/** The operations by name. */
export const OPERATIONS = {
  livez: plain("It does.", "Whether the agent answers at all."),
  readyz: READINESS,
  healthz: READINESS,
  version: {
    summary: "What runs here.",
    query: {},
    answers: {
      200: { description: "The build.", content: { "application/json": ref("Version") } },
    },
    refusals: [],
  },
  listTypes: {
    summary: "The resource types that are known, with their shorter names and print columns.",
    query: {},
    answers: {
      200: { description: "The types.", content: { "application/json": ref("ResourceTypeList") } },
    },
    refusals: [],
  },
  listResources: {
    summary: "The resources of a kind, or with `watch` what becomes of them.",
    query: {
      ...WATCH,
      label: {
        description:
          "`a=b,c!=d,e in (x,y),f notin (z),g,!h,n<10`: all terms must hold. Repeated: any of them. " +
          "`<` and `<=` compare numbers, units allowed, where the value is one, else bytes.",
        schema: { type: "array", items: { type: "string" } },
        example: "!absent",
      },
      id: {
        description: "RE2, searched for anywhere in the id.",
        schema: { type: "string", maxLength: ID_REGEXP_LENGTH_MAX },
        example: "^h",
      },
    },
    headers: { "last-event-id": LAST_EVENT_ID },
    answers: {
      200: {
        description: "The list, or a stream: one resource a line, or events of a watch.",
        content: {
          "application/json": ref("ResourceList"),
          "application/x-ndjson": { anyOf: [ref("Resource"), ref("WatchEvent")] },
          "text/event-stream": ref("WatchEvent"),
        },
      },
    },
    refusals: [404, 410, 429],
  },
  createResource: {
    summary: "Stores a new resource.",
    query: {},
    body: { mediaType: "application/json", schema: ref("ResourceInput"), example: INPUT_EXAMPLE },
    answers: {
      201: {
        description: "As it was stored.",
        headers: { ...ETAG, location: "Path of the resource." },
        content: RESOURCE,
      },
    },
    refusals: [404, 409, 413, 415],
  },
  getResource: {
    summary: "One resource, or with `watch` what becomes of it.",
    query: WATCH,
    headers: {
      "if-none-match": {
        description: "ETags that the caller has.",
        schema: { type: "string" },
        example: '"1-1"',
      },
      "last-event-id": LAST_EVENT_ID,
    },
    answers: {
      200: {
        description: "The resource.",
        headers: { "etag?": `${ETAG.etag} Not of a watch.` },
        content: { ...RESOURCE, ...EVENTS },
      },
      304: { description: "The caller has it.", headers: ETAG },
    },
    refusals: [404, 410, 429, 501],
  },
  updateResource: {
    summary: "Replaces a resource that is running, where If-Match names it.",
    query: {},
    headers: { "if-match": { ...IF_MATCH, required: true } },
    body: { mediaType: "application/json", schema: ref("ResourceInput"), example: INPUT_EXAMPLE },
    answers: { 200: { description: "As it was stored.", headers: ETAG, content: RESOURCE } },
    refusals: [404, 409, 412, 413, 415, 428],
  },
  patchResource: {
    summary: "Merges spec, labels, annotations; tried again when others write first, unless " +
      "If-Match is given. Finalizers alone may be changed on owned resources and in any phase.",
    query: {},
    headers: { "if-match": IF_MATCH },
    body: {
      mediaType: "application/merge-patch+json",
      schema: ref("ResourcePatch"),
      example: { metadata: { labels: { site: "here" } }, spec: { mode: 420 } },
    },
    answers: { 200: { description: "As it was stored.", headers: ETAG, content: RESOURCE } },
    refusals: [404, 409, 412, 413, 415],
  },
  deleteResource: {
    summary: "Tears a resource down, then destroys it. One that a controller owns is refused.",
    query: {
      wait: {
        description: "Seconds to wait for the last finalizer.",
        schema: {
          type: "string",
          pattern: "^\\d{1,3}$",
          description: `0 … ${DELETE_WAIT_SECONDS_MAX}`,
        },
        example: "0",
      },
    },
    headers: { "if-match": IF_MATCH },
    answers: {
      202: {
        description: "Torn down, and held by finalizers: repeat, or let a controller destroy it.",
        content: { "application/json": ref("Held") },
      },
      204: { description: "It is gone." },
    },
    refusals: [404, 409, 412],
  },
  getGraph: {
    summary: "Controllers and kinds as nodes and edges, with counts, last run, last error.",
    query: {},
    answers: {
      200: {
        description: "The graph.",
        content: { "application/json": { message: GraphResponseSchema } },
      },
    },
    refusals: [],
  },
  getWhy: {
    summary: "The writes that led to a resource as it is, back to the call that began it.",
    query: {},
    answers: {
      200: {
        description: "The way back, the newest write first.",
        content: { "application/json": { message: WhyResponseSchema } },
      },
    },
    refusals: [404],
  },
  getMetrics: {
    summary: "Numbers in the text format of Prometheus.",
    query: {},
    answers: {
      200: { description: "The numbers.", content: { "text/plain": { type: "string" } } },
    },
    refusals: [],
  },
  getOpenApi: {
    summary: "This document.",
    query: {},
    answers: {
      200: {
        description: "OpenAPI 3.1.",
        content: { "application/json": { type: "object", required: ["openapi", "info", "paths"] } },
      },
    },
    refusals: [],
  },
} as const satisfies Operations;

/** The operations, each with its own shape. */
export type OperationDocs = typeof OPERATIONS;

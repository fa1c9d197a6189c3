/** The routes of the HTTP API as a type of Hono: what `hc` and other typed clients take. Types alone. */
import type { Hono } from "hono";
import type { OperationName, Routes } from "./http_routes.ts";
import type { FromSchema } from "./openapi/json_schema.ts";
import type { OperationDocs } from "./openapi/operations.ts";
import type { Schemas } from "./openapi/schemas.ts";

/** A JSON shape of the HTTP API by its name in `/openapi.json`, such as `Resource` or `WatchEvent`. */
export type HttpShape<Name extends keyof Schemas> = FromSchema<Schemas[Name], Schemas>;

/** The application, for `hc<HttpApp>()`. */
export type HttpApp = Hono<Record<never, never>, HttpSchema, "/">;

/** What each path takes and answers, by method. */
export type HttpSchema = {
  [Path in Routes[OperationName]["path"]]: {
    [Name in OperationAt<Path> as `$${Lowercase<Routes[Name]["method"]>}`]: Endpoint<Name>;
  };
};

type OperationAt<Path> = {
  [Name in OperationName]: Routes[Name]["path"] extends Path ? Name : never;
}[OperationName];

/** One for each status. */
type Endpoint<Name extends OperationName> = Good<Name> | Refused<Name>;

type Good<Name extends OperationName> = {
  [Status in keyof OperationDocs[Name]["answers"]]: {
    input: Input<Name>;
    status: Status;
  } & Body<OperationDocs[Name]["answers"][Status]>;
}[keyof OperationDocs[Name]["answers"]];

type Refused<Name extends OperationName> = Routes[Name] extends { readonly open: true } ? never : {
  input: Input<Name>;
  status: 400 | 401 | 403 | 500 | 503 | OperationDocs[Name]["refusals"][number];
  output: HttpShape<"Problem">;
  outputFormat: "json";
};

/** Of several forms the one that is asked for by nothing: JSON. */
type Body<Answer> = Answer extends { content: { "application/json": infer Schema } }
  ? { output: FromSchema<Schema, Schemas>; outputFormat: "json" }
  : Answer extends { content: { "text/plain": unknown } } ? { output: string; outputFormat: "text" }
  : { output: null; outputFormat: "body" };

type Input<Name extends OperationName> =
  & Params<Routes[Name]["path"]>
  & {
    query?: { [Key in Routes[Name]["query"][number]]?: Value<OperationDocs[Name]["query"], Key> };
  }
  & Headers<OperationDocs[Name]>
  & Json<OperationDocs[Name]>;

type Value<Query, Key> = Key extends keyof Query
  ? Query[Key] extends { schema: { type: "array" } } ? string | string[]
  : Query[Key] extends { schema: { enum: readonly (infer Each)[] } } ? Each
  : string
  : never;

type Params<Path> = Names<Path> extends never ? unknown : { param: Record<Names<Path>, string> };

type Names<Path> = Path extends `${string}:${infer Name}/${infer Rest}` ? Name | Names<`/${Rest}`>
  : Path extends `${string}:${infer Name}` ? Name
  : never;

type Headers<Doc> = Doc extends { headers: infer Given }
  ? RequiredOf<Given> extends never ? { header?: Optional<Given> }
  : { header: Record<RequiredOf<Given>, string> & Optional<Given> }
  : unknown;

type RequiredOf<Given> = {
  [Name in keyof Given]: Given[Name] extends { required: true } ? Name : never;
}[keyof Given];

type Optional<Given> = { [Name in keyof Given]?: string };

type Json<Doc> = Doc extends { body: { schema: infer Schema } }
  ? { json: FromSchema<Schema, Schemas> }
  : unknown;

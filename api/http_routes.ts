/**
 * What the HTTP API answers: one row an operation, from which routes, the document of `/openapi.json`, the typed client
 * and docs/api.md are made.
 */

/** One operation. */
export interface HttpRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `:name` stands for one part of the path; `:id` takes the rest of it. */
  readonly path: `/${string}`;
  /** Parameters of the query that mean something; all others are refused. */
  readonly query: readonly string[];
  /** Answers anybody, and is answered before anybody is asked who they are. */
  readonly open?: true;
}

const KIND = "/api/v1/resources/:namespace/:type";
const RESOURCE = `${KIND}/:id` as const;

/** The operations by their names. */
// deno-fmt-ignore: one operation, one row
export const ROUTES = {
  livez:   { method: "GET", path: "/livez",   query: ["verbose"], open: true },
  readyz:  { method: "GET", path: "/readyz",  query: ["verbose"], open: true },
  healthz: { method: "GET", path: "/healthz", query: ["verbose"], open: true },
  version: { method: "GET", path: "/version", query: [],          open: true },

  listTypes:      { method: "GET",    path: "/api/v1/types", query: [] },
  listResources:  { method: "GET",    path: KIND,     query: ["watch", "label", "id", "bootstrap", "tail"] },
  createResource: { method: "POST",   path: KIND,     query: [] },
  getResource:    { method: "GET",    path: RESOURCE, query: ["watch", "bootstrap", "tail"] },
  updateResource: { method: "PUT",    path: RESOURCE, query: [] },
  patchResource:  { method: "PATCH",  path: RESOURCE, query: [] },
  deleteResource: { method: "DELETE", path: RESOURCE, query: ["wait"] },
  getGraph:       { method: "GET",    path: "/api/v1/graph", query: [] },
  getWhy:         { method: "GET",    path: "/api/v1/why/:namespace/:type/:id", query: [] },
  getMetrics:     { method: "GET",    path: "/metrics", query: [] },
  getOpenApi:     { method: "GET",    path: "/openapi.json", query: [] },
} as const satisfies Readonly<Record<string, HttpRoute>>;

/** The operations by name, each with its own parameters. */
export type Routes = typeof ROUTES;

/** The names of the operations. */
export type OperationName = keyof Routes;

/** Those that need a caller who was let in. */
export type GuardedName = {
  [Name in OperationName]: Routes[Name] extends { readonly open: true } ? never : Name;
}[OperationName];

/** Every row with its name, in their order. */
export function routeEntries(): readonly (readonly [OperationName, HttpRoute])[] {
  // Keys of a constant object are what its type says.
  return Object.entries(ROUTES) as readonly (readonly [OperationName, HttpRoute])[];
}

/** A path as people write it, with what stands for a part in capitals: `/api/v1/why/NAMESPACE/TYPE/ID`. */
export function pathShape(path: string): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => name.toUpperCase());
}

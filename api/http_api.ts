/** The HTTP API of interfaces.md §7: routes, and one place where errors become answers. */
import { Hono } from "hono";
import { operationRefusal } from "./authorization/http_rules.ts";
import { deleteResource } from "./http_delete.ts";
import { getGraph, getMetrics, getWhy } from "./http_graph.ts";
import { getOpenApi } from "./http_openapi.ts";
import type { HttpCall, HttpHandler, HttpParts } from "./http_parts.ts";
import { refuseParameters } from "./http_query.ts";
import { getKind, getResource, getTypes } from "./http_read.ts";
import { type GuardedName, type HttpRoute, pathShape, routeEntries } from "./http_routes.ts";
import { createResource, patchResource, updateResource } from "./http_write.ts";
import { Problem, problemResponse, toProblem } from "./problem.ts";
import type { Caller } from "./caller.ts";

/** What Hono hands on to handlers. */
interface Env {
  readonly Bindings: { readonly url: URL; readonly caller: Caller };
}

/** Answers requests of callers that were let in. */
export interface HttpApi {
  handle(call: HttpCall): Promise<Response>;
  /** `METHOD PATTERN` of all that Hono was given; `ALL` are those that refuse the rest. */
  readonly routes: readonly string[];
}

/** Makes the application. */
export function httpApi(parts: HttpParts): HttpApi {
  const app = new Hono<Env>();
  const handlers = handlersOf(parts);
  const guarded = routeEntries().filter(([, { open }]) => open === undefined);
  const paths = Map.groupBy(guarded, ([, { path }]) => path);
  for (const [path, operations] of paths) {
    // Whatever follows, slashes too. Could it be empty, Hono would not make one expression of all routes.
    const pattern = path.replace(/:id$/, ":id{[^]+}");
    for (const [name, operation] of operations) {
      const handler = handlers[name as GuardedName]; // Those that are not open.
      app.on(operation.method, pattern, ({ req, env: { url, caller } }) => {
        const denied = operationRefusal(caller.identity, name as GuardedName, url);
        if (denied !== undefined) {
          throw new Problem({ status: 403, code: "access-denied", detail: denied });
        }
        refuseParameters(url, operation.query);
        return handler({ request: req.raw, url, caller });
      });
    }
    app.all(pattern, ({ req }) => refuseMethod(req.method, operations.map(([, route]) => route)));
  }
  const shapes = [...paths.keys()].map(pathShape).join(", ");
  app.notFound((context) => {
    const detail = `there is no ${context.req.path.slice(0, 256)}, there are ${shapes}`;
    return problemResponse(new Problem({ status: 404, code: "not-found", detail }));
  });
  app.onError((error, context) => {
    return problemResponse(toProblem(error, { request: context.req.raw, log: parts.log }));
  });
  return {
    handle: async ({ request, ...bindings }) => await app.fetch(request, bindings),
    routes: app.routes.map(({ method, path }) => `${method} ${path}`),
  };
}

/** Who answers which operation: none can be forgotten. */
function handlersOf(parts: HttpParts): Readonly<Record<GuardedName, HttpHandler>> {
  return {
    listTypes: getTypes(parts),
    listResources: getKind(parts),
    createResource: createResource(parts),
    getResource: getResource(parts),
    updateResource: updateResource(parts),
    patchResource: patchResource(parts),
    deleteResource: deleteResource(parts),
    getGraph: getGraph(parts),
    getWhy: getWhy(parts),
    getMetrics: getMetrics(parts),
    getOpenApi: getOpenApi(parts),
  };
}

/** Every other method of a path answers 405 with `Allow`. */
function refuseMethod(method: string, operations: readonly HttpRoute[]): never {
  const names = operations.flatMap((each) =>
    each.method === "GET" ? ["GET", "HEAD"] : [each.method]
  );
  const allow = names.join(", ");
  const detail = `${method} is not allowed here, and may be ${allow}`;
  throw new Problem({ status: 405, code: "method-not-allowed", detail, headers: { allow } });
}

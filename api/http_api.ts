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
import type { RequestUrl } from "./request_url.ts";
import type { Caller } from "./caller.ts";

/** What Hono hands on to handlers. */
interface Env {
  readonly Bindings: { readonly url: RequestUrl; readonly caller: Caller };
}

/** Answers requests of callers that were let in. */
export interface HttpApi {
  handle(call: HttpCall): Response | Promise<Response>;
  /** `METHOD PATTERN` of all that Hono was given; `ALL` are those that refuse the rest. */
  readonly routes: readonly string[];
}

/** Makes the application. */
export function httpApi(parts: HttpParts): HttpApi {
  const app = new Hono<Env>();
  const handlers = handlersOf(parts);
  const paths = guardedPaths();
  for (const [path, operations] of paths) {
    for (const [name, operation] of operations) {
      const handler = handlers[name as GuardedName]; // Those that are not open.
      app.on(operation.method, patternOf(path), ({ req, env: { url, caller } }) => {
        const denied = operationRefusal(caller.identity, name as GuardedName, url);
        if (denied !== undefined) {
          throw new Problem({ status: 403, code: "access-denied", detail: denied });
        }
        refuseParameters(url, operation.query);
        return handler({ request: req.raw, url, caller });
      });
    }
  }
  const unserved = refusals(paths);
  app.notFound(({ req }) => unserved.fetch(req.raw));
  for (const each of [app, unserved]) {
    each.onError((error, { req }) =>
      problemResponse(toProblem(error, { request: req.raw, log: parts.log }))
    );
  }
  return {
    handle: ({ request, url, caller }) => app.fetch(request, { url, caller }),
    routes: [...app.routes, ...unserved.routes].map(({ method, path }) => `${method} ${path}`),
  };
}

type GuardedPaths = ReadonlyMap<string, readonly (readonly [name: string, route: HttpRoute])[]>;

/** The operations that not everybody may ask for, by path. */
function guardedPaths(): GuardedPaths {
  const guarded = routeEntries().filter(([, { open }]) => open === undefined);
  return Map.groupBy(guarded, ([, { path }]) => path);
}

/** Whatever follows, slashes too. Could it be empty, Hono would not make one expression of all routes. */
function patternOf(path: string): string {
  return path.replace(/:id$/, ":id{[^]+}");
}

/** What has no operation: an application of its own, since a request that two handlers match takes Hono a third longer. */
function refusals(paths: GuardedPaths): Hono<Env> {
  const app = new Hono<Env>();
  for (const [path, operations] of paths) {
    const routes = operations.map(([, route]) => route);
    app.all(patternOf(path), ({ req }) => refuseMethod(req.method, routes));
  }
  const shapes = [...paths.keys()].map(pathShape).join(", ");
  app.notFound(({ req }) => {
    const detail = `there is no ${req.path.slice(0, 256)}, there are ${shapes}`;
    return problemResponse(new Problem({ status: 404, code: "not-found", detail }));
  });
  return app;
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

/** The HTTP API of interfaces.md §7: routes, and one place where errors become answers. */
import { Hono } from "hono";
import { deleteResource } from "./http_delete.ts";
import { getGraph, getMetrics, getWhy } from "./http_graph.ts";
import type { HttpHandler, HttpParts } from "./http_parts.ts";
import { getKind, getResource, getTypes } from "./http_read.ts";
import { RESOURCES_PATH, WHY_PATH } from "./http_target.ts";
import { createResource, patchResource, updateResource } from "./http_write.ts";
import { Problem, problemResponse, toProblem } from "./problem.ts";
import type { Caller } from "./caller.ts";

/** What Hono hands on to handlers. */
interface Env {
  readonly Bindings: Caller;
}

/** Answers requests of callers that were let in. */
export interface HttpApi {
  handle(request: Request, caller: Caller): Promise<Response>;
}

/** Makes the application. */
export function httpApi(parts: HttpParts): HttpApi {
  const app = new Hono<Env>();
  const kind = `${RESOURCES_PATH}:namespace/:type`;
  const resource = `${kind}/:id{.*}`;
  route(app, "/api/v1/types", { GET: getTypes(parts) });
  route(app, kind, { GET: getKind(parts), POST: createResource(parts) });
  route(app, resource, {
    GET: getResource(parts),
    PUT: updateResource(parts),
    PATCH: patchResource(parts),
    DELETE: deleteResource(parts),
  });
  route(app, "/api/v1/graph", { GET: getGraph(parts) });
  route(app, `${WHY_PATH}:namespace/:type/:id{.*}`, { GET: getWhy(parts) });
  route(app, "/metrics", { GET: getMetrics(parts) });
  app.notFound((context) => {
    const detail = `there is no ${context.req.path.slice(0, 256)}, there are /api/v1/types, ` +
      `${RESOURCES_PATH}NAMESPACE/TYPE, ${RESOURCES_PATH}NAMESPACE/TYPE/ID, /api/v1/graph, ` +
      `${WHY_PATH}NAMESPACE/TYPE/ID and /metrics`;
    return problemResponse(new Problem({ status: 404, code: "not-found", detail }));
  });
  app.onError((error, context) => {
    return problemResponse(toProblem(error, { request: context.req.raw, log: parts.log }));
  });
  return { handle: async (request, caller) => await app.fetch(request, caller) };
}

/** Registers the methods of a path; all others answer 405 with `Allow`. */
function route(
  app: Hono<Env>,
  path: string,
  handlers: Readonly<Record<string, HttpHandler>>,
): void {
  for (const [method, handler] of Object.entries(handlers)) {
    app.on(method, path, ({ req, env }) => {
      return handler({ request: req.raw, url: new URL(req.url), caller: env });
    });
  }
  const names = Object.keys(handlers).flatMap((name) => name === "GET" ? ["GET", "HEAD"] : [name]);
  const allow = names.join(", ");
  app.all(path, ({ req }) => {
    const detail = `${req.method} is not allowed here, and may be ${allow}`;
    const headers = { allow };
    throw new Problem({ status: 405, code: "method-not-allowed", detail, headers });
  });
}

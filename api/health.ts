/** The four routes that answer anybody: /livez, /readyz, /healthz, /version. */
import { routeEntries } from "./http_routes.ts";
import type { VersionFacts } from "./machine_port.ts";
import { Problem, problemResponse } from "./problem.ts";

/** Whether the machine does what it is for. */
export interface Health {
  readonly ready: boolean;
  /** What is missing, one sentence each. No secrets: strangers may read them. */
  readonly unmet: readonly string[];
}

/** Where the answers come from. */
export interface HealthParts {
  health(): Health;
  version(): VersionFacts;
}

const PATHS: ReadonlySet<string> = new Set(
  routeEntries().flatMap(([, { path, open }]) => open ? [path] : []),
);

/** Whether the path is one that answers anybody. */
export function isOpenPath(pathname: string): boolean {
  return PATHS.has(pathname);
}

/**
 * Answers an open path. `/livez` is 200 as long as anything answers at all; `/readyz` and `/healthz` are 503 with what
 * is missing until the machine is ready; `?verbose` tells what was looked at.
 */
export function healthResponse(parts: HealthParts, request: Request): Response {
  if (request.method !== "GET" && request.method !== "HEAD") {
    const detail = `${request.method.slice(0, 32)} is not allowed here, and may be GET, HEAD`;
    const headers = { allow: "GET, HEAD" };
    return problemResponse(
      new Problem({ status: 405, code: "method-not-allowed", detail, headers }),
    );
  }
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/version") {
    return answer(request, {
      status: 200,
      type: "application/json",
      body: `${JSON.stringify(parts.version())}\n`,
    });
  }
  const verbose = searchParams.has("verbose");
  if (pathname === "/livez") {
    return text(request, 200, verbose ? ["[+] agent answers", "livez passed"] : ["ok"]);
  }
  const { ready, unmet } = parts.health();
  const name = pathname.slice(1);
  const failed = unmet.map((condition) => `[-] ${condition}`);
  if (!ready) return text(request, 503, [...failed, `${name} failed`]);
  return text(request, 200, verbose ? ["[+] agent answers", ...failed, `${name} passed`] : ["ok"]);
}

function text(request: Request, status: number, lines: readonly string[]): Response {
  const body = `${lines.join("\n")}\n`;
  return answer(request, { status, type: "text/plain; charset=utf-8", body });
}

function answer(
  request: Request,
  { status, type, body }: { readonly status: number; readonly type: string; readonly body: string },
): Response {
  const headers = { "content-type": type, "cache-control": "no-store" };
  return new Response(request.method === "HEAD" ? null : body, { status, headers });
}

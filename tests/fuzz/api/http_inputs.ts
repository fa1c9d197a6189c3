/** Requests of one route of the HTTP API: what a good caller sends, and what is left of it after damage. */
import type { HttpRoute } from "../../../api/http_routes.ts";
import type { Draw } from "../draw.ts";
import { damagedBytes, damagedJson } from "./damage.ts";

/** A request without its origin. */
export interface HttpInput {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

type Words = readonly [string, ...string[]];

/** What may stand for each part of a path. */
const PARTS: Readonly<Record<string, Words>> = {
  namespace: ["default", "fs", "_", "meta", "", "%00", "a%2Fb", "..", "x".repeat(300), "%ff"],
  type: [
    ...[
      "os/test",
      "os%2Ftest",
      "EtcFileSpecs.fs.strata",
      "etcfilespecs",
      "namespaces",
      "rd",
    ] as const,
    ...["", "none", "%E0%A4%A", "a b", "x".repeat(2000)],
  ],
  id: ["a", "b", "hosts", "mine", "a/b/c", "", "%2e%2e", "%00", "new", "é", "x".repeat(5000)],
};

const VALUES: Words = [
  ...[
    "",
    "true",
    "false",
    "1",
    "-1",
    "0",
    "1e3",
    "99999999999999999999",
    "a=b",
    "a in (x,y)",
  ] as const,
  ...[
    "!f",
    "n<10",
    "a=b,c!=d",
    "(((((",
    "[a-",
    "(a|b)*c{1000}",
    "^x$",
    "\u0000",
    "x".repeat(1100),
    ",",
  ],
];

const HEADERS: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ...[["accept", "application/x-ndjson"], ["accept", "text/event-stream"]] as const,
  ...[["accept", "application/json;q=0"], ["accept", ";;,"], ["if-match", '"1-2"']] as const,
  ...[["if-match", "*"], ["if-match", 'W/"1"'], ["if-match", "x"], [
    "if-none-match",
    '"1-2"',
  ]] as const,
  ...[["last-event-id", "AAAA"], ["last-event-id", "!"], ["content-encoding", "gzip"]] as const,
  ...[["origin", "http://evil.example"], ["host", "evil.example"]] as const,
  ...[["content-type", "application/merge-patch+json"], ["content-type", "text/plain"]] as const,
];

/** Bodies that one route or another takes. */
const BODIES: Words = [
  '{"metadata":{"id":"new"},"spec":{"contents":"x","mode":420}}',
  '{"metadata":{"id":"hosts","labels":{"a":"b"}},"spec":{"contents":"y"}}',
  '{"metadata":{"id":"a","version":"1","phase":"running"},"spec":{"yaml":"y","proto":"AQ=="}}',
  '{"metadata":{"labels":{"n":null},"finalizers":{"keeper":true}},"spec":{"contents":"z"}}',
  '{"spec":null}',
];

/** Draws a request of `route`. */
export function httpInput(draw: Draw, route: HttpRoute): HttpInput {
  const path = route.path.replaceAll(
    /:(\w+)/g,
    (_, part: string) => draw.pick(PARTS[part] ?? ["x"]),
  );
  const query: string[] = [];
  while (draw.once(2)) {
    const name = route.query[draw.below(route.query.length + 1)] ?? "other";
    query.push(draw.once(4) ? name : `${name}=${encodeURIComponent(draw.pick(VALUES))}`);
  }
  const headers: (readonly [string, string])[] = [];
  while (draw.once(2)) headers.push(draw.pick(HEADERS));
  const takesBody = route.method !== "GET" && !draw.once(20);
  if (takesBody && draw.once(2)) headers.push(["content-type", "application/json"]);
  return {
    method: draw.once(40) ? draw.pick(["PUT", "OPTIONS", "HEAD", "QUERY"]) : route.method,
    path: draw.once(20)
      ? damagedPath(draw, path)
      : path + (query.length === 0 ? "" : `?${query.join("&")}`),
    headers,
    body: takesBody ? damagedJson(draw, draw.pick(BODIES)) : undefined,
  };
}

/** Printable ASCII still: what else a listener refuses before anybody reads it. */
function damagedPath(draw: Draw, path: string): string {
  const bytes = damagedBytes(draw, new TextEncoder().encode(path)).map((byte) => 33 + byte % 94);
  return `/${new TextDecoder().decode(bytes)}`;
}

/** What is wrong with an answer; undefined: nothing. */
export function httpFault(response: Response, body: Uint8Array): string | undefined {
  const { status } = response;
  const type = response.headers.get("content-type") ?? "";
  if (response.headers.get("x-content-type-options") !== "nosniff") return "nosniff is missing";
  if (status < 400) return undefined;
  const text = new TextDecoder().decode(body);
  if (status >= 500 && status !== 501 && status !== 503) return `status ${status}: ${text}`;
  if (type.startsWith("application/problem+json")) {
    const { code, detail } = JSON.parse(text);
    return typeof code === "string" && typeof detail === "string"
      ? undefined
      : `no problem: ${text}`;
  }
  return `an error of ${status} as ${type}: ${text.slice(0, 200)}`;
}

/** The head of a request as it goes on to the machine. */
import type { Identity } from "../authorization/roles.ts";
import { FORWARDED_PREFIX, type ForwardedOrigin, forwardedPairs } from "../forwarded.ts";
import type { HeaderPairs } from "../http2/header_pairs.ts";

/**
 * What stays here: what means something to one connection alone, what is said again otherwise, and what callers were
 * judged by, which the machine need not know.
 */
const DROPPED: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "host",
  "expect",
  "authorization",
  "proxy-authorization",
]);

/** What a request begins with. */
export interface RequestLine {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

/** Whose it is. */
export interface RequestSender {
  /** Undefined of who was not asked. */
  readonly identity: Identity | undefined;
  readonly origin: ForwardedOrigin;
}

/** All of the head: nothing that a caller says passes for what the proxy says of it. */
export function forwardedHead(
  { method, scheme, authority, path }: RequestLine,
  headers: HeaderPairs,
  { identity, origin }: RequestSender,
): HeaderPairs {
  const head = [":method", method, ":scheme", scheme || "http"];
  head.push(":authority", authority || "localhost", ":path", path);
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? "";
    if (DROPPED.has(name) || name.startsWith(FORWARDED_PREFIX)) continue;
    head.push(name, headers[index + 1] ?? "");
  }
  head.push(...forwardedPairs(identity, origin));
  return head;
}

/** Headers of fetch in the form of HTTP/2. What a `connection` header names is of one connection, too. */
export function pairsOf(headers: Headers): HeaderPairs {
  const hops = (headers.get("connection") ?? "").toLowerCase().split(",")
    .map((name) => name.trim());
  const pairs: string[] = [];
  for (const [name, value] of headers) {
    if (hops.includes(name) || (name === "te" && value.toLowerCase() !== "trailers")) continue;
    pairs.push(name, value);
  }
  return pairs;
}

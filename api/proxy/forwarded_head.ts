/** The head of a request as it goes on to the machine. */
import type { Identity } from "../authorization/roles.ts";
import { FORWARDED_PREFIX, type ForwardedOrigin, forwardedPairs } from "../forwarded.ts";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { HTTP2_HEADER_BYTES_MAX } from "../limits.ts";
import { Problem } from "../problem.ts";

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

/** Bytes of a header beside its name and value, as lists are measured: RFC 9113 §6.5.2. */
const PAIR_BYTES = 32;

/** Why a head cannot go on: the machine takes no longer one, and would end the connection for some. Undefined of others. */
export function headTooLong(head: HeaderPairs): Problem | undefined {
  let bytes = 0;
  for (let index = 0; index + 1 < head.length; index += 2) {
    bytes += (head[index] ?? "").length + (head[index + 1] ?? "").length + PAIR_BYTES;
  }
  if (bytes <= HTTP2_HEADER_BYTES_MAX) return undefined;
  const detail = `the headers take ${bytes} bytes, and may take ${HTTP2_HEADER_BYTES_MAX}`;
  return new Problem({ status: 431, code: "too-large", detail });
}

/** Of HTTP/1.1, as far as its head is made of it. */
type Headed = Pick<Request, "headers" | "body">;

/**
 * The headers of a request in the form of HTTP/2. What a `connection` header names is of one connection, too. GET and HEAD
 * have no body by fetch's rules, whatever the caller sent: a length then speaks of what does not go on.
 */
export function pairsOf({ headers, body }: Headed): HeaderPairs {
  const hops = (headers.get("connection") ?? "").toLowerCase().split(",")
    .map((name) => name.trim());
  const pairs: string[] = [];
  for (const [name, value] of headers) {
    if (name === "content-length" && body === null) continue;
    if (hops.includes(name) || (name === "te" && value.toLowerCase() !== "trailers")) continue;
    pairs.push(name, value);
  }
  return pairs;
}

import type { HeaderPairs } from "./header_pairs.ts";

/** What a valid header block of a request says. */
export interface RequestHead {
  readonly method: string;
  readonly scheme: string;
  /** Path and query; empty for CONNECT. */
  readonly path: string;
  readonly authority: string;
  /** Without pseudo-headers. */
  readonly headers: HeaderPairs;
  /** Bytes that the body must have; undefined where nothing says so. */
  readonly contentLength: number | undefined;
  /** Whether the client waits for leave to send its body. */
  readonly expectsContinue: boolean;
}

/** A field that only means something to one connection of HTTP/1.1. RFC 9113 §8.2.2. */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

const PSEUDO: ReadonlySet<string> = new Set([":method", ":scheme", ":path", ":authority"]);
const SCHEME_REGEXP = /^[a-z][a-z0-9+.-]*$/i;
const LENGTH_REGEXP = /^[0-9]{1,15}$/;

/** By character whether it may be in a name: a token of RFC 9110 §5.6.2 in lower case. */
const NAME_CHARACTERS = table("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz");
/** By character whether it may be in a method. */
const TOKEN_CHARACTERS = table(
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
);

/**
 * Judges the header block of a request by RFC 9113 §8.2 and §8.3.
 *
 * @returns What it says, or why it is malformed.
 */
export function requestHead(pairs: HeaderPairs): RequestHead | string {
  const pseudo = pseudoHeaders(pairs);
  if (typeof pseudo === "string") return pseudo;
  const headers = pairs.slice(pseudo.end);
  const fault = regularFault(headers);
  if (fault !== undefined) return fault;
  const contentLength = lengthOf(headers);
  if (typeof contentLength === "string") return contentLength;
  const { method, scheme, path } = pseudo;
  const host = single(headers, "host");
  if (host === null) return "more than one host";
  const authority = pseudo.authority ?? host ?? "";
  if (host !== undefined && host.toLowerCase() !== authority.toLowerCase()) {
    return "host is another than :authority";
  }
  const target = targetFault(pseudo);
  if (target !== undefined) return target;
  return {
    method: method ?? "",
    scheme: scheme ?? "",
    path: path ?? "",
    authority,
    headers,
    contentLength,
    expectsContinue: single(headers, "expect")?.toLowerCase() === "100-continue",
  };
}

/** Judges trailers. @returns Why they are malformed; undefined when they are not. */
export function trailersFault(pairs: HeaderPairs): string | undefined {
  if ((pairs[0] ?? "").startsWith(":")) return `${printable(pairs[0])} in trailers`;
  return regularFault(pairs);
}

interface Pseudo {
  method: string | undefined;
  scheme: string | undefined;
  path: string | undefined;
  authority: string | undefined;
  /** Where the other fields begin. */
  end: number;
}

function pseudoHeaders(pairs: HeaderPairs): Pseudo | string {
  const found: Pseudo = {
    method: undefined,
    scheme: undefined,
    path: undefined,
    authority: undefined,
    end: 0,
  };
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    const name = pairs[index] ?? "";
    if (name.charCodeAt(0) !== 0x3a) break;
    const value = pairs[index + 1] ?? "";
    if (!PSEUDO.has(name)) return `${printable(name)} is no pseudo-header of a request`;
    const key = name.slice(1) as "method" | "scheme" | "path" | "authority"; // One of PSEUDO.
    if (found[key] !== undefined) return `more than one ${name}`;
    if (!isValue(value)) return `a forbidden character in ${name}`;
    found[key] = value;
    found.end = index + 2;
  }
  return found;
}

function targetFault({ method, scheme, path, authority }: Pseudo): string | undefined {
  if (method === undefined) return ":method is missing";
  if (!isToken(method, TOKEN_CHARACTERS)) return ":method is no token";
  if (authority?.includes("@")) return ":authority names a user";
  if (method === "CONNECT") {
    if (scheme !== undefined || path !== undefined) return "CONNECT with :scheme or :path";
    return authority === undefined || authority === "" ? "CONNECT without :authority" : undefined;
  }
  if (scheme === undefined) return ":scheme is missing";
  if (!SCHEME_REGEXP.test(scheme)) return ":scheme is none";
  if (path === undefined) return ":path is missing";
  if (path === "*" && method === "OPTIONS") return undefined;
  if (!path.startsWith("/")) return ":path does not begin with a slash";
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (code <= 0x20 || code === 0x7f) return "a forbidden character in :path";
  }
  return undefined;
}

/** Judges fields other than pseudo-headers. @returns Why they are malformed; undefined when they are not. */
export function regularFault(pairs: HeaderPairs): string | undefined {
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    const name = pairs[index] ?? "";
    const value = pairs[index + 1] ?? "";
    if (!isToken(name, NAME_CHARACTERS)) {
      if (PSEUDO.has(name)) return `${name} behind other fields`;
      return `${printable(name)} is no name of a field in lower case`;
    }
    if (!isValue(value)) return `a forbidden character in the value of ${name}`;
    if (CONNECTION_SPECIFIC.has(name)) return `${name} has no place in HTTP/2`;
    if (name === "te" && value.toLowerCase() !== "trailers") return "te other than trailers";
  }
  return undefined;
}

/** What `content-length` says; undefined where nothing does, a text where it is malformed. */
export function lengthOf(headers: HeaderPairs): number | undefined | string {
  let found: string | undefined;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (headers[index] !== "content-length") continue;
    const value = headers[index + 1] ?? "";
    if (!LENGTH_REGEXP.test(value)) return "content-length is no number";
    if (found !== undefined && found !== value) return "more than one content-length";
    found = value;
  }
  return found === undefined ? undefined : Number(found);
}

/** The value of `name`; undefined where there is none, null where there are several. */
function single(headers: HeaderPairs, name: string): string | undefined | null {
  const first = headers.indexOf(name);
  // Names have even places; a value that reads like one is passed over.
  let found: string | undefined;
  if (first < 0) return undefined;
  for (let index = first & ~1; index + 1 < headers.length; index += 2) {
    if (headers[index] !== name) continue;
    if (found !== undefined) return null;
    found = headers[index + 1];
  }
  return found;
}

function isToken(text: string, characters: Uint8Array): boolean {
  for (let index = 0; index < text.length; index++) {
    if (characters[text.charCodeAt(index)] !== 1) return false;
  }
  return text.length > 0;
}

/** RFC 9113 §8.2.1: no NUL, CR, LF, and no blank at either end. */
function isValue(text: string): boolean {
  const { length } = text;
  if (length === 0) return true;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0 || code === 0x0a || code === 0x0d) return false;
  }
  return !isBlank(text.charCodeAt(0)) && !isBlank(text.charCodeAt(length - 1));
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function table(characters: string): Uint8Array {
  const found = new Uint8Array(256);
  for (let index = 0; index < characters.length; index++) found[characters.charCodeAt(index)] = 1;
  return found;
}

/** A name that may be anything, for a message. */
function printable(name = ""): string {
  return JSON.stringify(name.slice(0, 40));
}

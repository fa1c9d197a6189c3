/** Where a machine listens, as people write it: `unix:PATH`, `http://HOST:PORT` or `https://HOST:PORT`. */
import { CommandError, EXIT } from "./command_error.ts";
// @ts-types="types/std_path_posix.d.ts"
import { resolve } from "@std/path/posix";

/** A place to dial. */
export type Endpoint =
  | { readonly transport: "unix"; /** Absolute. */ readonly path: string }
  | {
    readonly transport: "http" | "https"; /** Without a slash at the end. */
    readonly origin: string;
  };

/** What a machine calls its socket of HTTP/2; its other one is `http.sock`. */
export const HTTP2_SOCKET = "strata.sock";

/** Bytes of a socket's path: `sun_path` of sys/un.h holds 108, the NUL included. */
const SOCKET_PATH_BYTES_MAX = 107;

const FORMS = "give unix:PATH, http://HOST:PORT or https://HOST:PORT";

/**
 * Reads an endpoint.
 *
 * @param cwd What a relative socket path starts at; absolute.
 * @throws {CommandError} `usage`; what was given is not repeated where it may hold a password.
 */
export function parseEndpoint(text: string, cwd: string): Endpoint {
  if (text.startsWith("unix:")) return unixEndpoint(text.slice("unix:".length), cwd);
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null || url.hostname === "") {
    throw new CommandError(
      EXIT.usage,
      `cannot use the endpoint given: it has no known form; ${FORMS}`,
    );
  }
  const bare = url.pathname === "/" && url.search === "" && url.hash === "" &&
    url.username === "" && url.password === "";
  if (!bare) {
    throw new CommandError(
      EXIT.usage,
      `cannot use the endpoint on ${url.host}: it holds more than host and port; ${FORMS}`,
    );
  }
  return { transport: url.protocol === "https:" ? "https" : "http", origin: url.origin };
}

function unixEndpoint(path: string, cwd: string): Endpoint {
  if (path === "") {
    throw new CommandError(
      EXIT.usage,
      `cannot use the endpoint "unix:": its path is empty; ${FORMS}`,
    );
  }
  const absolute = resolve(cwd, path);
  const bytes = new TextEncoder().encode(absolute).length;
  if (bytes > SOCKET_PATH_BYTES_MAX || absolute.includes("\0")) {
    throw new CommandError(
      EXIT.usage,
      `cannot use the socket "${absolute}": a socket's path has at most ${SOCKET_PATH_BYTES_MAX} bytes and no NUL`,
    );
  }
  return { transport: "unix", path: absolute };
}

/** The endpoint as {@linkcode parseEndpoint} reads it. */
export function endpointText(endpoint: Endpoint): string {
  return endpoint.transport === "unix" ? `unix:${endpoint.path}` : endpoint.origin;
}

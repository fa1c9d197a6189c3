/**
 * Dials a machine: the Connect protocol over HTTP/1.1 by `fetch`, on TCP or on a unix socket.
 *
 * Always straight to the endpoint: proxies named in the environment would learn the token.
 */
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import type { Found } from "./discovery.ts";
import { exchange } from "./exchange.ts";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createLinkedAbortController } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-connect";

/** Milliseconds a unary call may take unless it says otherwise: it answers from memory, a slow emulator included. */
export const UNARY_DEADLINE_MS = 10_000;

/** A way to make calls. Closing it ends the calls that still run. */
export interface Connection extends Disposable {
  readonly transport: Transport;
}

/**
 * Makes a connection; nothing is dialled before the first call.
 *
 * Unary calls end after {@linkcode UNARY_DEADLINE_MS}, streams have no deadline; `timeoutMs` of the call overrides.
 * What cannot be reached or breaks off is `Unavailable`.
 */
export function connect(found: Pick<Found, "endpoint" | "token">): Connection {
  const closed = new AbortController();
  const client = Deno.createHttpClient({ http2: false, proxy: directly(found) });
  const calls = createTransport({
    httpClient: (request) => {
      if (found.token !== undefined) request.header.set("authorization", `Bearer ${found.token}`);
      return exchange(request, client);
    },
    baseUrl: found.endpoint.transport === "unix" ? "http://localhost" : found.endpoint.origin,
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: MESSAGE_BYTES_MAX,
    readMaxBytes: MESSAGE_BYTES_MAX,
    writeMaxBytes: MESSAGE_BYTES_MAX,
  });
  // Not AbortSignal.any(): its result may be collected while somebody listens to it, and then never aborts.
  const until = (signal: AbortSignal | undefined): AbortSignal =>
    createLinkedAbortController(signal, closed.signal).signal;
  return {
    transport: {
      unary: (method, signal, timeoutMs, header, input, values) =>
        calls.unary(method, until(signal), timeoutMs ?? UNARY_DEADLINE_MS, header, input, values),
      stream: (method, signal, timeoutMs, header, input, values) =>
        calls.stream(method, until(signal), timeoutMs, header, input, values),
    },
    [Symbol.dispose]() {
      closed.abort(new ConnectError("the connection was closed", Code.Canceled));
      client.close();
    },
  };
}

function directly({ endpoint }: Pick<Found, "endpoint">): Deno.Proxy {
  if (endpoint.transport === "unix") return { transport: "unix", path: endpoint.path };
  const url = new URL(endpoint.origin);
  const port = url.port === "" ? (endpoint.transport === "https" ? 443 : 80) : Number(url.port);
  return { transport: "tcp", hostname: url.hostname, port };
}

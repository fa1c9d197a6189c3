/**
 * The Connect protocol over HTTP/1.1 by `fetch`, on TCP or on a unix socket.
 *
 * Always straight to the endpoint: proxies named in the environment would learn the token.
 */
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import type { Found } from "./discovery.ts";
import { exchange } from "./exchange.ts";
import type { Transport } from "@connectrpc/connect";
import { createTransport } from "@connectrpc/connect/protocol-connect";

/** A transport, and what ends what it holds. */
export interface FetchTransport {
  readonly transport: Transport;
  close(): void;
}

/** Makes a transport; nothing is dialled before the first call. */
export function fetchTransport(found: Pick<Found, "endpoint" | "token">): FetchTransport {
  const client = Deno.createHttpClient({ http2: false, proxy: directly(found) });
  const transport = createTransport({
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
  return { transport, close: () => client.close() };
}

function directly({ endpoint }: Pick<Found, "endpoint">): Deno.Proxy {
  if (endpoint.transport === "unix") return { transport: "unix", path: endpoint.path };
  const url = new URL(endpoint.origin);
  const port = url.port === "" ? (endpoint.transport === "https" ? 443 : 80) : Number(url.port);
  return { transport: "tcp", hostname: url.hostname, port };
}

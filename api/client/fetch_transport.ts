/**
 * The Connect protocol, or gRPC-Web, over HTTP/1.1 by `fetch`, on TCP or on a unix socket.
 *
 * In clear always straight to the endpoint: proxies named in the environment would learn the token. Through TLS they do not,
 * and Deno has no way around them: what it is told to dial instead of a proxy it speaks to in clear.
 */
import { withAnswerFaults } from "./answer_fault.ts";
import { type CallForm, callOptions } from "./call_form.ts";
import type { Found } from "./discovery.ts";
import { exchange } from "./exchange.ts";
import type { Transport } from "@connectrpc/connect";
import { createTransport as connectTransport } from "@connectrpc/connect/protocol-connect";
import { createTransport as grpcWebTransport } from "@connectrpc/connect/protocol-grpc-web";

/** A transport, and what ends what it holds. */
export interface FetchTransport {
  readonly transport: Transport;
  close(): void;
}

/** What may differ. */
export interface FetchOptions extends CallForm {
  /** Connect unless given. */
  readonly protocol?: "connect" | "grpc-web";
  /** Milliseconds until the head of an answer, 0 being for ever. */
  readonly answerWaitMs?: number | undefined;
}

/** Makes a transport; nothing is dialled before the first call. */
export function fetchTransport(
  found: Pick<Found, "endpoint" | "token" | "identity">,
  { protocol = "connect", answerWaitMs, ...form }: FetchOptions = {},
): FetchTransport {
  const { ca, cert, key } = found.identity ?? {};
  const client = Deno.createHttpClient({
    http2: false,
    ...directly(found),
    ...(ca === undefined ? {} : { caCerts: [ca] }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
  const createTransport = protocol === "connect" ? connectTransport : grpcWebTransport;
  const transport = createTransport({
    ...callOptions(form),
    httpClient: (request) => {
      if (found.token !== undefined) request.header.set("authorization", `Bearer ${found.token}`);
      return exchange(request, { client, answerWaitMs });
    },
    baseUrl: found.endpoint.transport === "unix" ? "http://localhost" : found.endpoint.origin,
  });
  return { transport: withAnswerFaults(transport), close: () => client.close() };
}

function directly(
  { endpoint }: Pick<Found, "endpoint">,
): { readonly proxy?: Deno.Proxy } {
  if (endpoint.transport === "unix") return { proxy: { transport: "unix", path: endpoint.path } };
  if (endpoint.transport === "https") return {};
  const { hostname, port } = new URL(endpoint.origin);
  return { proxy: { transport: "tcp", hostname, port: Number(port || "80") } };
}

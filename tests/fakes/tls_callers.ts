/** Callers of an API behind TLS, by each protocol: how a call or a request of theirs went. */
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createFetchClient } from "@connectrpc/connect/protocol";
import { createTransport as connectTransport } from "@connectrpc/connect/protocol-connect";
import { createTransport as grpcWebTransport } from "@connectrpc/connect/protocol-grpc-web";
import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import type { CertificatePair } from "../../api/certificates/certificate_pair.ts";
import { dialTls } from "../../api/client/dial.ts";
import { http2Transport } from "../../api/client/http2_transport.ts";
import { http2Client } from "../../api/http2/http2_client.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";

/** How calls travel. gRPC needs HTTP/2. */
export const CALL_PROTOCOLS = [
  "gRPC",
  "Connect",
  "Connect over HTTP/1.1",
  "gRPC-Web",
  "gRPC-Web over HTTP/1.1",
] as const;

/** How requests of the HTTP API travel. */
export const HTTP_PROTOCOLS = ["HTTP", "HTTP over HTTP/1.1"] as const;

/** Who calls, and where. */
export interface CallerOptions {
  readonly ca: string;
  /** Absent: it has no certificate. */
  readonly pair?: CertificatePair | undefined;
  readonly port: number;
}

/** How it went: `OK`, the name of a code, an HTTP status, or that there was no connection. */
export type Outcome = string;

/** Requests, and after how many answers a stream that does not end has shown enough. */
export interface AskedCall {
  readonly method: DescMethod;
  readonly requests: readonly MessageInitShape<DescMessage>[];
  readonly enough?: number;
}

/** Makes calls by one protocol. */
export interface CallingClient extends Disposable {
  call(asked: AskedCall): Promise<Outcome>;
}

/** A client of one caller. */
export function callingClient(
  protocol: typeof CALL_PROTOCOLS[number],
  options: CallerOptions,
): CallingClient {
  if (protocol === "gRPC") return grpcClient(options);
  const client = httpClient(protocol, options);
  const transport = byFetch(protocol, options, client);
  return {
    call: (asked) => outcomeOf(transport, asked),
    [Symbol.dispose]: () => client.close(),
  };
}

/** Each call by a connection of its own: who was refused waits before it tries again. */
function grpcClient({ ca, pair, port }: CallerOptions): CallingClient {
  const clock = systemClock();
  const dial = dialTls({ hostname: "localhost", port }, { ca, ...pair });
  return {
    async call(asked) {
      using client = http2Client({ clock, random: systemRandom(), dial });
      return await outcomeOf(http2Transport({ client, protocol: "grpc", clock }), asked);
    },
    [Symbol.dispose]: () => {},
  };
}

/** A client of HTTP alone. */
export function httpClient(
  protocol: typeof HTTP_PROTOCOLS[number] | typeof CALL_PROTOCOLS[number],
  { ca, pair }: CallerOptions,
): Deno.HttpClient {
  const only = protocol.endsWith("HTTP/1.1") ? { http2: false } : { http1: false };
  return Deno.createHttpClient({ caCerts: [ca], ...only, ...pair });
}

function byFetch(
  protocol: typeof CALL_PROTOCOLS[number],
  { port }: CallerOptions,
  client: Deno.HttpClient,
): Transport {
  const make = protocol.startsWith("gRPC-Web") ? grpcWebTransport : connectTransport;
  return make({
    baseUrl: `https://localhost:${port}`,
    httpClient: createFetchClient((input, init) => fetch(input, { ...init, client })),
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 1024,
    readMaxBytes: 0xffffffff,
    writeMaxBytes: 0xffffffff,
  });
}

async function outcomeOf(transport: Transport, asked: AskedCall): Promise<Outcome> {
  const { method, requests, enough = Infinity } = asked;
  const stop = new AbortController();
  try {
    if (method.methodKind === "unary") {
      const unary = method as DescMethod & { methodKind: "unary" };
      await transport.unary(unary, stop.signal, undefined, undefined, requests[0] ?? {});
      return "OK";
    }
    const streaming = method as DescMethod & { methodKind: "bidi_streaming" };
    const inputs = sequence(requests);
    const stream = await transport.stream(streaming, stop.signal, undefined, undefined, inputs);
    let answers = 0;
    for await (const _ of stream.message) {
      if (++answers < enough) continue;
      stop.abort();
      break;
    }
    return "OK";
  } catch (error) {
    if (error instanceof ConnectError) return Code[error.code];
    throw error;
  }
}

async function* sequence<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

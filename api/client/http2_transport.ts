/**
 * A transport of `@connectrpc/connect` over our HTTP/2: gRPC or Connect. The library does all but the bytes, except for calls of
 * gRPC with one request, which its pipelines would make several times dearer: grpc_unary.ts, grpc_stream.ts.
 */
import type { Transport } from "@connectrpc/connect";
import { createTransport as connectTransport } from "@connectrpc/connect/protocol-connect";
import { createTransport as grpcTransport } from "@connectrpc/connect/protocol-grpc";
import type { Clock } from "../../runtime/core/ports.ts";
import type { Http2Client } from "../http2/http2_client.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import { GZIP } from "./client_gzip.ts";
import { grpcStream } from "./grpc_stream.ts";
import { grpcUnary } from "./grpc_unary.ts";
import { http2Exchange } from "./http2_exchange.ts";

/** What is spoken over HTTP/2. */
export type Protocol = "grpc" | "connect";

/** What a transport stands on. */
export interface Http2TransportOptions {
  readonly client: Http2Client;
  readonly protocol: Protocol;
  readonly clock: Clock;
  /** What the server is told of its own address; `http://localhost` unless given. */
  readonly baseUrl?: string;
  /** Sent as a bearer's. */
  readonly token?: string | undefined;
  /** Milliseconds a call with one answer may take unless it says otherwise; without a limit unless given. */
  readonly unaryDeadlineMs?: number;
  /** Milliseconds until the head of a stream's answer; without a limit unless given. */
  readonly answerWaitMs?: number;
}

/** Makes a transport. Messages may have {@linkcode MESSAGE_BYTES_MAX} bytes either way. */
export function http2Transport(options: Http2TransportOptions): Transport {
  const { client, clock, protocol, token, unaryDeadlineMs, answerWaitMs } = options;
  const { baseUrl = "http://localhost" } = options;
  const headers = token === undefined ? [] : ["authorization", `Bearer ${token}`];
  const common = {
    baseUrl,
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [GZIP],
    sendCompression: null,
    compressMinBytes: MESSAGE_BYTES_MAX,
    readMaxBytes: MESSAGE_BYTES_MAX,
    writeMaxBytes: MESSAGE_BYTES_MAX,
  };
  const create = protocol === "grpc" ? grpcTransport : connectTransport;
  const to = { client, clock, baseUrl, headers };
  const unary = protocol === "grpc"
    ? grpcUnary(to)
    : connectTransport({ ...common, httpClient: http2Exchange("whole", to) }).unary;
  const listening = { ...to, answerWaitMs };
  const one = protocol === "grpc"
    ? grpcStream(listening)
    : connectTransport({ ...common, httpClient: http2Exchange("whole", listening) }).stream;
  const many = create({ ...common, httpClient: http2Exchange("pieces", listening) }).stream;
  return {
    unary: (method, signal, timeoutMs, header, input, values) =>
      unary(method, signal, timeoutMs ?? unaryDeadlineMs, header, input, values),
    stream: (method, signal, timeoutMs, header, input, values) =>
      (method.methodKind === "server_streaming" ? one : many)(
        method,
        signal,
        timeoutMs,
        header,
        input,
        values,
      ),
  };
}

/**
 * A transport of `@connectrpc/connect` over our HTTP/2: gRPC, gRPC-Web or Connect. The library does all but the bytes, except for calls of
 * gRPC with one request, which its pipelines would make several times dearer: grpc_unary.ts, grpc_stream.ts.
 */
import type { Transport } from "@connectrpc/connect";
import { createTransport as connectTransport } from "@connectrpc/connect/protocol-connect";
import { createTransport as grpcTransport } from "@connectrpc/connect/protocol-grpc";
import { createTransport as grpcWebTransport } from "@connectrpc/connect/protocol-grpc-web";
import type { Clock } from "../../runtime/core/ports.ts";
import type { Http2Client } from "../http2/http2_client.ts";
import { withAnswerFaults } from "./answer_fault.ts";
import { type CallForm, callOptions } from "./call_form.ts";
import { grpcStream } from "./grpc_stream.ts";
import { grpcUnary } from "./grpc_unary.ts";
import { type Exchange, http2Exchange } from "./http2_exchange.ts";

/** What is spoken over HTTP/2. */
export type Protocol = "grpc" | "connect" | "grpc-web";

/** What a transport stands on. */
export interface Http2TransportOptions extends CallForm {
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

const CREATE = {
  "connect": connectTransport,
  "grpc": grpcTransport,
  "grpc-web": grpcWebTransport,
} as const;

/** Makes a transport. Messages may have {@linkcode MESSAGE_BYTES_MAX} bytes either way, unless the options say otherwise. */
export function http2Transport(options: Http2TransportOptions): Transport {
  const { client, clock, protocol, token, unaryDeadlineMs, answerWaitMs } = options;
  const { baseUrl = "http://localhost" } = options;
  const headers = token === undefined ? [] : ["authorization", `Bearer ${token}`];
  const create = (httpClient: Exchange) =>
    withAnswerFaults(CREATE[protocol]({ ...callOptions(options), baseUrl, httpClient }));
  const to = { client, clock, baseUrl, headers };
  const listening = { ...to, answerWaitMs };
  // JSON is for people and tests: it may be slow.
  const isDirect = protocol === "grpc" && options.json !== true;
  const unary = isDirect
    ? grpcUnary({ ...to, form: options })
    : create(http2Exchange("whole", to)).unary;
  const one = isDirect
    ? grpcStream({ ...listening, form: options })
    : create(http2Exchange("whole", listening)).stream;
  const many = create(http2Exchange("pieces", listening)).stream;
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

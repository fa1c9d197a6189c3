/**
 * Dials a machine. What is spoken follows from the endpoint, and nothing is tried out: gRPC over HTTP/2 on a unix socket
 * named `strata.sock`, which is what a machine serves under that name; Connect over HTTP/1.1 on every other socket, and on
 * `http://` and `https://`, where a machine's HTTP API is.
 *
 * A server of HTTP/1.1 may wait for ever for the rest of what a client of HTTP/2 says first: to try would be to wait.
 */
import type { Clock, Random } from "../../runtime/core/ports.ts";
import { http2Client } from "../http2/http2_client.ts";
import { dialUnix } from "./dial.ts";
import type { Found } from "./discovery.ts";
import { type Endpoint, HTTP2_SOCKET } from "./endpoint.ts";
import { ANSWER_WAIT_MS_MAX } from "./exchange.ts";
import { fetchTransport } from "./fetch_transport.ts";
import { http2Transport } from "./http2_transport.ts";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createLinkedAbortController } from "@connectrpc/connect/protocol";
// @ts-types="types/std_path_posix.d.ts"
import { basename } from "@std/path/posix";

/** Milliseconds a unary call may take unless it says otherwise: it answers from memory, a slow emulator included. */
export const UNARY_DEADLINE_MS = 10_000;

/** A way to make calls. Closing it ends the calls that still run. */
export interface Connection extends Disposable {
  readonly transport: Transport;
}

/** What a connection needs of the process. */
export interface ConnectionPorts {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Makes a connection; nothing is dialled before the first call.
 *
 * Unary calls end after {@linkcode UNARY_DEADLINE_MS}, streams have no deadline; `timeoutMs` of the call overrides.
 * What cannot be reached or breaks off is `Unavailable`.
 */
export function connect(
  found: Pick<Found, "endpoint" | "token">,
  ports: ConnectionPorts,
): Connection {
  const closed = new AbortController();
  const { transport: calls, close } = speaksHttp2(found.endpoint)
    ? overHttp2(found.endpoint, { token: found.token, ports })
    : fetchTransport(found);
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
      close();
    },
  };
}

type UnixEndpoint = Extract<Endpoint, { readonly transport: "unix" }>;

function speaksHttp2(endpoint: Endpoint): endpoint is UnixEndpoint {
  return endpoint.transport === "unix" && basename(endpoint.path) === HTTP2_SOCKET;
}

function overHttp2(
  { path }: UnixEndpoint,
  { token, ports }: { readonly token: string | undefined; readonly ports: ConnectionPorts },
): { readonly transport: Transport; close(): void } {
  const client = http2Client({ ...ports, dial: dialUnix(path) });
  const transport = http2Transport({
    client,
    protocol: "grpc",
    clock: ports.clock,
    token,
    answerWaitMs: ANSWER_WAIT_MS_MAX,
  });
  return { transport, close: () => client.close() };
}

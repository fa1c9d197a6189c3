/**
 * Dials a machine. What is spoken follows from the endpoint and who we are, and nothing is tried out: gRPC over HTTP/2 on
 * a unix socket named `strata.sock`, which is what a machine serves under that name, and on `https://` with a certificate
 * of ours, which is what a machine asks for on its port of TLS; Connect over HTTP/1.1 on every other socket, and on
 * `http://` and all other `https://`, where a machine's HTTP API is, or what somebody put before it.
 *
 * A server of HTTP/1.1 may wait for ever for the rest of what a client of HTTP/2 says first: to try would be to wait.
 */
import type { Clock, Random } from "../../runtime/core/ports.ts";
import { http2Client } from "../http2/http2_client.ts";
import { type Dial, dialTls, dialUnix } from "./dial.ts";
import type { Found } from "./discovery.ts";
import { HTTP2_SOCKET } from "./endpoint.ts";
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

/** How long calls may take. */
export interface ConnectionOptions {
  /** Milliseconds of a unary call that does not say otherwise, and until the head of any answer; 0 is for ever. */
  readonly waitMs?: number;
}

/**
 * Makes a connection; nothing is dialled before the first call.
 *
 * Unary calls end after {@linkcode UNARY_DEADLINE_MS}, streams have no deadline; `timeoutMs` of the call overrides.
 * What cannot be reached or breaks off is `Unavailable`.
 */
export function connect(
  found: Pick<Found, "endpoint" | "token" | "identity">,
  ports: ConnectionPorts,
  { waitMs }: ConnectionOptions = {},
): Connection {
  const closed = new AbortController();
  const dialled = http2Dial(found);
  const { transport: calls, close } = dialled === undefined
    ? fetchTransport(found, { answerWaitMs: waitMs })
    : overHttp2(dialled, { token: found.token, ports, waitMs });
  const unaryMs = waitMs ?? UNARY_DEADLINE_MS;
  // Not AbortSignal.any(): its result may be collected while somebody listens to it, and then never aborts.
  const until = (signal: AbortSignal | undefined): AbortSignal =>
    createLinkedAbortController(signal, closed.signal).signal;
  return {
    transport: {
      unary: (method, signal, timeoutMs, header, input, values) =>
        calls.unary(method, until(signal), timeoutMs ?? unaryMs, header, input, values),
      stream: (method, signal, timeoutMs, header, input, values) =>
        calls.stream(method, until(signal), timeoutMs, header, input, values),
    },
    [Symbol.dispose]() {
      closed.abort(new ConnectError("the connection was closed", Code.Canceled));
      close();
    },
  };
}

/** Where HTTP/2 is spoken, and how it is come by. */
interface Http2Place {
  readonly dial: Dial;
  readonly baseUrl: string;
}

function http2Dial(
  { endpoint, identity }: Pick<Found, "endpoint" | "identity">,
): Http2Place | undefined {
  if (endpoint.transport === "unix") {
    if (basename(endpoint.path) !== HTTP2_SOCKET) return undefined;
    return { dial: dialUnix(endpoint.path), baseUrl: "http://localhost" };
  }
  if (endpoint.transport !== "https" || identity?.cert === undefined) return undefined;
  const { hostname, port } = new URL(endpoint.origin);
  const place = { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port || "443") };
  return { dial: dialTls(place, identity), baseUrl: endpoint.origin };
}

function overHttp2(
  { dial, baseUrl }: Http2Place,
  { token, ports, waitMs = ANSWER_WAIT_MS_MAX }: {
    readonly token: string | undefined;
    readonly ports: ConnectionPorts;
    readonly waitMs?: number | undefined;
  },
): { readonly transport: Transport; close(): void } {
  const client = http2Client({ ...ports, dial });
  const transport = http2Transport({
    client,
    protocol: "grpc",
    clock: ports.clock,
    baseUrl,
    token,
    ...(waitMs === 0 ? {} : { answerWaitMs: waitMs }),
  });
  return { transport, close: () => client.close() };
}

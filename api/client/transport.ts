/**
 * Dials a machine: the Connect protocol over HTTP/1.1 by `fetch`, on TCP or on a unix socket.
 *
 * Always straight to the endpoint: proxies named in the environment would learn the token.
 */
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import type { Found } from "./discovery.ts";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createFetchClient } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-connect";

/** Milliseconds a unary call may take unless it says otherwise: it answers from memory, a slow emulator included. */
export const UNARY_DEADLINE_MS = 10_000;

/** Milliseconds until the head of an answer: a stream may then stay silent, a machine that never answers may not. */
export const ANSWER_WAIT_MS_MAX = 10_000;

/** A way to make calls. Closing it ends the calls that still run. */
export interface Connection extends Disposable {
  readonly transport: Transport;
}

type Body = AsyncIterable<Uint8Array>;

/**
 * Makes a connection; nothing is dialled before the first call.
 *
 * Unary calls end after {@linkcode UNARY_DEADLINE_MS}, streams have no deadline; `timeoutMs` of the call overrides.
 * What cannot be reached or breaks off is `Unavailable`.
 */
export function connect(found: Pick<Found, "endpoint" | "token">): Connection {
  const closed = new AbortController();
  const client = Deno.createHttpClient({ http2: false, proxy: directly(found) });
  const dial = createFetchClient((input, init) => answer(new Request(input, init), client));
  const calls = createTransport({
    httpClient: async (request) => {
      if (found.token !== undefined) request.header.set("authorization", `Bearer ${found.token}`);
      const response = await dial(request);
      return { ...response, body: untilLost(response.body) };
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
  const until = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]);
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

/** One answer. A redirect is an answer like any other: the token goes to the endpoint only. */
async function answer(request: Request, client: Deno.HttpClient): Promise<Response> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), ANSWER_WAIT_MS_MAX);
  const signal = AbortSignal.any([request.signal, silent.signal]);
  try {
    return await fetch(request, { client, signal, redirect: "manual" });
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    const said = silent.signal.aborted
      ? `no answer in ${ANSWER_WAIT_MS_MAX / 1000} s`
      : innermost(error);
    throw new ConnectError(said, Code.Unavailable, undefined, undefined, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The bytes of an answer; a connection that breaks off is told from what the machine says. */
function untilLost(body: Body): Body {
  const bytes = body[Symbol.asyncIterator]();
  const lost = (error: unknown): never => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    const said = `the connection broke off: ${innermost(error)}`;
    throw new ConnectError(said, Code.Unavailable, undefined, undefined, error);
  };
  const end = { done: true, value: undefined } as const;
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => bytes.next().catch(lost),
      throw: (error: unknown) => bytes.throw?.(error) ?? Promise.resolve(end),
      return: () => bytes.return?.() ?? Promise.resolve(end),
    }),
  };
}

/** The last cause's words: the outer ones repeat the address. */
function innermost(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  const text = last instanceof Error ? last.message : String(last);
  return text.slice(text.lastIndexOf("): ") + 1).replace(/^[):\s]+/, "");
}

/** One HTTP exchange over our HTTP/2, as the protocols of `@connectrpc/connect` ask for it. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalClientRequest, UniversalClientResponse } from "@connectrpc/connect/protocol";
import type { Clock } from "../../runtime/core/ports.ts";
import { joined } from "../grpc/message_frames.ts";
import type { ClientStream } from "../http2/client_stream.ts";
import { RequestUnprocessed } from "../http2/fault.ts";
import { appendTo, type HeaderPairs, headersOf } from "../http2/header_pairs.ts";
import type { Http2Client } from "../http2/http2_client.ts";
import { CLIENT_SENDS_MAX } from "../limits.ts";
import { http2Error } from "./http2_error.ts";

/** What exchanges stand on. */
export interface Http2ExchangeOptions {
  readonly client: Http2Client;
  /** What all addresses begin with, `http://HOST`; the server is told of it, and nothing is dialled by it. */
  readonly baseUrl: string;
  /** Sent with every request, names in lower case. */
  readonly headers: HeaderPairs;
  readonly clock: Clock;
  /** Milliseconds until the head of an answer; without a limit where it is undefined. */
  readonly answerWaitMs?: number | undefined;
}

/** How a request is sent. */
export type BodyKind =
  /** As one, when all of it is known: for calls with one message. Sent again where the server did not look at it. */
  | "whole"
  /** As it comes. */
  | "pieces";

/** Sends a request and gives the answer once its head is here. @throws {ConnectError} @throws The signal's reason. */
export type Exchange = (request: UniversalClientRequest) => Promise<UniversalClientResponse>;

/** Makes exchanges of one kind. */
export function http2Exchange(kind: BodyKind, options: Http2ExchangeOptions): Exchange {
  const { protocol, host } = new URL(options.baseUrl);
  const base = options.baseUrl.replace(/\/$/, "");
  const scheme = protocol.slice(0, -1);
  return async (request) => {
    const { signal } = request;
    signal?.throwIfAborted();
    const headers = [":method", request.method, ":scheme", scheme, ":authority", host];
    headers.push(":path", request.url.slice(base.length), ...options.headers);
    for (const [name, value] of request.header) headers.push(name, value);
    try {
      const stream = kind === "whole"
        ? await sendWhole(options, { headers, body: await bytesOf(request.body), signal })
        : await sendPieces(options.client, { request, headers });
      return await answered(stream, { signal, options });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw http2Error(error);
    }
  };
}

/** A request whose body is known. */
export interface WholeRequest {
  readonly headers: HeaderPairs;
  readonly body: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request until the server looks at it, {@linkcode CLIENT_SENDS_MAX} times.
 *
 * @returns A stream whose head is here, which `signal` ends.
 * @throws What {@linkcode http2Error} reads. @throws The signal's reason.
 */
export async function sendWhole(
  options: Http2ExchangeOptions,
  { headers, body, signal }: WholeRequest,
): Promise<ClientStream> {
  const ended = body.length === 0;
  for (let sends = 1;; sends++) {
    const begun = options.client.request(headers, { ended, signal });
    const stream = begun instanceof Promise ? await begun : begun;
    endWith(stream, signal);
    if (!ended) stream.end(body);
    try {
      await headOf(stream, options);
      return stream;
    } catch (error) {
      if (!(error instanceof RequestUnprocessed) || sends >= CLIENT_SENDS_MAX) throw error;
    }
  }
}

async function sendPieces(
  client: Http2Client,
  { request: { body, signal }, headers }: {
    readonly request: UniversalClientRequest;
    readonly headers: HeaderPairs;
  },
): Promise<ClientStream> {
  const stream = await client.request(headers, { ended: body === undefined, signal });
  endWith(stream, signal);
  if (body !== undefined) pump(stream, body);
  return stream;
}

/** Sends a body as fast as the server takes it. Never rejects: what goes wrong ends the stream. */
async function pump(stream: ClientStream, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const piece of body) {
      if (stream.closed) return;
      await stream.write(piece);
    }
    stream.end();
  } catch {
    // The source failed, which its call knows, or the stream is over, which its reader is told.
    stream.reset();
  }
}

/** Who leaves ends the stream, and what waits of its answer. Connect aborts at the end of every call. */
function endWith(stream: ClientStream, signal: AbortSignal | undefined): void {
  if (signal?.aborted) return stream.reset();
  signal?.addEventListener("abort", () => stream.reset(), { once: true });
}

async function answered(
  stream: ClientStream,
  { signal, options }: {
    readonly signal: AbortSignal | undefined;
    readonly options: Http2ExchangeOptions;
  },
): Promise<UniversalClientResponse> {
  const { status, headers } = await headOf(stream, options);
  const trailer = new Headers();
  return { status, header: headersOf(headers), body: bodyOf(stream, { trailer, signal }), trailer };
}

async function headOf(
  stream: ClientStream,
  { clock, answerWaitMs }: Http2ExchangeOptions,
): Promise<Awaited<ClientStream["answer"]>> {
  if (answerWaitMs === undefined || stream.hasHead) return await stream.answer;
  const done = new AbortController();
  const silence = clock.sleep(answerWaitMs, { signal: done.signal }).then(() => {
    throw new ConnectError(`no answer in ${answerWaitMs / 1000} s`, Code.Unavailable);
  });
  silence.catch(() => {}); // The answer came first.
  try {
    return await Promise.race([stream.answer, silence]);
  } catch (error) {
    stream.reset();
    throw error;
  } finally {
    done.abort();
  }
}

/** The bytes of an answer until it ends, breaks off or is interrupted; then `trailer` has what followed. */
function bodyOf(
  stream: ClientStream,
  { trailer, signal }: {
    readonly trailer: Headers;
    readonly signal: AbortSignal | undefined;
  },
): AsyncIterable<Uint8Array> {
  async function next(): Promise<IteratorResult<Uint8Array>> {
    let piece: Uint8Array | undefined;
    try {
      piece = await stream.read();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw http2Error(error);
    }
    if (piece !== undefined) return { done: false, value: piece };
    if (signal?.aborted) throw signal.reason;
    appendTo(trailer, stream.trailers);
    return { done: true, value: undefined };
  }
  function end(): Promise<IteratorResult<Uint8Array>> {
    stream.reset();
    return Promise.resolve({ done: true, value: undefined });
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: end, throw: end }) };
}

/** All bytes of a body. */
async function bytesOf(body: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body ?? []) pieces.push(piece);
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : joined(pieces);
}

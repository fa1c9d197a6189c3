/** An exchange as fetch's Request and Response have it, so that whatever answers those serves HTTP/2 too. */
import type { Asked } from "../access.ts";
import type { Arrival } from "../api.ts";
import { describeFault } from "../errors.ts";
import type { Exchange, ExchangeHandler } from "../http2/exchange.ts";
import { Http2Code } from "../http2/fault.ts";
import { type HeaderPairs, headersOf, headerValue } from "../http2/header_pairs.ts";
import type { Log } from "../../runtime/core/ports.ts";

/** Statuses that have no body. */
const BODYLESS: readonly number[] = [204, 205, 304];

/** Fields of HTTP/1.1 that HTTP/2 forbids. */
const HOP_FIELDS: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
];

/** What of an exchange is looked at to judge its sender. */
export function askedOf(exchange: Exchange): Asked {
  return new AskedExchange(exchange);
}

/** No literal with a getter: V8 makes a hidden class of its own for each, which keeps the exchange until a full collection. */
class AskedExchange implements Asked {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  get url(): string {
    return urlOf(this.#exchange);
  }

  get headers(): Asked["headers"] {
    const { authority, headers } = this.#exchange;
    return { get: (name) => name === "host" ? authority : headerValue(headers, name) ?? null };
  }
}

/** Serves HTTP/2 by a function from Request to Response. */
export function httpHandler(
  handle: (request: Request, arrival: Arrival) => Promise<Response>,
  log: Log,
): ExchangeHandler {
  return (exchange) => {
    answer(exchange, handle).catch((error: unknown) => {
      if (exchange.closed) return; // The reader left.
      log.write("error", "a request failed", { error: describeFault(error) });
      exchange.reset(Http2Code.INTERNAL_ERROR);
    });
  };
}

async function answer(
  exchange: Exchange,
  handle: (request: Request, arrival: Arrival) => Promise<Response>,
): Promise<void> {
  const left = new AbortController();
  exchange.onBroken((reason) => left.abort(reason));
  let request: Request;
  try {
    request = requestOf(exchange, left.signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // A target that is no URL, or a method that fetch knows not to make.
    return exchange.respond(400, ["content-type", "text/plain"], true);
  }
  const response = await handle(request, exchange.peer);
  await sendResponse(exchange, response, left.signal);
}

function requestOf(exchange: Exchange, signal: AbortSignal): Request {
  const { method } = exchange;
  const headers = headersOf(exchange.headers);
  headers.set("host", exchange.authority === "" ? "localhost" : exchange.authority);
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(urlOf(exchange), {
    method,
    headers,
    signal,
    ...(hasBody ? { body: bodyOf(exchange) } : {}),
  });
}

function urlOf({ authority, path, scheme }: Exchange): string {
  return `${scheme || "http"}://${authority || "localhost"}${path}`;
}

function bodyOf(exchange: Exchange): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      let piece = await exchange.read();
      while (piece !== undefined && piece.length === 0) piece = await exchange.read();
      if (piece !== undefined) return controller.enqueue(new Uint8Array(piece));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

/** Sends an answer as fast as it is read. @throws {StreamClosed} Its reader left. */
export async function sendResponse(
  exchange: Exchange,
  response: Response,
  left?: AbortSignal,
): Promise<void> {
  const pairs = pairsOf(response.headers);
  const { body, status } = response;
  if (body === null || BODYLESS.includes(status) || exchange.method === "HEAD") {
    await body?.cancel();
    return exchange.respond(status, pairs, true);
  }
  exchange.respond(status, pairs);
  const reader = body.getReader();
  // A quiet stream is ended too when its reader leaves.
  const cancel = () => reader.cancel(left?.reason).catch(() => {});
  left?.addEventListener("abort", cancel, { once: true });
  if (left?.aborted) cancel();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (next.value.length > 0) await exchange.write(next.value);
  }
  exchange.end();
}

function pairsOf(headers: Headers): HeaderPairs {
  const pairs: string[] = [];
  for (const [name, value] of headers) {
    if (!HOP_FIELDS.includes(name)) pairs.push(name, value);
  }
  return pairs;
}

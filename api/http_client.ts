/**
 * A typed client of the HTTP API for programs of others: Hono's, over anything that has `fetch`. What is no route, no
 * parameter or no field of a body does not compile.
 */
import { hc } from "hono/client";
import type { HttpApp, HttpShape } from "./http_schema.ts";

export type { HttpApp, HttpShape } from "./http_schema.ts";

/** Calls by path and method: `client.api.v1.types.$get()`. */
export type HttpClient = ReturnType<typeof hc<HttpApp>>;

/** How requests are sent. */
export interface HttpClientOptions {
  /** Bearer token; TCP asks for it, unix sockets do not. */
  readonly token?: string;
  /** Sends a request; the `fetch` of the runtime unless given. For a unix socket see {@linkcode unixFetch}. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * Makes a client. Nothing is dialled before the first call; calls reject only when no answer came.
 *
 * @example
 * ```ts
 * import { httpClient } from "./http_client.ts";
 *
 * const answer = { items: [] };
 * const client = httpClient("http://localhost", {
 *   fetch: () => Promise.resolve(Response.json(answer)),
 * });
 * const found = await client.api.v1.types.$get();
 * if (found.status !== 200) throw new Error((await found.json()).detail);
 * for (const { type, aliases } of (await found.json()).items) void [type, aliases];
 * ```
 *
 * @param origin Such as `http://127.0.0.1:50080`; behind a unix socket `http://localhost`.
 */
export function httpClient(origin: string, options: HttpClientOptions = {}): HttpClient {
  const { token, fetch: send = (request) => fetch(request) } = options;
  const client = hc<HttpApp>(origin, {
    fetch: (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      if (token !== undefined) request.headers.set("authorization", `Bearer ${token}`);
      // The library knows no other form of JSON than the plain one.
      if (request.method === "PATCH") {
        request.headers.set("content-type", "application/merge-patch+json");
      }
      return send(request);
    },
  });
  return encodingParams(client);
}

/** A `fetch` over a unix socket of this machine, by Deno. Dispose of it to let go of its connections. */
export interface UnixFetch extends Disposable {
  readonly fetch: (request: Request) => Promise<Response>;
}

/** Makes one. @param path Of a socket of HTTP/1.1, such as `/system/run/strata/http.sock`. */
export function unixFetch(path: string): UnixFetch {
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  return {
    fetch: (request) => fetch(request, { client }),
    [Symbol.dispose]: () => client.close(),
  };
}

/**
 * The events of a watch that was asked for with the header `accept: application/x-ndjson`, as they come. Ends with the
 * watch; leaving the loop ends the watch.
 */
export async function* watchEvents(
  response: { readonly body: ReadableStream | null },
): AsyncGenerator<HttpShape<"WatchEvent">> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of response.body ?? []) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

/** The library puts parameters into paths as they stand; ids may hold anything. */
function encodingParams<Target>(target: Target): Target {
  // A proxy of what the library makes, which is one itself: a function with properties by name.
  return new Proxy(target as object & Target, {
    get: (inner, key) => {
      const found: unknown = Reflect.get(inner, key);
      return typeof found === "function" ? encodingParams(found) : found;
    },
    apply: (
      inner,
      self,
      [args, ...rest]: [{ readonly param?: Params } | undefined, ...unknown[]],
    ) => {
      const encoded = args?.param === undefined ? args : { ...args, param: encode(args.param) };
      return Reflect.apply(inner as (...all: unknown[]) => unknown, self, [encoded, ...rest]);
    },
  });
}

type Params = Readonly<Record<string, string>>;

function encode(params: Params): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, encodeURIComponent(value)]),
  );
}

/** A client of Connect that asks an API without a socket, by the protocol as it is on the wire. */
import type { Transport } from "@connectrpc/connect";
import { createFetchClient } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-connect";

/** @param fetch Answers requests, as a server would. */
export function connectTransport(
  fetch: (request: Request) => Promise<Response>,
  { format }: { readonly format: "binary" | "json" },
): Transport {
  return createTransport({
    baseUrl: "http://localhost",
    httpClient: createFetchClient((input, init) => fetch(new Request(input, init))),
    useBinaryFormat: format === "binary",
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 1024,
    readMaxBytes: 0xffffffff,
    writeMaxBytes: 0xffffffff,
    useHttpGet: true,
  });
}

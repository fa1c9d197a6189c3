/** The one compression that clients read. */
import type { Compression } from "@connectrpc/connect/protocol";
import { deflate, inflate } from "../grpc/gzip.ts";

/** Answers may be compressed; what they inflate to is bounded as they are, while inflating. */
export const GZIP: Compression = {
  name: "gzip",
  compress: (bytes) => Promise.resolve(new Uint8Array(deflate(bytes))),
  decompress: (bytes) => Promise.resolve().then(() => new Uint8Array(inflate(bytes))),
};

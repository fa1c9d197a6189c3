/** Headers of answers: constants, so that their encoding is found by identity. */
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { GRPC_JSON } from "./call_head.ts";
import { ACCEPTED_ENCODINGS } from "./message_frames.ts";

const PLAIN = headersOf("application/grpc");
const PLAIN_GZIP = headersOf("application/grpc", "grpc-encoding", "gzip");
const PROTO = headersOf("application/grpc+proto");
const PROTO_GZIP = headersOf("application/grpc+proto", "grpc-encoding", "gzip");
const JSON_PLAIN = headersOf(GRPC_JSON);
const JSON_GZIP = headersOf(GRPC_JSON, "grpc-encoding", "gzip");

function headersOf(contentType: string, ...more: readonly string[]): HeaderPairs {
  const accepts = ["grpc-accept-encoding", ACCEPTED_ENCODINGS];
  return Object.freeze(["content-type", contentType, ...accepts, ...more]);
}

/** @param gzip Whether messages of the answer may be compressed. */
export function answerHeaders(contentType: string, gzip: boolean): HeaderPairs {
  if (contentType === "application/grpc+proto") return gzip ? PROTO_GZIP : PROTO;
  if (contentType === GRPC_JSON) return gzip ? JSON_GZIP : JSON_PLAIN;
  return gzip ? PLAIN_GZIP : PLAIN;
}

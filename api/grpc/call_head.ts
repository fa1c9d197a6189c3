/** What the headers of a call say to gRPC. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { ACCEPTED_ENCODINGS } from "./message_frames.ts";

/** The headers that matter; absent ones are undefined. */
export interface CallHead {
  readonly contentType: string | undefined;
  readonly encoding: string | undefined;
  readonly accepts: string | undefined;
  readonly timeout: string | undefined;
}

const GRPC = "application/grpc";
const GRPC_PROTO = "application/grpc+proto";

/** Messages in JSON. */
export const GRPC_JSON = "application/grpc+json";

/** Looks once over all headers. */
export function readHead(headers: HeaderPairs): CallHead {
  let [contentType, encoding, accepts, timeout]: (string | undefined)[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    switch (headers[index]) {
      case "content-type":
        contentType = headers[index + 1];
        break;
      case "grpc-encoding":
        encoding = headers[index + 1];
        break;
      case "grpc-accept-encoding":
        accepts = headers[index + 1];
        break;
      case "grpc-timeout":
        timeout = headers[index + 1];
        break;
      default:
    }
  }
  return { contentType, encoding, accepts, timeout };
}

/** Whether the call is one of gRPC, spoken as we do or not; gRPC-Web is another protocol. */
export function isGrpc(contentType: string | undefined): boolean {
  if (contentType === undefined || !contentType.startsWith(GRPC)) return false;
  const next = contentType[GRPC.length];
  return next === undefined || next === "+" || next === ";" || next === " ";
}

/** The content type of the answer; undefined where messages are in a form that is not served. */
export function answerType(contentType: string): string | undefined {
  const [form = ""] = contentType.split(";", 1);
  const named = form.trimEnd();
  return named === GRPC || named === GRPC_PROTO || named === GRPC_JSON ? named : undefined;
}

/** Whether messages of the request may be compressed. @throws {ConnectError} `Unimplemented`. */
export function sendsGzip({ encoding }: CallHead): boolean {
  if (encoding === undefined || encoding === "identity") return false;
  if (encoding === "gzip") return true;
  const shown = JSON.stringify(encoding.slice(0, 32));
  const detail = `grpc-encoding is ${shown}, and may be ${ACCEPTED_ENCODINGS}`;
  throw new ConnectError(detail, Code.Unimplemented);
}

/** Whether answers are compressed: for who compresses its requests, unless it says that it cannot read it. */
export function wantsGzip({ encoding, accepts }: CallHead): boolean {
  if (encoding !== "gzip") return false;
  return accepts === undefined || accepts.split(",").some((name) => name.trim() === "gzip");
}

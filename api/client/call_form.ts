/** How the messages of calls travel, whatever carries them. */
import type { CommonTransportOptions } from "@connectrpc/connect/protocol";
import type { Registry } from "@bufbuild/protobuf";
import { GZIP } from "../grpc/gzip.ts";
import { GZIP_BYTES_MIN, MESSAGE_BYTES_MAX } from "../limits.ts";

/** What may differ from messages of protobuf that are sent as they are. */
export interface CallForm {
  /** Messages as JSON. */
  readonly json?: boolean;
  /** What an Any may hold, as JSON. */
  readonly registry?: Registry;
  /** Requests are compressed. Answers may always be. */
  readonly gzip?: boolean;
  /** Bytes below which that is not worth it; {@linkcode GZIP_BYTES_MIN} unless given. */
  readonly gzipBytesMin?: number;
  /** Calls that change nothing are asked for by GET; Connect alone has it. */
  readonly get?: boolean;
  /** Bytes of one message of an answer; {@linkcode MESSAGE_BYTES_MAX} unless given. */
  readonly messageBytesMax?: number;
}

/** The same as the library has it. */
export function callOptions(
  { json = false, registry, gzip = false, get = false, ...bounds }: CallForm,
): Omit<CommonTransportOptions, "httpClient" | "baseUrl"> {
  const { gzipBytesMin = GZIP_BYTES_MIN, messageBytesMax = MESSAGE_BYTES_MAX } = bounds;
  return {
    useBinaryFormat: !json,
    useHttpGet: get,
    ...(registry === undefined ? {} : { jsonOptions: { registry } }),
    interceptors: [],
    acceptCompression: [GZIP],
    sendCompression: gzip ? GZIP : null,
    compressMinBytes: gzipBytesMin,
    readMaxBytes: messageBytesMax,
    writeMaxBytes: MESSAGE_BYTES_MAX,
  };
}

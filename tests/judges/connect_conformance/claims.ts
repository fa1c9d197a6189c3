/** What of the official Connect suite we claim, and what not, each with its reason. All that is claimed must pass. */

/** Who is judged: what serves, or what calls. */
export type Mode = "server" | "client";

/** The suite makes its cases of these: each combination that can be is one. Names are the suite's. */
export const FEATURES = {
  versions: ["HTTP_VERSION_1", "HTTP_VERSION_2"],
  protocols: ["PROTOCOL_CONNECT", "PROTOCOL_GRPC", "PROTOCOL_GRPC_WEB"],
  codecs: ["CODEC_PROTO", "CODEC_JSON"],
  compressions: ["COMPRESSION_IDENTITY", "COMPRESSION_GZIP"],
  streamTypes: [
    "STREAM_TYPE_UNARY",
    "STREAM_TYPE_CLIENT_STREAM",
    "STREAM_TYPE_SERVER_STREAM",
    "STREAM_TYPE_HALF_DUPLEX_BIDI_STREAM",
    "STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM",
  ],
  supportsH2c: true,
  supportsTls: true,
  supportsTlsClientCerts: true,
  supportsTrailers: true,
  supportsHalfDuplexBidiOverHttp1: true,
  supportsConnectGet: true,
  supportsMessageReceiveLimit: true,
} as const;

/** Features that are left out above. */
export const UNCLAIMED: Readonly<Record<string, string>> = {
  HTTP_VERSION_3: "nothing of ours listens on UDP",
  COMPRESSION_BR: "one compression is enough, and gzip is the one that every client has",
  COMPRESSION_ZSTD: "as COMPRESSION_BR",
  COMPRESSION_DEFLATE: "as COMPRESSION_BR",
  COMPRESSION_SNAPPY: "as COMPRESSION_BR",
};

/** Cases of the features above that are left out. */
export const EXCLUDED: readonly {
  readonly mode: Mode;
  /** In the suite's words; what is not named may be anything. */
  readonly cases: Readonly<Record<string, string | boolean>>;
  readonly reason: string;
}[] = [];

/**
 * The suite whose cases race a deadline of 200 ms against the other side's own: where a case of it fails, all of it has a
 * second try. No other has.
 */
export const TIMED = "Timeouts";

/** Cases that fail, by their name or a pattern of the suite: they must fail, so that none stays here for nothing. */
export const KNOWN_FAILING: readonly {
  readonly mode: Mode;
  readonly cases: string;
  readonly reason: string;
}[] = [];

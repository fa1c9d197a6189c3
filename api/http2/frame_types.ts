/** Types of frames, RFC 9113 §6. */
export const FrameType = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

/** Flags of frames; what a bit means depends on the type. */
export const Flag = {
  ACK: 0x1,
  END_STREAM: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** Identifiers of settings, RFC 9113 §6.5.2. */
export const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

/** Bytes before each payload. */
export const FRAME_HEADER_BYTES = 9;

/** Bytes of a payload that each end takes unless its settings say more; ours never do. */
export const FRAME_BYTES_MAX = 16_384;

/** What a peer's setting of the frame size may be at most. */
export const FRAME_BYTES_LIMIT = 2 ** 24 - 1;

/** The greatest window, and the greatest stream. */
export const INT31_MAX = 2 ** 31 - 1;

/** What both windows have at first. */
export const WINDOW_BYTES_DEFAULT = 65_535;

/** What a client says first: `PRI * HTTP/2.0`, an empty line, `SM`, an empty line. */
export const PREFACE: Readonly<Uint8Array> = new TextEncoder().encode(
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
);

/** Four bytes as an unsigned number. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24 | (bytes[at + 1] ?? 0) << 16 | (bytes[at + 2] ?? 0) << 8 |
    (bytes[at + 3] ?? 0)) >>> 0;
}

/** Four bytes as a number of 31 bits; the first bit is reserved and means nothing. */
export function readUint31(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) & 0x7f) << 24 | (bytes[at + 1] ?? 0) << 16 |
    (bytes[at + 2] ?? 0) << 8 | (bytes[at + 3] ?? 0);
}

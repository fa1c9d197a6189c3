/**
 * The messages of the Network Block Device protocol, as far as QEMU needs them: fixed newstyle negotiation and simple
 * replies. All numbers are big-endian. Source: doc/proto.md of the NBD project.
 */

/** `NBDMAGIC`, the first word of the server. */
export const SERVER_MAGIC = 0x4e42444d41474943n;
/** `IHAVEOPT`, the second one, and before each option. */
export const OPTION_MAGIC = 0x49484156454f5054n;
export const OPTION_REPLY_MAGIC = 0x3e889045565a9n;
export const REQUEST_MAGIC = 0x25609513;
export const REPLY_MAGIC = 0x67446698;

/** What server and client say of themselves, with the same bits. */
export const HANDSHAKE = { FIXED_NEWSTYLE: 1, NO_ZEROES: 2 } as const;

export const OPTION = { EXPORT_NAME: 1, ABORT: 2, LIST: 3, INFO: 6, GO: 7 } as const;

export const OPTION_REPLY = {
  ACK: 1,
  SERVER: 2,
  INFO: 3,
  ERR_UNSUP: 0x8000_0001,
  ERR_INVALID: 0x8000_0003,
  ERR_TOO_BIG: 0x8000_0009,
} as const;

export const INFO = { EXPORT: 0, BLOCK_SIZE: 3 } as const;

/** What the export can do. */
export const EXPORT = {
  HAS_FLAGS: 1,
  SEND_FLUSH: 4,
  SEND_FUA: 8,
  SEND_TRIM: 32,
  SEND_WRITE_ZEROES: 64,
} as const;

export const COMMAND = { READ: 0, WRITE: 1, DISC: 2, FLUSH: 3, TRIM: 4, WRITE_ZEROES: 6 } as const;

/** Flag of a command: answered only when its data are safe from a power cut. */
export const COMMAND_FUA = 1;

/** Errors of a reply: Linux' numbers. */
export const REPLY_ERROR = { NONE: 0, EIO: 5, EINVAL: 22, ENOSPC: 28 } as const;

/** Bytes of data of one request at most: what a server is expected to take when it names no other bound. */
export const DATA_BYTES_MAX = 32 * 1024 * 1024;

/** Bytes of one option's data at most: an export's name has 4096. */
export const OPTION_BYTES_MAX = 8192;

/** A sector: the least that is written, and what is never torn. */
export const SECTOR_BYTES = 512;

export const REQUEST_BYTES = 28;

/** What the client asks in transmission, without the data of a write. */
export interface RequestHeader {
  readonly flags: number;
  readonly command: number;
  /** Given back in the reply. */
  readonly cookie: bigint;
  readonly offset: number;
  readonly length: number;
}

/** @throws {RangeError} It is no request, or beyond any disk. */
export function decodeRequest(bytes: Uint8Array): RequestHeader {
  const view = viewOf(bytes);
  const magic = view.getUint32(0);
  if (magic !== REQUEST_MAGIC) {
    throw new RangeError(`Cannot read a request: it begins with 0x${magic.toString(16)}`);
  }
  const offset = view.getBigUint64(16);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`Cannot take a request at offset ${offset}`);
  }
  return {
    flags: view.getUint16(4),
    command: view.getUint16(6),
    cookie: view.getBigUint64(8),
    offset: Number(offset),
    length: view.getUint32(24),
  };
}

export function encodeRequest(header: RequestHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(REQUEST_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, REQUEST_MAGIC);
  view.setUint16(4, header.flags);
  view.setUint16(6, header.command);
  view.setBigUint64(8, header.cookie);
  view.setBigUint64(16, BigInt(header.offset));
  view.setUint32(24, header.length);
  return bytes;
}

export const REPLY_BYTES = 16;

/** The head of a simple reply; the data of a read follow it. */
export function encodeReply(cookie: bigint, error: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(REPLY_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, REPLY_MAGIC);
  view.setUint32(4, error);
  view.setBigUint64(8, cookie);
  return bytes;
}

/** A reply to an option. */
export function encodeOptionReply(
  option: number,
  reply: number,
  data: Uint8Array = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(20 + data.length);
  const view = viewOf(bytes);
  view.setBigUint64(0, OPTION_REPLY_MAGIC);
  view.setUint32(8, option);
  view.setUint32(12, reply);
  view.setUint32(16, data.length);
  bytes.set(data, 20);
  return bytes;
}

/** Sizes and abilities of the export: answers to INFO and GO, or to EXPORT_NAME without the leading kind. */
export function encodeExport(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12);
  const view = viewOf(bytes);
  view.setUint16(0, INFO.EXPORT);
  view.setBigUint64(2, BigInt(sizeBytes));
  const { HAS_FLAGS, SEND_FLUSH, SEND_FUA, SEND_TRIM, SEND_WRITE_ZEROES } = EXPORT;
  view.setUint16(10, HAS_FLAGS | SEND_FLUSH | SEND_FUA | SEND_TRIM | SEND_WRITE_ZEROES);
  return bytes;
}

/** Block sizes: least, best and most bytes of a request. */
export function encodeBlockSizes(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(14);
  const view = viewOf(bytes);
  view.setUint16(0, INFO.BLOCK_SIZE);
  view.setUint32(2, SECTOR_BYTES);
  view.setUint32(6, 4096);
  view.setUint32(10, DATA_BYTES_MAX);
  return bytes;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The first phase of a connection: client and server agree on the one export there is. */
import type { ByteStream } from "./byte_stream.ts";
import {
  encodeBlockSizes,
  encodeExport,
  encodeOptionReply,
  HANDSHAKE,
  OPTION,
  OPTION_BYTES_MAX,
  OPTION_MAGIC,
  OPTION_REPLY,
  SERVER_MAGIC,
  viewOf,
} from "./protocol.ts";

/** Options of one connection at most; QEMU sends half a dozen. */
const OPTIONS_MAX = 64;

/** Bytes of zeroes after the answer to EXPORT_NAME, for clients that want them. */
const EXPORT_PADDING_BYTES = 124;

/** Both ends of a connection under negotiation. */
export interface Negotiation {
  readonly stream: ByteStream;
  readonly send: (bytes: Uint8Array) => Promise<void>;
  readonly sizeBytes: number;
}

/**
 * Negotiates until the client enters transmission. Any name means the one export.
 *
 * @returns Whether it did: false where it went away.
 * @throws {RangeError} It speaks something else, or asks for too much.
 */
export async function negotiate(negotiation: Negotiation): Promise<boolean> {
  const { stream, send, sizeBytes } = negotiation;
  await send(greeting());
  const flags = await stream.take(4);
  if (flags === undefined) return false;
  const hasNoZeroes = (viewOf(flags).getUint32(0) & HANDSHAKE.NO_ZEROES) !== 0;
  for (let count = 0; count < OPTIONS_MAX; count++) {
    const option = await readOption(stream);
    if (option === undefined) return false;
    switch (option.kind) {
      case OPTION.EXPORT_NAME: {
        const padding = hasNoZeroes ? 0 : EXPORT_PADDING_BYTES;
        const answer = new Uint8Array(10 + padding);
        answer.set(encodeExport(sizeBytes).subarray(2));
        await send(answer);
        return true;
      }
      case OPTION.ABORT:
        await send(encodeOptionReply(option.kind, OPTION_REPLY.ACK));
        return false;
      case OPTION.GO:
      case OPTION.INFO:
        if (!await tellExport(negotiation, option)) continue;
        if (option.kind === OPTION.GO) return true;
        continue;
      case OPTION.LIST:
        await send(encodeOptionReply(option.kind, OPTION_REPLY.SERVER, new Uint8Array(4)));
        await send(encodeOptionReply(option.kind, OPTION_REPLY.ACK));
        continue;
      default:
        await send(encodeOptionReply(option.kind, OPTION_REPLY.ERR_UNSUP));
    }
  }
  throw new RangeError(`Cannot negotiate: more than ${OPTIONS_MAX} options`);
}

interface ClientOption {
  readonly kind: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

function greeting(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(18);
  const view = viewOf(bytes);
  view.setBigUint64(0, SERVER_MAGIC);
  view.setBigUint64(8, OPTION_MAGIC);
  view.setUint16(16, HANDSHAKE.FIXED_NEWSTYLE | HANDSHAKE.NO_ZEROES);
  return bytes;
}

async function readOption(stream: ByteStream): Promise<ClientOption | undefined> {
  const head = await stream.take(16);
  if (head === undefined) return undefined;
  const view = viewOf(head);
  if (view.getBigUint64(0) !== OPTION_MAGIC) {
    throw new RangeError("Cannot negotiate: what came is no option");
  }
  const length = view.getUint32(12);
  if (length > OPTION_BYTES_MAX) {
    throw new RangeError(`Cannot negotiate: an option of ${length} bytes`);
  }
  const data = await stream.take(length);
  return data && { kind: view.getUint32(8), data };
}

/** Answers GO or INFO. @returns Whether it was well-formed. */
async function tellExport(
  { send, sizeBytes }: Negotiation,
  option: ClientOption,
): Promise<boolean> {
  const { data, kind } = option;
  const nameBytes = data.length < 6 ? -1 : viewOf(data).getUint32(0);
  const asked = nameBytes < 0 || nameBytes > data.length - 6
    ? -1
    : viewOf(data).getUint16(4 + nameBytes);
  if (asked < 0 || data.length !== 6 + nameBytes + 2 * asked) {
    await send(encodeOptionReply(kind, OPTION_REPLY.ERR_INVALID));
    return false;
  }
  await send(encodeOptionReply(kind, OPTION_REPLY.INFO, encodeExport(sizeBytes)));
  await send(encodeOptionReply(kind, OPTION_REPLY.INFO, encodeBlockSizes()));
  await send(encodeOptionReply(kind, OPTION_REPLY.ACK));
  return true;
}

/** Messages as gRPC carries them: a byte that says whether it is compressed, four of length, the message. */
import { Code } from "@connectrpc/connect";
import { GZIP_BYTES_MIN, MESSAGE_BYTES_MAX } from "../limits.ts";
import { deflate, inflate } from "./gzip.ts";
import { Refused } from "./refused.ts";

/** Bytes before each message. */
export const PREFIX_BYTES = 5;

/** Bytes of a body that holds one message. */
export const BODY_BYTES_MAX = PREFIX_BYTES + MESSAGE_BYTES_MAX;

/** Compressions this end reads, as `grpc-accept-encoding` names them. */
export const ACCEPTED_ENCODINGS = "identity,gzip";

/** The message with its prefix, in bytes of its own. */
export function frameOf(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(PREFIX_BYTES + message.length);
  writePrefix(frame, message.length);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

/** Writes the prefix of an uncompressed message of `length` bytes. */
export function writePrefix(frame: Uint8Array, length: number): void {
  frame[0] = 0;
  frame[1] = length >>> 24;
  frame[2] = length >>> 16;
  frame[3] = length >>> 8;
  frame[4] = length;
}

/** The same message compressed, or as it is where that would gain nothing. */
export function compressed(frame: Uint8Array): Uint8Array {
  if (frame.length < PREFIX_BYTES + GZIP_BYTES_MIN) return frame;
  const made = frameOf(deflate(frame.subarray(PREFIX_BYTES)));
  made[0] = 1;
  return made.length < frame.length ? made : frame;
}

/**
 * The message of a body that must hold exactly one.
 *
 * @param body Undefined where it was larger than {@linkcode BODY_BYTES_MAX}.
 * @param gzip Whether the request names gzip as its encoding.
 * @param bytesMax Of the message; a body may have {@linkcode PREFIX_BYTES} more.
 * @returns A part of `body`, or what it inflates to; where the body is something else, what to refuse it with.
 * @throws {ConnectError} It cannot be inflated.
 */
export function soleMessage(
  body: Uint8Array | undefined,
  gzip: boolean,
  bytesMax = MESSAGE_BYTES_MAX,
): Uint8Array | Refused {
  if (body === undefined) return tooLarge("more", bytesMax);
  if (body.length === 0) return cardinality("none");
  if (body.length < PREFIX_BYTES) return truncated();
  const length = lengthAt(body, 0);
  const end = PREFIX_BYTES + length;
  if (length > bytesMax) return tooLarge(length, bytesMax);
  if (body.length < end) return truncated();
  if (body.length > end) return cardinality("more");
  return messageOf(body, gzip, bytesMax);
}

/**
 * The messages of a stream, one after the other; whoever does not ask for the next holds the sender back.
 *
 * @param read The next piece of the body, undefined at its end.
 * @throws {ConnectError} What a message is instead.
 */
export async function* messagesOf(
  read: () => Promise<Uint8Array | undefined>,
  gzip: boolean,
  bytesMax = MESSAGE_BYTES_MAX,
): AsyncGenerator<Uint8Array> {
  const held = new Gathered();
  while (true) {
    const length = held.length < PREFIX_BYTES ? undefined : held.messageLength();
    if (length !== undefined && length > bytesMax) throw tooLarge(length, bytesMax).toError();
    if (length !== undefined && held.length >= PREFIX_BYTES + length) {
      const message = messageOf(held.take(PREFIX_BYTES + length), gzip, bytesMax);
      if (message instanceof Refused) throw message.toError();
      yield message;
      continue;
    }
    const piece = await read();
    if (piece !== undefined) held.add(piece);
    else if (held.length > 0) throw truncated().toError();
    else return;
  }
}

/** Bytes of a body that were read and not yet taken: room grows with what came, not with what was announced. */
class Gathered {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Of the message whose prefix is here. */
  messageLength(): number {
    return lengthAt(this.#bytes, this.#start);
  }

  add(piece: Uint8Array): void {
    if (this.length === 0) {
      // The piece is ours by now: no copy where nothing is held.
      [this.#bytes, this.#start, this.#end] = [piece, 0, piece.length];
      return;
    }
    const length = this.length + piece.length;
    if (this.#end + piece.length > this.#bytes.length) {
      const room = new Uint8Array(Math.max(length * 2, 1024));
      room.set(this.#bytes.subarray(this.#start, this.#end));
      [this.#bytes, this.#start, this.#end] = [room, 0, this.length];
    }
    this.#bytes.set(piece, this.#end);
    this.#end += piece.length;
  }

  /** The next bytes; nobody writes to them again. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#start, this.#start + count);
    this.#start += count;
    return taken;
  }
}

/** All pieces in one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function lengthAt(bytes: Uint8Array, start: number): number {
  const high = (bytes[start + 1] ?? 0) << 24 | (bytes[start + 2] ?? 0) << 16;
  return (high | (bytes[start + 3] ?? 0) << 8 | (bytes[start + 4] ?? 0)) >>> 0;
}

/** What a frame of one message holds. */
function messageOf(frame: Uint8Array, gzip: boolean, bytesMax: number): Uint8Array | Refused {
  const message = frame.subarray(PREFIX_BYTES);
  const flag = frame[0];
  if (flag === 0) return message;
  if (flag !== 1) {
    const detail = `a message begins with ${flag}, and may begin with 0 or 1 (compressed)`;
    return new Refused(Code.InvalidArgument, detail);
  }
  if (!gzip) {
    const detail = "a message is compressed, and grpc-encoding names no compression";
    return new Refused(Code.Internal, detail);
  }
  return inflate(message, bytesMax);
}

/** What a message of too many bytes is refused with. */
export function tooLarge(length: number | "more", bytesMax: number): Refused {
  const size = length === "more" ? `more than ${bytesMax}` : `${length}`;
  const detail = `the message has ${size} bytes, and may have ${bytesMax}`;
  return new Refused(Code.ResourceExhausted, detail);
}

function truncated(): Refused {
  return new Refused(Code.InvalidArgument, "the body ends within a message");
}

/** Unimplemented is what gRPC says of a wrong number of messages. */
function cardinality(count: "none" | "more"): Refused {
  const detail = `the call takes one message, and the body holds ${count}`;
  return new Refused(Code.Unimplemented, detail);
}

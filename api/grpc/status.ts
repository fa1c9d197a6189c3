/** How a call ended, as trailers: `grpc-status`, `grpc-message`, `grpc-status-details-bin`. */
import type { Code, ConnectError } from "@connectrpc/connect";
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import { STATUS_MESSAGE_BYTES_MAX } from "../limits.ts";

/** The trailers of a call that went well. */
export const OK_TRAILERS: HeaderPairs = Object.freeze(["grpc-status", "0"]);

/** What a status may carry besides, as the library has it. */
type Detail = ConnectError["details"][number];

const HEX = "0123456789ABCDEF";
const PERCENT = 0x25;

/** Bytes that spaces at both ends grow by. */
const SPACE_GROWTH_BYTES = 4;

/** Text that stays as it is: most of ours. */
const PLAIN_REGEXP = /^[\x21-\x24\x26-\x7e](?:[\x20-\x24\x26-\x7e]*[\x21-\x24\x26-\x7e])?$/;
const PLAIN_LENGTH_MAX = STATUS_MESSAGE_BYTES_MAX - SPACE_GROWTH_BYTES;

/** Names that belong to the protocol: what a handler sets under them is left out. */
const RESERVED_REGEXP = /^(:|grpc-|content-|te$|transfer-encoding$|connection$|trailer$)/;

/** The trailers of a call that failed. */
export function statusPairs(error: ConnectError): HeaderPairs {
  const pairs = refusedPairs(error.code, error.rawMessage);
  if (error.details.length > 0) {
    pairs.push("grpc-status-details-bin", base64(statusBytes(error)));
  }
  pairs.push(...metadataPairs(error.metadata));
  return pairs;
}

/** What a handler says besides, without the names that belong to the protocol. */
export function metadataPairs(metadata: Headers): string[] {
  const pairs: string[] = [];
  for (const [name, value] of metadata) {
    if (!RESERVED_REGEXP.test(name)) pairs.push(name, value);
  }
  return pairs;
}

/** The same of a code and a message alone. */
export function refusedPairs(code: Code, message: string): string[] {
  if (message === "") return ["grpc-status", String(code)];
  return ["grpc-status", String(code), "grpc-message", encodeMessage(message)];
}

/**
 * Text as `grpc-message` carries it: UTF-8, and everything but printable ASCII percent-encoded. Cut at a whole
 * character to {@linkcode STATUS_MESSAGE_BYTES_MAX} bytes.
 */
export function encodeMessage(text: string): string {
  if (text.length <= PLAIN_LENGTH_MAX && PLAIN_REGEXP.test(text)) return text;
  let encoded = "";
  for (const character of text) {
    const made = encodeCharacter(character);
    if (encoded.length + made.length > STATUS_MESSAGE_BYTES_MAX - SPACE_GROWTH_BYTES) break;
    encoded += made;
  }
  // A field of HTTP/2 neither begins nor ends with a space: one at each end says that those within are meant.
  return encoded.replace(/^ /, "%20").replace(/ $/, "%20");
}

function encodeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= 0x20 && code <= 0x7e && code !== PERCENT) return character;
  let made = "";
  for (const byte of new TextEncoder().encode(character)) {
    made += `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  return made;
}

/** google.rpc.Status. */
function statusBytes(error: ConnectError): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int32(error.code);
  writer.tag(2, WireType.LengthDelimited).string(error.rawMessage);
  for (const detail of error.details) {
    const { type, value } = packed(detail);
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(`type.googleapis.com/${type}`);
    writer.tag(2, WireType.LengthDelimited).bytes(value);
    writer.join();
  }
  return writer.finish();
}

function packed(detail: Detail): { readonly type: string; readonly value: Uint8Array } {
  if (!("desc" in detail)) return detail;
  const message = create(detail.desc, detail.value);
  return { type: detail.desc.typeName, value: toBinary(detail.desc, message) };
}

function base64(bytes: Uint8Array<ArrayBuffer>): string {
  return bytes.toBase64({ omitPadding: true });
}

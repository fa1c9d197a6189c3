/** What answers of gRPC say, in their heads, messages and trailers. */
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  validateResponseWithCompression,
  validateTrailer,
} from "@connectrpc/connect/protocol-grpc";
import { BODY_BYTES_MAX, compressed, frameOf } from "../grpc/message_frames.ts";
import type { AnswerHead } from "../http2/answer_rules.ts";
import type { ClientStream } from "../http2/client_stream.ts";
import { headersOf, headerValue } from "../http2/header_pairs.ts";
import { MESSAGE_BYTES_MAX } from "../limits.ts";
import { GZIP } from "../grpc/gzip.ts";

/** What an answer of gRPC with messages of protobuf calls itself. */
const CONTENT_TYPES: readonly (string | undefined)[] = [
  "application/grpc",
  "application/grpc+proto",
];

/** A request as one message. @param gzip Whether it may be compressed. @throws {ConnectError} `ResourceExhausted`: it is too long. */
export function requestBody<Desc extends DescMessage>(
  input: Desc,
  init: MessageInitShape<Desc>,
  gzip = false,
): Uint8Array {
  const body = frameOf(toBinary<DescMessage>(input, create<DescMessage>(input, init)));
  if (body.length > BODY_BYTES_MAX) throw tooLong(body.length);
  return gzip ? compressed(body) : body;
}

/** What the head of an answer says. */
export interface AnswerKind {
  /** How its messages may be compressed. */
  readonly encoding: "gzip" | "identity";
  /** The status in the head, which counts where the head is all there is. */
  readonly refusal: ConnectError | undefined;
}

const PLAIN: AnswerKind = { encoding: "identity", refusal: undefined };

/** Reads the head of an answer. @throws {ConnectError} It is none of gRPC. */
export function answerKind(head: AnswerHead): AnswerKind {
  const encoding = headerValue(head.headers, "grpc-encoding");
  const isPlain = head.status === 200 && encoding === undefined &&
    CONTENT_TYPES.includes(headerValue(head.headers, "content-type")) &&
    headerValue(head.headers, "grpc-status") === undefined;
  if (isPlain) return PLAIN;
  const header = headersOf(head.headers);
  const { headerError: refusal } = validateResponseWithCompression([GZIP], head.status, header);
  return { encoding: encoding === GZIP.name ? "gzip" : "identity", refusal };
}

/**
 * Judges the end of an answer.
 *
 * @param isBare Whether there was no message: the status may then be in the head.
 * @throws {ConnectError} What the status says, or that there is none.
 */
export function judgeEnd(stream: ClientStream, head: AnswerHead, isBare: boolean): void {
  const { trailers } = stream;
  const isPlain = headerValue(trailers, "grpc-status") === "0" &&
    headerValue(trailers, "grpc-status-details-bin") === undefined;
  if (isPlain) return;
  const header = headersOf(head.headers);
  if (!isBare) header.delete("grpc-status");
  validateTrailer(headersOf(trailers), header);
}

/** A message. @throws {ConnectError} `Internal`: it is none. */
export function parsed<Desc extends DescMessage>(
  output: Desc,
  bytes: Uint8Array,
): MessageShape<Desc> {
  try {
    return fromBinary(output, bytes);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new ConnectError(`the answer is no ${output.typeName}: ${words}`, Code.Internal);
  }
}

function tooLong(length: number): ConnectError {
  const detail = `the request has ${length} bytes, and may have ${MESSAGE_BYTES_MAX}`;
  return new ConnectError(detail, Code.ResourceExhausted);
}

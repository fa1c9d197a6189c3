/** Calls of gRPC as bytes, over a {@linkcode FakeExchange}. */
import { Code } from "@connectrpc/connect";
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { gunzipSync } from "node:zlib";
import type { ExchangeHandler } from "../../api/http2/exchange.ts";
import { FakeExchange, type FakeExchangeInit } from "./fake_exchange.ts";

/** A message as gRPC carries it. @param flag 1 says that it is compressed. */
export function framed(message: Uint8Array, flag = 0): Uint8Array {
  const frame = new Uint8Array(5 + message.length);
  frame[0] = flag;
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return frame;
}

/** All pieces in one. */
export function bytesOf(...pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** A request, framed. */
export function requestFrame<Desc extends DescMessage>(
  schema: Desc,
  init: MessageInitShape<Desc>,
): Uint8Array {
  return framed(toBinary(schema, create(schema, init)));
}

export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Makes a call with one request. */
export function grpcCall<Desc extends DescMethod>(
  handler: ExchangeHandler,
  method: Desc,
  init: MessageInitShape<Desc["input"]>,
  options: Omit<FakeExchangeInit, "path" | "body"> = {},
): FakeExchange {
  const body = requestFrame<DescMessage>(method.input, init);
  return FakeExchange.ask(handler, { ...options, path: pathOf(method), body });
}

/** The messages of an answer so far, inflated. */
export function messagesIn(exchange: FakeExchange): Uint8Array[] {
  const bytes = bytesOf(...exchange.written);
  const view = new DataView(bytes.buffer);
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 5 + view.getUint32(at + 1);
    if (end > bytes.length) throw new Error("the answer ends within a message");
    const message = bytes.subarray(at + 5, end);
    messages.push(bytes[at] === 1 ? new Uint8Array(gunzipSync(message)) : message);
    at = end;
  }
  return messages;
}

/** The answers so far. */
export function answersIn<Desc extends DescMethod>(
  exchange: FakeExchange,
  method: Desc,
): MessageShape<Desc["output"]>[] {
  const output: Desc["output"] = method.output;
  return messagesIn(exchange).map((bytes) => fromBinary(output, bytes));
}

/** Name of the code with which a call has ended; undefined while it has not. */
export function codeOf(exchange: FakeExchange): string | undefined {
  const status = exchange.trailer("grpc-status");
  return status === "0" ? "OK" : Code[Number(status)];
}

/** What the trailers say of the end. */
export function messageOf(exchange: FakeExchange): string {
  return decodeURIComponent(exchange.trailer("grpc-message") ?? "");
}

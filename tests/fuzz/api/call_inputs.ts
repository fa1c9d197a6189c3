/** Inputs of one RPC in one protocol: what a good caller sends, and what is left of it after damage. */
import { create, type DescMethod, toBinary, toJsonString } from "@bufbuild/protobuf";
import { gzipSync } from "node:zlib";
import { GOOD_CALLS } from "../../fakes/good_calls.ts";
import { pathOf } from "../../fakes/grpc_client.ts";
import type { Draw } from "../draw.ts";
import { damagedBytes, damagedJson, drawnBytes, joined } from "./damage.ts";

export const PROTOCOLS = ["grpc", "connect", "grpc-web"] as const;
export type Protocol = typeof PROTOCOLS[number];

/** A call as it is on the wire. */
export interface CallInput {
  readonly path: string;
  /** Names in lower case and values. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Headers that mean something to one protocol or another, with values good and bad. */
const ODD_HEADERS: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ...[["grpc-timeout", "5S"], ["grpc-timeout", "0n"], ["grpc-timeout", "99999999H"]] as const,
  ...[["grpc-timeout", "-1S"], ["grpc-timeout", "x"], ["grpc-timeout", "123456789S"]] as const,
  ...[["grpc-encoding", "gzip"], ["grpc-encoding", "br"], [
    "grpc-accept-encoding",
    "gzip",
  ]] as const,
  ...[["connect-timeout-ms", "5000"], ["connect-timeout-ms", "-1"]] as const,
  ...[["connect-timeout-ms", "1e9"], ["connect-protocol-version", "1"]] as const,
  ...[["connect-protocol-version", "2"], ["connect-content-encoding", "gzip"]] as const,
  ...[["connect-content-encoding", "zip"], ["content-encoding", "gzip"]] as const,
  ...[["connect-accept-encoding", "gzip"], ["accept-encoding", "gzip"]] as const,
  ...[["x-grpc-web", "1"], ["te", "trailers"], ["a-bin", "%%%"], ["a-bin", "AAEC"]] as const,
];

/** Draws an input for `method`. */
export function callInput(draw: Draw, method: DescMethod, protocol: Protocol): CallInput {
  const format = protocol !== "grpc" && draw.once(2) ? "json" : "proto";
  const isFramed = protocol !== "connect" || method.methodKind !== "unary";
  const messages = Array.from(
    { length: isFramed && draw.once(6) ? draw.below(4) : 1 },
    () => damagedMessage(draw, method, format),
  );
  const body = isFramed
    ? joined(...messages.map((message) => frame(draw, message)))
    : joined(...messages);
  const headers: (readonly [string, string])[] = [[
    "content-type",
    mediaType(method, protocol, format),
  ]];
  if (protocol === "connect" && draw.once(2)) headers.push(["connect-protocol-version", "1"]);
  while (draw.once(4)) headers.push(draw.pick(ODD_HEADERS));
  if (draw.once(40)) {
    headers[0] = ["content-type", draw.pick(["text/plain", "application/json", "*/*"])];
  }
  return {
    path: pathOf(method),
    headers,
    body: isFramed && draw.once(10) ? damagedBytes(draw, body) : body,
  };
}

function damagedMessage(
  draw: Draw,
  method: DescMethod,
  format: "json" | "proto",
): Uint8Array<ArrayBuffer> {
  const calls = GOOD_CALLS[pathOf(method)] ?? [];
  const requests = calls.flatMap((call) => call.requests);
  const message = create(method.input, requests[draw.below(Math.max(requests.length, 1))] ?? {});
  if (draw.once(20)) return drawnBytes(draw);
  return format === "proto"
    ? damagedBytes(draw, toBinary(method.input, message))
    : damagedJson(draw, toJsonString(method.input, message));
}

function mediaType(method: DescMethod, protocol: Protocol, format: string): string {
  if (protocol === "grpc") return "application/grpc";
  if (protocol === "grpc-web") return `application/grpc-web+${format}`;
  return `application/${method.methodKind === "unary" ? "" : "connect+"}${format}`;
}

/** Five bytes and the message; the flags and the length may lie. */
function frame(draw: Draw, message: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const isZipped = draw.once(8);
  const content = isZipped ? gzipSync(message) : message;
  const head = new Uint8Array(5);
  head[0] = draw.once(20) ? draw.below(256) : isZipped ? 1 : 0;
  const length = draw.once(20) ? draw.below(2 ** 31) : content.length;
  new DataView(head.buffer).setUint32(1, length);
  return joined(head, content);
}

/** Calls of gRPC in raw frames, and a client whose calls must be answered whatever others do. */
import { create, toBinary } from "@bufbuild/protobuf";
import { frameOf } from "../../api/grpc/message_frames.ts";
import { Flag, FRAME_BYTES_MAX, FrameType } from "../../api/http2/frame_types.ts";
import {
  CreateRequestSchema,
  GetRequestSchema,
  ListRequestSchema,
} from "../../proto/gen/cosi/resource/state_pb.ts";
import { frame, windowUpdate } from "../fakes/http2_client.ts";
import type { RawPeer } from "./raw_peer.ts";

const NAMESPACE = "floods";
const TYPE = "Items.judges.strata.dev";
const ID = "bystander";

/** Resources that make a list great: 4 MiB, of pieces that fit into the first windows of any server. */
const GREAT_COUNT = 96;
const GREAT_BYTES = 44 * 1024;

/** The headers of a call of a method of the state. */
export function callHeaders(method: string, ...more: readonly string[]): readonly string[] {
  return [
    ...[":method", "POST", ":scheme", "http", ":path", `/cosi.resource.State/${method}`],
    ...[":authority", "localhost", "content-type", "application/grpc", "te", "trailers"],
    ...more,
  ];
}

const GET = callHeaders("Get");
const CREATE = callHeaders("Create");
const LIST = callHeaders("List");

/** A whole body in DATA frames. */
export function body(streamId: number, bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += FRAME_BYTES_MAX) {
    const part = bytes.subarray(at, at + FRAME_BYTES_MAX);
    const isLast = at + FRAME_BYTES_MAX >= bytes.length;
    frames.push(frame(FrameType.DATA, isLast ? Flag.END_STREAM : 0, streamId, part));
  }
  return frames;
}

/** The message that asks for the bystander's resource. */
export const GET_FRAME: Uint8Array = frameOf(
  toBinary(
    GetRequestSchema,
    create(GetRequestSchema, { namespace: NAMESPACE, type: TYPE, id: ID }),
  ),
);

/** The message that asks for all there is: over 4 MiB of answers. */
export const LIST_FRAME: Uint8Array = frameOf(
  toBinary(ListRequestSchema, create(ListRequestSchema, { namespace: NAMESPACE, type: TYPE })),
);

/** The status that a call ended with; undefined while it has not. */
export function statusOf(peer: RawPeer, streamId: number): string | undefined {
  const stream = peer.streams.get(streamId);
  if (stream === undefined || !stream.ended) return undefined;
  const at = stream.headers.lastIndexOf("grpc-status");
  return at < 0 ? undefined : stream.headers[at + 1];
}

function createFrame(id: string, yamlSpec: string): Uint8Array {
  const metadata = { namespace: NAMESPACE, type: TYPE, id, version: "undefined", phase: "running" };
  const request = { resource: { metadata, spec: { yamlSpec } }, options: {} };
  return frameOf(toBinary(CreateRequestSchema, create(CreateRequestSchema, request)));
}

/** A client that calls one after the other, and remembers each call that was not answered as it should be. */
export class Bystander {
  /** Calls that went well. */
  answered = 0;
  readonly failed: string[] = [];
  readonly #peer: RawPeer;
  #streamId = -1;

  constructor(peer: RawPeer) {
    this.#peer = peer;
  }

  /** Creates what it asks for, and what makes lists great. */
  async settle(): Promise<void> {
    await this.#call(CREATE, createFrame(ID, "here"));
    for (let index = 0; index < GREAT_COUNT; index++) {
      await this.#call(CREATE, createFrame(`great-${index}`, "x".repeat(GREAT_BYTES)));
    }
  }

  /** Gets its resource `count` times. */
  async get(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await this.#call(GET, GET_FRAME);
  }

  /** Lists all there is, `count` times. */
  async list(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await this.#call(LIST, LIST_FRAME);
  }

  /** Gets its resource until `over` is done, and at least once. */
  async getDuring(over: Promise<unknown>): Promise<void> {
    let isOver = false;
    const end = () => isOver = true;
    over.then(end, end);
    do await this.get(1); while (!isOver);
  }

  async #call(headers: readonly string[], message: Uint8Array): Promise<void> {
    const streamId = this.#streamId += 2;
    const peer = this.#peer;
    await peer.send(peer.headers(streamId, headers), ...body(streamId, message));
    await peer.until("an answer", () => peer.streams.get(streamId)?.ended === true).catch(() => {});
    const status = statusOf(peer, streamId);
    if (status === "0") this.answered++;
    else this.failed.push(`call ${streamId}: status ${status}, ${peer.farewell?.text}`);
    const taken = peer.streams.get(streamId)?.bytes ?? 0;
    peer.streams.delete(streamId);
    if (taken > 0) await peer.send(windowUpdate(0, taken));
  }
}

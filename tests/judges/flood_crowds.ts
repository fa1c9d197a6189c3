/** Floods of many connections at once, each of which keeps to the bounds of one. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FRAME_BYTES_MAX, FrameType } from "../../api/http2/frame_types.ts";
import { HTTP2_CONNECTION_WINDOW_BYTES, HTTP2_STREAMS_MAX } from "../../api/limits.ts";
import { frame } from "../fakes/http2_client.ts";
import { type Attack, FLOODS } from "./flood_attacks.ts";
import { body, callHeaders, LIST_FRAME } from "./flood_calls.ts";
import { RawPeer } from "./raw_peer.ts";

/** Connections at once: what each of them may leave lying is together more than a listener holds. */
const CONNECTIONS = 16;
/** Times that each of them comes again. */
const ROUNDS = 5;
/** Streams whose bodies do not end, on each connection. */
const BODIES = 16;

const LIST = callHeaders("List");

/** Headers of a call by Connect, whose body goes on to who answers as it comes. */
const CONNECT = callHeaders("Create").map((word) =>
  word === "application/grpc" ? "application/json" : word
);

/** Each connection is told and comes again. */
function again(attack: Attack): Attack {
  return async (place) => {
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
      for (let round = 0; round < ROUNDS; round++) await attack(place, "told");
    }));
  };
}

/** Connections that act, and leave when all have. */
function together(act: (peer: RawPeer) => Promise<void>): Attack {
  return async (place) => {
    await using peers = new AsyncDisposableStack();
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
      const peer = peers.use(await RawPeer.greeted(place, { streamWindowBytes: 1 }));
      await act(peer);
    }));
  };
}

/** Asks for as many lists of 4 MiB as it may, of which one byte each may come. */
async function asksUnread(peer: RawPeer): Promise<void> {
  for (let index = 0; index < HTTP2_STREAMS_MAX; index++) {
    const id = 2 * index + 1;
    await peer.send(peer.headers(id, LIST), ...body(id, LIST_FRAME));
  }
  await peer.until("each list begun or refused", () => {
    const known = [...peer.streams.values()];
    return peer.isOver ||
      known.filter((each) => each.bytes > 0 || each.ended || each.resetBy !== undefined).length ===
        HTTP2_STREAMS_MAX;
  });
  assertEquals(peer.farewell, undefined);
}

/** Sends bodies as far as it may, and ends none of them. @param words Headers of the calls. */
function endless(words: readonly string[]): (peer: RawPeer) => Promise<void> {
  return async (peer) => {
    const part = new Uint8Array(FRAME_BYTES_MAX).fill(0x20);
    const ids = Array.from({ length: BODIES }, (_, index) => 2 * index + 1);
    await peer.send(...ids.map((id) => peer.headers(id, words)));
    const rounds = Math.floor(HTTP2_CONNECTION_WINDOW_BYTES / BODIES / FRAME_BYTES_MAX) - 1;
    for (let round = 0; round < rounds; round++) {
      for (const id of ids) await peer.send(frame(FrameType.DATA, 0, id, part));
    }
    // What was sent was taken, or refused stream by stream: an answer to a PING says that it was seen.
    await peer.send(frame(FrameType.PING, 0, 0, new Uint8Array(8)));
    await peer.until("the answer to a PING", () => peer.pongs > 0 || peer.isOver);
  };
}

/** Attacks by name. */
export const CROWDS_BY_APID: Readonly<Record<string, Attack>> = {
  "resets on many connections, again and again": again(FLOODS["HEADERS and RST_STREAM"] as Attack),
  "great answers that nobody reads, on many connections": together(asksUnread),
  "bodies of gRPC that do not end, on many connections": together(endless(callHeaders("Create"))),
  "bodies of Connect that do not end, on many connections": together(endless(CONNECT)),
};

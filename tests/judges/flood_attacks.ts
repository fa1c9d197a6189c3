/** What hostile clients do, and what each must be told: one function for each, which throws where it was told otherwise. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Http2Code } from "../../api/http2/fault.ts";
import { Flag, FRAME_BYTES_MAX, FrameType, Setting } from "../../api/http2/frame_types.ts";
import { frameOf } from "../../api/grpc/message_frames.ts";
import {
  HTTP2_STREAM_WINDOW_BYTES,
  HTTP2_STREAMS_MAX,
  HTTP2_STREAMS_UNIX_MAX,
} from "../../api/limits.ts";
import { data, frame, rstStream, uint32, windowUpdate } from "../fakes/http2_client.ts";
import { body, callHeaders, GET_FRAME, LIST_FRAME } from "./flood_calls.ts";
import { RawPeer, type RawPlace } from "./raw_peer.ts";

/**
 * An attack on the server at a place. It ends when the server has closed the connection, or as soon as it was `told` why
 * it will.
 */
export type Attack = (socket: RawPlace, end?: "closed" | "told") => Promise<void>;

/** Rounds after which a flood that nobody stopped has failed. */
const ROUNDS_MAX = 100_000;
/** Rounds sent in one write. */
const ROUNDS_AT_ONCE = 50;

/** Sends rounds until the server gives the connection up, and sees that it says why. */
function flood(
  { code = Http2Code.ENHANCE_YOUR_CALM, says, round, first }: {
    readonly code?: number;
    /** What GOAWAY says. */
    readonly says: string;
    /** What is sent again and again; each has a stream of its own. */
    readonly round: (peer: RawPeer, streamId: number) => readonly Uint8Array[];
    /** What is sent once before. */
    readonly first?: (peer: RawPeer) => readonly Uint8Array[];
  },
): Attack {
  return async (socket, end = "closed") => {
    await using peer = await RawPeer.greeted(socket);
    if (first !== undefined) await peer.send(...first(peer));
    for (let count = 0; count < ROUNDS_MAX && !peer.isOver; count += ROUNDS_AT_ONCE) {
      const rounds = Array.from(
        { length: ROUNDS_AT_ONCE },
        (_, index) => round(peer, 2 * (count + index) + 3),
      );
      if (!await peer.send(...rounds.flat())) break;
    }
    await peer.until("GOAWAY", () => peer.farewell !== undefined);
    assertEquals(peer.farewell, { code, text: says });
    if (end === "closed") await peer.closed();
  };
}

const GET = callHeaders("Get");
const WATCH = callHeaders("Watch");

/** Streams that the client resets, or makes the server reset, before they are answered. */
const TOO_MANY_RESETS = "too many streams reset before their answer";

/** One entry of the header table, 3 KiB, named again and again: a list of a megabyte in few bytes. */
const HEADER_BOMB: readonly number[] = [
  ...[0x40, 1, 0x78, 0x7f, 0xb9, 0x16, ...new Array(3000).fill(0x62)],
  ...new Array(300).fill(0xbe),
];

/** No attack, but looks like one. */
export const LEFT_WATCHES = "watches that are left at once";

const WHOLE_REQUESTS = "HEADERS of whole requests and RST_STREAM";
const NARROW_WINDOWS = "windows of one byte for great answers";

/** Lists of 4 MiB, each with room for one byte: of as many some are refused. */
const NARROW_STREAMS = 400;

/** Requests that are complete, and reset before their answer. */
function wholeRequests(says: string): Attack {
  return flood({
    says,
    round: (peer, id) => [peer.headers(id, GET, true), rstStream(id, Http2Code.CANCEL)],
  });
}

/** Attacks that the server ends within a second or two. */
export const FLOODS: Readonly<Record<string, Attack>> = {
  "HEADERS and RST_STREAM": flood({
    says: TOO_MANY_RESETS,
    round: (peer, id) => [peer.headers(id, GET), rstStream(id, Http2Code.CANCEL)],
  }),
  // Answered before the reset is read.
  [WHOLE_REQUESTS]: wholeRequests("too many late frames"),
  "resets provoked by a window update of 0": flood({
    says: TOO_MANY_RESETS,
    round: (peer, id) => [peer.headers(id, GET), windowUpdate(id, 0)],
  }),
  "resets provoked by a window beyond its bound": flood({
    says: TOO_MANY_RESETS,
    round: (peer, id) => [peer.headers(id, WATCH), windowUpdate(id, 2 ** 31 - 1)],
  }),
  "resets provoked by a second HEADERS": flood({
    says: TOO_MANY_RESETS,
    round: (peer, id) => [peer.headers(id, GET), peer.headers(id, GET)],
  }),
  "resets provoked by a body longer than announced": flood({
    says: TOO_MANY_RESETS,
    round: (peer, id) => [peer.headers(id, callHeaders("Get", "content-length", "1")), data(id, 2)],
  }),
  "CONTINUATION without bytes": flood({
    says: "a header block in over 8 frames",
    first: () => [frame(FrameType.HEADERS, 0, 1)],
    round: () => [frame(FrameType.CONTINUATION, 0, 1)],
  }),
  "CONTINUATION with bytes": flood({
    says: "a header block of over 16384 bytes",
    first: () => [frame(FrameType.HEADERS, 0, 1)],
    round: () => [frame(FrameType.CONTINUATION, 0, 1, new Uint8Array(8000))],
  }),
  "SETTINGS": flood({
    says: "too many SETTINGS frames",
    round: () => [frame(FrameType.SETTINGS, 0, 0)],
  }),
  "PING": flood({
    says: "too many PING frames",
    round: () => [frame(FrameType.PING, 0, 0, new Uint8Array(8))],
  }),
  "WINDOW_UPDATE of the connection": flood({
    says: "too many WINDOW_UPDATE frames",
    round: () => [windowUpdate(0, 1)],
  }),
  "WINDOW_UPDATE of a stream": flood({
    says: "too many WINDOW_UPDATE frames",
    first: (peer) => [peer.headers(1, GET)],
    round: () => [windowUpdate(1, 1)],
  }),
  "PRIORITY": flood({
    says: "too many frames without a use",
    round: (_, id) => [frame(FrameType.PRIORITY, 0, id, new Uint8Array(5))],
  }),
  "DATA without bytes": flood({
    says: "too many DATA frames without bytes",
    first: (peer) => [peer.headers(1, GET)],
    round: () => [data(1, 0)],
  }),
  "a window of the connection beyond its bound": flood({
    code: Http2Code.FLOW_CONTROL_ERROR,
    says: "a window beyond 2^31-1",
    round: () => [windowUpdate(0, 2 ** 31 - 1)],
  }),
  "a first window beyond the bound of an open stream": flood({
    code: Http2Code.FLOW_CONTROL_ERROR,
    says: "a window beyond 2^31-1",
    first: (peer) => [peer.headers(1, GET), windowUpdate(1, 2 ** 29)],
    round: () => [settings(Setting.INITIAL_WINDOW_SIZE, 2 ** 31 - 1)],
  }),
  "a header bomb": flood({
    says: "too many requests with too great a header list",
    round: (_, id) => [
      frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, id, HEADER_BOMB),
    ],
  }),
  "a header table beyond its bound": flood({
    code: Http2Code.COMPRESSION_ERROR,
    says: "Cannot decode headers: a size update to 65536 bytes, may be 4096 at most",
    round: (_, id) => [frame(FrameType.HEADERS, Flag.END_HEADERS, id, [0x3f, 0xe1, 0xff, 0x03])],
  }),
  [LEFT_WATCHES]: leftWatches(HTTP2_STREAMS_UNIX_MAX),
  "DATA beyond the window of a stream": beyondWindow,
  [NARROW_WINDOWS]: oneByteWindows(NARROW_STREAMS, true),
};

/** The same of a caller over the network through apid: fewer streams, and answers that come a moment later. */
export const FLOODS_BY_APID: Readonly<Record<string, Attack>> = {
  ...FLOODS,
  [WHOLE_REQUESTS]: wholeRequests(TOO_MANY_RESETS),
  [LEFT_WATCHES]: leftWatches(HTTP2_STREAMS_MAX),
  [NARROW_WINDOWS]: oneByteWindows(HTTP2_STREAMS_MAX, false),
};

function settings(identifier: number, value: number): Uint8Array {
  return frame(FrameType.SETTINGS, 0, 0, [0, identifier, ...uint32(value)]);
}

/** Watches whose answer has begun may be left in any number, and the connection goes on. @param count As many as it may have. */
function leftWatches(count: number): Attack {
  return async (socket) => {
    await using peer = await RawPeer.greeted(socket);
    const ids = Array.from({ length: count }, (_, index) => 2 * index + 1);
    const request = LIST_FRAME; // The first fields of both requests are the same.
    for (const id of ids) await peer.send(peer.headers(id, WATCH), ...body(id, request));
    await peer.until("all watches", () => [...peer.streams.values()].length === count);
    assertEquals([...peer.streams.values()].filter(({ bytes }) => bytes === 0).length, 0);
    await peer.send(...ids.map((id) => rstStream(id, Http2Code.CANCEL)));
    const last = 2 * count + 1;
    await peer.send(peer.headers(last, GET), ...body(last, GET_FRAME));
    await peer.until("the answer beside them", () => peer.streams.get(last)?.ended === true);
    assertEquals(peer.farewell, undefined);
  };
}

/** ServerReflectionRequest of `list_services`: eight bytes, so that a DATA frame holds whole ones. */
const REFLECT_FRAME = frameOf(Uint8Array.of(7 << 3 | 2, 1, 0x2a));

/** Asks without reading the answers: who then pays no heed to its window loses the stream; the connection goes on. */
async function beyondWindow(socket: RawPlace): Promise<void> {
  await using peer = await RawPeer.greeted(socket, { streamWindowBytes: 1 });
  const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  const reflection = GET.map((word) => word.startsWith("/") ? path : word);
  await peer.send(peer.headers(1, reflection));
  const asks = new Uint8Array(FRAME_BYTES_MAX);
  for (let at = 0; at < asks.length; at += REFLECT_FRAME.length) asks.set(REFLECT_FRAME, at);
  const sendings = 2 * HTTP2_STREAM_WINDOW_BYTES / FRAME_BYTES_MAX;
  for (let sent = 0; sent < sendings; sent++) {
    await peer.send(frame(FrameType.DATA, 0, 1, asks));
  }
  await peer.until("the reset", () => peer.streams.get(1)?.resetBy !== undefined);
  assertEquals(peer.streams.get(1)?.resetBy, Http2Code.FLOW_CONTROL_ERROR);
  await peer.send(peer.headers(3, GET), ...body(3, GET_FRAME), windowUpdate(3, 65_535));
  await peer.until("the answer behind it", () => peer.streams.get(3)?.ended === true);
  assertEquals(peer.farewell, undefined);
}

/**
 * Answers that wait are bounded: those beyond what a connection may hold are reset, the others kept.
 *
 * @param count Lists of 4 MiB, of which one byte each may come.
 * @param isBeyond Whether they are more than a connection may hold.
 */
function oneByteWindows(count: number, isBeyond: boolean): Attack {
  return async (socket) => {
    await using peer = await RawPeer.greeted(socket, { streamWindowBytes: 1 });
    const list = callHeaders("List");
    for (let index = 0; index < count; index++) {
      const id = 2 * index + 1;
      await peer.send(peer.headers(id, list), ...body(id, LIST_FRAME));
    }
    const calm = () => peer.resets(Http2Code.ENHANCE_YOUR_CALM);
    await peer.until(
      "each stream begun or reset",
      () =>
        [...peer.streams.values()].filter((s) => s.bytes > 0 || s.resetBy).length >=
          count,
    );
    assertEquals(calm() > 0, isBeyond, `${calm()} were reset`);
    assert(calm() < count, "all were reset");
    // Bytes that are let in one by one are in the end too many frames.
    while (!peer.isOver) {
      const ids = [...peer.streams].filter(([, { resetBy }]) => resetBy === undefined);
      if (!await peer.send(...ids.map(([id]) => windowUpdate(id, 1)))) break;
    }
    await peer.until("GOAWAY", () => peer.farewell !== undefined);
    assertEquals(peer.farewell, {
      code: Http2Code.ENHANCE_YOUR_CALM,
      text: "too many WINDOW_UPDATE frames",
    });
  };
}

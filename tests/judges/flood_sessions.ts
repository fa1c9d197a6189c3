/** Clients that hold connections by doing nothing: each is ended by a time-out of the server's. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Http2Code } from "../../api/http2/fault.ts";
import { Flag, FrameType, PREFACE } from "../../api/http2/frame_types.ts";
import { CONNECTIONS_MAX } from "../../api/limits.ts";
import { frame } from "../fakes/http2_client.ts";
import type { Attack } from "./flood_attacks.ts";
import { callHeaders } from "./flood_calls.ts";
import { RawPeer } from "./raw_peer.ts";

/** Sessions that begin and do not go on: more than the listener has room for. */
const HALF_OPEN = 2000;

async function leave(peers: readonly RawPeer[]): Promise<void> {
  for (const peer of peers) await peer[Symbol.asyncDispose]();
}

/** Half of the preface and no more; who speaks no HTTP/2 would not understand a GOAWAY. */
async function halfOpen(socket: string): Promise<void> {
  const peers: RawPeer[] = [];
  try {
    for (let count = 0; count < HALF_OPEN; count++) {
      const peer = await RawPeer.silent(socket);
      peers.push(peer);
      await peer.send(PREFACE.slice(0, PREFACE.length / 2));
    }
    assert(HALF_OPEN > CONNECTIONS_MAX, "the listener has room for all of them");
    for (const peer of peers) await peer.closed();
    assertEquals(peers.filter(({ streams }) => streams.size > 0), []);
  } finally {
    await leave(peers);
  }
}

/** One connection, which must be told why and be closed. */
async function told(peer: RawPeer, code: number, text: string): Promise<void> {
  await peer.until("GOAWAY", () => peer.farewell !== undefined);
  assertEquals(peer.farewell, { code, text });
  await peer.closed();
}

/** Frames and header blocks that begin and do not end, and SETTINGS that are not acknowledged. */
async function unfinished(socket: string): Promise<void> {
  const [inFrame, inBlock, silent] = await Promise.all([
    RawPeer.greeted(socket),
    RawPeer.greeted(socket),
    RawPeer.greeted(socket, { acknowledges: false }),
  ]);
  try {
    const late = "a frame did not end in time";
    await inFrame.send(inFrame.headers(1, callHeaders("Get")).subarray(0, 20));
    await inBlock.send(frame(FrameType.HEADERS, Flag.END_STREAM, 1));
    await Promise.all([
      told(inFrame, Http2Code.PROTOCOL_ERROR, late),
      told(inBlock, Http2Code.PROTOCOL_ERROR, late),
      told(silent, Http2Code.SETTINGS_TIMEOUT, "SETTINGS were not acknowledged"),
    ]);
  } finally {
    await leave([inFrame, inBlock, silent]);
  }
}

export const SLOW_ATTACKS: Readonly<Record<string, Attack>> = {
  "2000 half-open sessions": halfOpen,
  "frames, header blocks and greetings that do not end": unfinished,
};

/** Clients that hold connections by doing nothing: each is ended by a time-out of the server's. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Http2Code } from "../../api/http2/fault.ts";
import { Flag, FrameType, PREFACE } from "../../api/http2/frame_types.ts";
import { CONNECTIONS_MAX } from "../../api/limits.ts";
import { frame } from "../fakes/http2_client.ts";
import type { Attack } from "./flood_attacks.ts";
import { Bystander, callHeaders } from "./flood_calls.ts";
import { RawPeer, type RawPlace } from "./raw_peer.ts";

/** Sessions that begin and do not go on: more than the listener has room for, and fewer where each costs a handshake. */
const HALF_OPEN = 2000;
const HALF_OPEN_BY_TLS = 1100;

async function leave(peers: readonly RawPeer[]): Promise<void> {
  for (const peer of peers) await peer[Symbol.asyncDispose]();
}

/** Half of the preface and no more; who speaks no HTTP/2 would not understand a GOAWAY. */
const HALF_PREFACE = [PREFACE.slice(0, PREFACE.length / 2)];
/** All that a client says at first, and nothing that it asks for. */
const GREETING = [
  PREFACE.slice(),
  frame(FrameType.SETTINGS, 0, 0),
  frame(FrameType.SETTINGS, Flag.ACK, 0),
];
/** Every how many sessions are greeted ones. */
const GREETED_EVERY = 10;

/** Sessions beyond the bound drive out the oldest of their kind, and keep nobody out who asks for something. */
function halfOpen(count: number): Attack {
  return async (socket, end = "closed") => {
    const peers: RawPeer[] = [];
    try {
      for (let index = 0; index < count; index++) {
        const peer = await RawPeer.silent(socket);
        peers.push(peer);
        await peer.send(...(index % GREETED_EVERY === 0 ? GREETING : HALF_PREFACE));
      }
      assert(count > CONNECTIONS_MAX, "the listener has room for all of them");
      await using peer = await RawPeer.greeted(socket);
      const newcomer = new Bystander(peer);
      await newcomer.get(1);
      assertEquals(newcomer.failed, []);
      // The bystander of the test has one place, and the newcomer another.
      const dropped = peers.slice(0, count - CONNECTIONS_MAX + 1);
      for (const each of dropped) await each.closed();
      assert(peers.at(-1)?.isClosed === false, "the youngest is dropped");
      if (end === "told") return;
      // What is left ends by the time-outs, greeted sessions by that of idle ones: those leave by themselves.
      for (const [index, each] of peers.entries()) {
        if (index % GREETED_EVERY > 0) await each.closed();
      }
      assertEquals(peers.filter(({ streams }) => streams.size > 0), []);
    } finally {
      await leave(peers);
    }
  };
}

/** One connection, which must be told why and be closed. */
async function told(peer: RawPeer, code: number, text: string): Promise<void> {
  await peer.until("GOAWAY", () => peer.farewell !== undefined);
  assertEquals(peer.farewell, { code, text });
  await peer.closed();
}

/** Frames and header blocks that begin and do not end, and SETTINGS that are not acknowledged. */
async function unfinished(socket: RawPlace): Promise<void> {
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

/** Attacks by numbers. */
export const CROWDS: Readonly<Record<string, Attack>> = {
  "2000 half-open sessions": halfOpen(HALF_OPEN),
};

const UNFINISHED: Readonly<Record<string, Attack>> = {
  "frames, header blocks and greetings that do not end": unfinished,
};

export const SLOW_ATTACKS: Readonly<Record<string, Attack>> = { ...CROWDS, ...UNFINISHED };

/** The same of callers over the network through apid. */
export const SLOW_ATTACKS_BY_APID: Readonly<Record<string, Attack>> = {
  "1100 half-open sessions": halfOpen(HALF_OPEN_BY_TLS),
  ...UNFINISHED,
};

/** Messages that are small on the wire and great, or deep, once they are read. */
import { gzipSync } from "node:zlib";
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { frameOf } from "../../api/grpc/message_frames.ts";
import type { Attack } from "./flood_attacks.ts";
import { body, callHeaders, statusOf } from "./flood_calls.ts";
import { RawPeer } from "./raw_peer.ts";

/** Calls with such a message, one after the other. */
const CALLS = 30;
/** What a member of the gzip bomb inflates to; a message may have 4 MiB. */
const MEMBER_BYTES = 16 * 1024 * 1024;
/** Levels: far more than a stack has room for. */
const DEPTH = 200_000;

const RESOURCE_EXHAUSTED = "8";
const INVALID_ARGUMENT = "3";

/** Calls Create with the same message again and again; each is refused with `status`, on a connection that goes on. */
function bomb(make: () => Uint8Array, status: string): Attack {
  return async (socket) => {
    const message = make();
    await using peer = await RawPeer.greeted(socket);
    const headers = callHeaders("Create", "grpc-encoding", "gzip");
    for (let index = 0; index < CALLS; index++) {
      const id = 2 * index + 1;
      await peer.send(peer.headers(id, headers), ...body(id, message));
      await peer.until("a status", () => peer.streams.get(id)?.ended === true);
      assertEquals(statusOf(peer, id), status);
    }
    assertEquals(peer.farewell, undefined);
  };
}

function packed(compressed: Uint8Array): Uint8Array {
  const framed = frameOf(compressed);
  framed[0] = 1;
  return framed;
}

/** A member that says of itself that it is short. */
function liar(): Uint8Array {
  const member = new Uint8Array(gzipSync(new Uint8Array(MEMBER_BYTES)));
  member.set([1, 0, 0, 0], member.length - 4);
  return member;
}

/** Members behind each other, the last of which is short. */
function manyMembers(): Uint8Array {
  const member = gzipSync(new Uint8Array(MEMBER_BYTES));
  return Uint8Array.from([...member, ...member, ...member, ...gzipSync(new Uint8Array(1))]);
}

/** Groups in groups, as the old wire format had them. */
function nested(): Uint8Array {
  return new Uint8Array(DEPTH).fill(15 << 3 | 3);
}

/** Connect's JSON, in which arrays are in arrays; the answer is 400. */
function nestedJson(open: string): Attack {
  return async (socket) => {
    await using peer = await RawPeer.greeted(socket);
    const json = new TextEncoder().encode(`{"resource":${open.repeat(DEPTH)}`);
    const headers = callHeaders("Create").map((word) =>
      word === "application/grpc" ? "application/json" : word
    );
    for (let index = 0; index < CALLS; index++) {
      const id = 2 * index + 1;
      await peer.send(peer.headers(id, headers), ...body(id, json));
      await peer.until("an answer", () => peer.streams.get(id)?.ended === true);
      assertEquals(peer.streams.get(id)?.headers.slice(0, 2), [":status", "400"]);
    }
    assertEquals(peer.farewell, undefined);
  };
}

export const BOMBS: Readonly<Record<string, Attack>> = {
  "a gzip bomb": bomb(
    () => packed(gzipSync(new Uint8Array(MEMBER_BYTES))),
    RESOURCE_EXHAUSTED,
  ),
  "a gzip bomb that lies about its size": bomb(() => packed(liar()), RESOURCE_EXHAUSTED),
  "a gzip bomb of many members": bomb(() => packed(manyMembers()), RESOURCE_EXHAUSTED),
  "a nesting bomb": bomb(() => frameOf(nested()), INVALID_ARGUMENT),
  "a nesting bomb within gzip": bomb(() => packed(gzipSync(nested())), INVALID_ARGUMENT),
  "a nesting bomb of JSON arrays": nestedJson("["),
  "a nesting bomb of JSON objects": nestedJson('{"a":'),
};

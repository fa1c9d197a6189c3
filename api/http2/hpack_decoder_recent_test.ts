// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStrictEquals } from "@std/assert";
import type { DecodedHeaders } from "./hpack_decoder.ts";
import { RecentBlocks } from "./hpack_decoder_recent.ts";

function meaning(strings = 2): DecodedHeaders {
  return { pairs: new Array(strings).fill("x"), tooLarge: false };
}

function block(bytes: number, last = 0): Uint8Array {
  const block = new Uint8Array(bytes).fill(0x82);
  block[bytes - 1] = last;
  return block;
}

/** Offered as often as it takes to be remembered. */
function remember(recent: RecentBlocks, block: Uint8Array, decoded = meaning()): DecodedHeaders {
  recent.offer(block, decoded);
  recent.offer(block, decoded);
  return decoded;
}

Deno.test("a block is found once it came a second time, by its bytes and not by its array", () => {
  const recent = new RecentBlocks();
  const decoded = meaning();
  recent.offer(block(10), decoded);
  assertEquals(recent.find(block(10)), undefined);
  recent.offer(block(10), decoded);
  assertStrictEquals(recent.find(block(10)), decoded);
  assertEquals(recent.find(block(10, 1)), undefined);
});

Deno.test("what the sender's array becomes later changes nothing that is remembered", () => {
  const recent = new RecentBlocks();
  const sent = block(10);
  const decoded = remember(recent, sent);
  sent.fill(0);
  assertEquals(recent.find(sent), undefined);
  assertStrictEquals(recent.find(block(10)), decoded);
});

Deno.test("after clear() nothing old is found, nor once something new is remembered", () => {
  const recent = new RecentBlocks();
  remember(recent, block(10));
  recent.clear();
  assertEquals(recent.find(block(10)), undefined);
  // One byte long, of another slot: what was there before may not come back with it.
  const other = remember(recent, block(1, 1));
  assertStrictEquals(recent.find(block(1, 1)), other);
  assertEquals(recent.find(block(10)), undefined);
});

Deno.test("a block that comes once more after clear() means what it means now", () => {
  const recent = new RecentBlocks();
  remember(recent, block(10));
  recent.clear();
  const decoded = remember(recent, block(10), meaning());
  assertStrictEquals(recent.find(block(10)), decoded);
});

Deno.test("blocks up to 96 bytes and lists up to 64 strings are remembered, greater ones are not", () => {
  const recent = new RecentBlocks();
  assertStrictEquals(remember(recent, block(96)), recent.find(block(96)));
  remember(recent, block(97));
  assertEquals(recent.find(block(97)), undefined);
  assertStrictEquals(remember(recent, block(1), meaning(64)), recent.find(block(1)));
  remember(recent, block(2), meaning(65));
  assertEquals(recent.find(block(2)), undefined);
});

Deno.test("of a thousand blocks none is taken for another, and sixteen at most are remembered", () => {
  const recent = new RecentBlocks();
  const blocks = Array.from(
    { length: 1000 },
    (_, index) => Uint8Array.of(index & 0xff, index >> 8, index & 0x0f),
  );
  const meanings = blocks.map((block) => remember(recent, block));
  const found = blocks.map((block) => recent.find(block));
  const wrong = found.filter((one, index) => one !== undefined && one !== meanings[index]);
  assertEquals(wrong, []);
  // The later of two that share a slot: each slot has some by then.
  assertEquals(found.filter((one) => one !== undefined).length, 16);
});

Deno.test("the empty block and what begins as a remembered one have meanings of their own", () => {
  const recent = new RecentBlocks();
  const decoded = remember(recent, new Uint8Array(0));
  assertStrictEquals(recent.find(new Uint8Array(0)), decoded);
  remember(recent, Uint8Array.of(0x82, 0x84));
  assertEquals(recent.find(Uint8Array.of(0x82)), undefined);
  // Of each byte that may follow, as some of these fall into the same slot.
  const longer = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(0x82, 0x84, byte));
  assertEquals(longer.filter((block) => recent.find(block) !== undefined), []);
});

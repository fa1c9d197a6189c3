/** Header blocks in one frame or in several: RFC 9113 §6.2 and §6.10. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { HeaderBlocks, unpadded } from "./connection_headers.ts";
import { ConnectionFault, Http2Code } from "./fault.ts";
import { Flag } from "./frame_types.ts";

const { END_HEADERS, END_STREAM, PADDED, PRIORITY } = Flag;

/** Payloads lie behind three bytes of another frame. */
const OFFSET = 3;

function blocks(headerBytesMax = 100, continuationsMax = 4): HeaderBlocks {
  return new HeaderBlocks({ headerBytesMax, continuationsMax });
}

function begin(
  under: HeaderBlocks,
  flags: number,
  payload: readonly number[],
  streamId = 1,
): number[] | undefined {
  const bytes = Uint8Array.from([9, 9, 9, ...payload, 9, 9]);
  const block = under.begin(streamId, flags, bytes, OFFSET, OFFSET + payload.length);
  return block === undefined ? undefined : [...block];
}

function proceed(
  under: HeaderBlocks,
  flags: number,
  payload: readonly number[],
  streamId = 1,
): number[] | undefined {
  const bytes = Uint8Array.from([9, 9, 9, ...payload, 9, 9]);
  const block = under.proceed(streamId, flags, bytes, OFFSET, OFFSET + payload.length);
  bytes.fill(0);
  return block === undefined ? undefined : [...block];
}

function faultOf(act: () => unknown): readonly [number, string] {
  const { code, message } = assertThrows(act, ConnectionFault);
  return [code, message];
}

/** Payloads by their flags, and the block in them. */
const WHOLE: readonly (readonly [number, readonly number[], readonly number[]])[] = [
  [0, [1, 2], [1, 2]],
  [0, [], []],
  [PADDED, [0, 1, 2], [1, 2]],
  [PADDED, [2, 1, 0, 0], [1]],
  [PADDED, [2, 0, 0], []],
  [PRIORITY, [0, 0, 0, 3, 16, 1, 2], [1, 2]],
  [PRIORITY, [0, 0, 0, 3, 16], []],
  [PADDED | PRIORITY, [1, 0, 0, 0, 3, 16, 1, 0], [1]],
];

for (const [flags, payload, block] of WHOLE) {
  Deno.test(`HeaderBlocks.begin() finds ${JSON.stringify(block)} in ${JSON.stringify(payload)} with flags ${flags}`, () => {
    const under = blocks();
    assertEquals(begin(under, flags | END_HEADERS, payload), [...block]);
    assertEquals([under.isOpen, under.endStream, under.dependsOnItself], [false, false, false]);
  });
}

Deno.test("HeaderBlocks knows of the block begun last its stream, its end, and whether it depends on itself", () => {
  const under = blocks();
  assertEquals([under.count, under.endStream, under.dependsOnItself], [0, false, false]);
  begin(under, END_HEADERS | END_STREAM | PRIORITY, [0, 0, 0, 7, 0], 7);
  assertEquals([under.streamId, under.endStream, under.dependsOnItself, under.count], [
    7,
    true,
    true,
    1,
  ]);
  begin(under, END_HEADERS | PRIORITY, [0, 0, 0, 7, 0], 9);
  assertEquals([under.streamId, under.endStream, under.dependsOnItself, under.count], [
    9,
    false,
    false,
    2,
  ]);
  begin(under, END_HEADERS | PRIORITY, [0x80, 0, 0, 9, 0], 9);
  begin(under, END_HEADERS, [1], 9);
  assertEquals([under.dependsOnItself, under.count], [false, 4]);
});

Deno.test("HeaderBlocks puts the parts of a block together, each a copy, one block after the other", () => {
  const under = blocks();
  for (let round = 0; round < 2; round++) {
    assertEquals(begin(under, PADDED, [1, 1, 2, 0]), undefined);
    assertEquals(under.isOpen, true);
    assertEquals(proceed(under, 0, [3]), undefined);
    assertEquals(proceed(under, 0, []), undefined);
    assertEquals(proceed(under, END_HEADERS, [4, 5]), [1, 2, 3, 4, 5]);
    assertEquals(under.isOpen, false);
  }
});

Deno.test("HeaderBlocks.proceed() is of the block that is open", () => {
  const fault = [Http2Code.PROTOCOL_ERROR, "CONTINUATION of no open header block"] as const;
  const under = blocks();
  assertEquals(faultOf(() => proceed(under, 0, [1])), fault);
  begin(under, 0, [1]);
  assertEquals(faultOf(() => proceed(under, 0, [1], 3)), fault);
  proceed(under, END_HEADERS, []);
  assertEquals(faultOf(() => proceed(under, 0, [1])), fault);
});

Deno.test("HeaderBlocks takes blocks of as many bytes as it may, and none of one more", () => {
  const fault = [Http2Code.ENHANCE_YOUR_CALM, "a header block of over 5 bytes"] as const;
  const under = blocks(5);
  begin(under, 0, [1, 2, 3]);
  assertEquals(proceed(under, END_HEADERS, [4, 5])?.length, 5);
  // The count begins anew.
  begin(under, 0, [1, 2, 3, 4, 5]);
  assertEquals(faultOf(() => proceed(under, END_HEADERS, [6])), fault);
  assertEquals(faultOf(() => begin(blocks(5), 0, [1, 2, 3, 4, 5, 6])), fault);
});

Deno.test("HeaderBlocks takes blocks of as many frames as it may, and none of one more", () => {
  const under = blocks(100, 3);
  for (let round = 0; round < 2; round++) {
    begin(under, 0, [1]);
    proceed(under, 0, [2]);
    assertEquals(proceed(under, END_HEADERS, [3]), [1, 2, 3]);
  }
  begin(under, 0, []);
  proceed(under, 0, []);
  proceed(under, 0, []);
  assertEquals(faultOf(() => proceed(under, END_HEADERS, [])), [
    Http2Code.ENHANCE_YOUR_CALM,
    "a header block in over 3 frames",
  ]);
});

Deno.test("unpadded() gives where a payload ends, and refuses padding as long as its frame", () => {
  const bytes = Uint8Array.of(9, 2, 7, 0, 0);
  assertEquals([unpadded(0, bytes, 1, 5), unpadded(PADDED, bytes, 1, 5)], [5, 3]);
  assertEquals(unpadded(PADDED, bytes, 1, 4), 2);
  const fault = [Http2Code.PROTOCOL_ERROR, "padding as long as its frame"] as const;
  assertEquals(faultOf(() => unpadded(PADDED, bytes, 1, 3)), fault);
  assertEquals(faultOf(() => unpadded(PADDED, bytes, 4, 4)), fault);
});

// @ts-types="types/std_assert.d.ts"
import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { EXCHANGES } from "../../tests/conformance/hpack_examples.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import { HpackDecoder } from "./hpack_decoder.ts";
import { HpackEncoder } from "./hpack_encoder.ts";

const ANSWER = [":status", "200", "content-type", "application/grpc+proto"];
const TRAILERS = ["grpc-status", "0"];

function encoder(tableBytesMax = 4096): HpackEncoder {
  return new HpackEncoder({ tableBytesMax });
}

function hexOf(under: HpackEncoder, ...pairs: string[]): string {
  return under.encode(pairs).toHex();
}

/** An encoder and a decoder that has all that it says. */
function ends(tableBytesMax = 4096): { under: HpackEncoder; decodes(pairs: HeaderPairs): void } {
  const under = encoder(tableBytesMax);
  const decoder = new HpackDecoder({ tableBytesMax, listBytesMax: 1_000_000 });
  return {
    under,
    decodes: (pairs) => {
      assertEquals(decoder.decode(under.encode(pairs)).pairs, [...pairs]);
      assertEquals(decoder.tableBytes, under.tableBytes);
    },
  };
}

Deno.test("HpackEncoder encode() gives the blocks of RFC 7541 C.4", () => {
  const under = encoder();
  for (const { block, pairs, tableBytes } of EXCHANGES["C.4"] ?? []) {
    assertEquals(hexOf(under, ...pairs), block.replaceAll(" ", ""));
    assertEquals(under.tableBytes, tableBytes);
  }
});

Deno.test("HpackEncoder encode() gives the empty block for an empty list", () => {
  assertEquals(hexOf(encoder()), "");
});

Deno.test("HpackEncoder encode() writes a string plainly where Huffman code is not shorter", () => {
  assertEquals(hexOf(encoder(), "age", "!!"), "0f06022121");
  assertEquals(hexOf(encoder(), "age", "00"), "0f06820001".replace("820001", "023030"));
  assertEquals(hexOf(encoder(), "age", "000"), "0f06820001");
});

Deno.test("HpackEncoder encode() never lets a secret into a table, ours or another", () => {
  for (const name of ["authorization", "cookie", "set-cookie", "proxy-authorization"]) {
    const under = encoder();
    for (let times = 0; times < 3; times++) {
      const [first] = under.encode([name, "x"]);
      assertEquals((first ?? 0) & 0xf0, 0x10);
    }
    assertEquals(under.tableBytes, 0);
  }
  for (
    const name of [
      "x-auth-token",
      "client-secret",
      "x-api-key",
      "x-apikey",
      "db-password",
      "passwd",
      "my-credential",
      "x-session-id",
    ]
  ) {
    const under = encoder();
    for (let times = 0; times < 3; times++) assertEquals(under.encode([name, "x"])[0], 0x10);
    assertEquals(under.tableBytes, 0);
  }
});

Deno.test("HpackEncoder encode() never gives a secret as an index, even the empty one of the RFC", () => {
  assertEquals(hexOf(encoder(), "cookie", ""), "1f1100");
});

Deno.test("HpackEncoder encode() does not index what is another value each time", () => {
  for (
    const name of [
      "age",
      "content-length",
      "content-range",
      "date",
      "etag",
      "expires",
      "grpc-message",
      "grpc-status-details-bin",
      "grpc-timeout",
      "last-modified",
      "location",
    ]
  ) {
    const under = encoder();
    for (let times = 0; times < 3; times++) {
      assertEquals((under.encode([name, "x"])[0] ?? 0xff) & 0xf0, 0);
    }
    assertEquals(under.tableBytes, 0);
  }
});

Deno.test("HpackEncoder encode() does not index what turns out to be another value each time", () => {
  const { under, decodes } = ends();
  for (let id = 0; id < 200; id++) decodes(["x-request-id", `${id}`]);
  assertEquals(under.tableBytes, "x-request-id".length + 1 + 32);
});

Deno.test("HpackEncoder encode() indexes another value of a name that is sent twice running", () => {
  const { under, decodes } = ends();
  for (const status of ["0", "5", "0", "5"]) decodes(["grpc-status", status]);
  assertEquals(under.tableBytes, 2 * ("grpc-status".length + 1 + 32));
  assertEquals(hexOf(under, "grpc-status", "5", "grpc-status", "0"), "bebf");
});

Deno.test("HpackEncoder encode() names a name that the table has by its index", () => {
  const under = encoder();
  assertEquals(hexOf(under, "x-a", "!"), "4003782d610121");
  assertEquals(hexOf(under, "x-a", "?"), "0f2f013f");
});

Deno.test("HpackEncoder encode() takes every character of Latin-1", () => {
  ends().decodes(["x", "\0\x7f\x80\xff"]);
});

Deno.test("HpackEncoder encode() does not index an entry beyond 512 bytes", () => {
  const { under, decodes } = ends();
  for (let times = 0; times < 2; times++) decodes(["x", "y".repeat(512 - 32)]);
  assertEquals(under.tableBytes, 0);
  decodes(["x", "y".repeat(512 - 33)]);
  assertEquals(under.tableBytes, 512);
});

Deno.test("HpackEncoder encode() indexes values of 64 names at most", () => {
  const { under, decodes } = ends(65_536);
  under.setTableBytesMax(65_536);
  for (let name = 0; name < 200; name++) decodes([`name-${name}`, "x"]);
  const perEntry = 32 + 1 + "name-0".length;
  assertEquals(under.tableBytes, 64 * perEntry + 54);
});

Deno.test("HpackEncoder encode() gives the same block for the same list again", () => {
  const under = encoder();
  for (let times = 0; times < 3; times++) {
    under.encode(ANSWER);
    under.encode(TRAILERS);
  }
  const [answer, trailers] = [under.encode(ANSWER), under.encode(TRAILERS)];
  assertStrictEquals(under.encode(ANSWER), answer);
  assertStrictEquals(under.encode(TRAILERS), trailers);
  assertEquals([answer.toHex(), trailers.toHex()], ["88bf", "be"]);
  assertEquals(answer.buffer.byteLength, 2);
});

Deno.test("HpackEncoder encode() does not give a block from before the table changed", () => {
  const { under, decodes } = ends();
  for (let times = 0; times < 4; times++) decodes(TRAILERS);
  const before = under.encode(TRAILERS);
  for (let name = 0; name < 40; name++) {
    decodes([`name-${name}`, "x".repeat(200)]);
    decodes(TRAILERS);
  }
  assertNotStrictEquals(under.encode(TRAILERS), before);
});

Deno.test("HpackEncoder encode() leaves a block as it is when others follow", () => {
  const under = encoder();
  const kept: [Uint8Array, string][] = [];
  for (let id = 0; id < 500; id++) {
    const block = under.encode(["grpc-message", `message ${id}`, "age", "x".repeat(id)]);
    kept.push([block, block.toHex()]);
  }
  for (const [block, hex] of kept) assertEquals(block.toHex(), hex);
});

Deno.test("HpackEncoder setTableBytesMax() is told at the beginning of the next block only", () => {
  const under = encoder();
  hexOf(under, ...TRAILERS);
  under.setTableBytesMax(100);
  assertEquals(hexOf(under, ":status", "200"), "3f4588");
  assertEquals(hexOf(under, ":status", "200"), "88");
});

Deno.test("HpackEncoder setTableBytesMax() is told once, also before a list that comes again", () => {
  const under = encoder();
  for (let times = 0; times < 4; times++) under.encode(ANSWER);
  under.setTableBytesMax(0);
  assertEquals(under.encode(ANSWER).toHex().slice(0, 4), "2088");
  for (let times = 0; times < 4; times++) {
    assertEquals(under.encode(ANSWER)[0], 0x88);
  }
});

Deno.test("HpackEncoder encode() keeps blocks of 256 bytes at most", () => {
  // Three bytes of lengths and one of the index's rest; "!" is longer in Huffman code.
  for (const [length, kept] of [[252, true], [253, false]] as const) {
    const under = encoder();
    const list = ["age", "!".repeat(length)];
    for (let times = 0; times < 4; times++) under.encode(list);
    const before = under.encode(list);
    assertEquals(before.length, length + 4);
    assertEquals(under.encode(list) === before, kept);
  }
});

Deno.test("HpackEncoder setTableBytesMax() tells the least and the last of several bounds", () => {
  const { under, decodes } = ends();
  decodes(TRAILERS);
  under.setTableBytesMax(0);
  under.setTableBytesMax(100);
  under.setTableBytesMax(4096);
  assertEquals(under.tableBytes, 0);
  assertEquals(hexOf(under, ":status", "200"), "203fe11f88");
});

Deno.test("HpackEncoder setTableBytesMax() of what is in force tells nothing", () => {
  const under = encoder();
  under.setTableBytesMax(4096);
  under.setTableBytesMax(2 ** 32 - 1);
  assertEquals(hexOf(under, ":status", "200"), "88");
});

Deno.test("HpackEncoder takes no more than its own bound, and says so at first", () => {
  const under = encoder(64);
  assertEquals(hexOf(under, ":status", "200"), "3f2188");
  under.setTableBytesMax(65_536);
  assertEquals(hexOf(under, ":status", "200"), "88");
});

Deno.test("HpackEncoder setTableBytesMax() forgets the block of a list that is known", () => {
  const { under, decodes } = ends();
  for (let times = 0; times < 4; times++) decodes(TRAILERS);
  under.setTableBytesMax(0);
  for (let times = 0; times < 4; times++) decodes(TRAILERS);
  assertEquals(under.tableBytes, 0);
});

Deno.test("HpackEncoder encode() refuses characters beyond Latin-1 and changes nothing", () => {
  const under = encoder();
  const error = assertThrows(() => under.encode(["a", "1", "b", "\u0100"]), RangeError);
  assertEquals(
    error.message,
    'Cannot encode header "b": it has characters beyond U+00FF, may be Latin-1',
  );
  assertEquals(under.tableBytes, 0);
  assertThrows(() => under.encode(["\u{1f600}", "1"]), RangeError);
});

Deno.test("HpackEncoder encode() refuses a name without a value", () => {
  const error = assertThrows(() => encoder().encode(["a", "1", "b"]), RangeError);
  assertEquals(error.message, 'Cannot encode headers: name "b" has no value');
});

Deno.test("HpackEncoder encode() has room for many fields and long values", () => {
  const { decodes } = ends();
  const long = Array.from({ length: 400 }, (_, index) => [`n${index}`, "\xfe".repeat(index)])
    .flat();
  decodes(long);
  decodes(["x", "a".repeat(100_000)]);
  assert(encoder().encode(["age", "a".repeat(100_000)]).length < 63_000);
});

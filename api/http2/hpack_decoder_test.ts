// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { assert as check, property, uint8Array } from "fast-check";
import { ConnectionFault, Http2Code } from "./fault.ts";
import {
  EXCHANGES,
  type HpackExample,
  SMALL_TABLE,
} from "../../tests/conformance/hpack_examples.ts";
import { HpackDecoder } from "./hpack_decoder.ts";

const LIST_BYTES_MAX = 16_384;

function decoder(tableBytesMax = 4096): HpackDecoder {
  return new HpackDecoder({ tableBytesMax, listBytesMax: LIST_BYTES_MAX });
}

function hex(...parts: string[]): Uint8Array {
  return Uint8Array.fromHex(parts.join("").replaceAll(" ", ""));
}

function faultOf(act: () => unknown): string {
  const fault = assertThrows(act, ConnectionFault);
  assertEquals(fault.code, Http2Code.COMPRESSION_ERROR);
  return fault.message.replace("Cannot decode headers: ", "");
}

/** What becomes of bytes that nobody vouches for: pairs or a fault, and nothing else. */
function survives(under: HpackDecoder, block: Uint8Array): void {
  try {
    const { pairs } = under.decode(block);
    assert(pairs.length % 2 === 0);
  } catch (error) {
    if (!(error instanceof ConnectionFault)) throw error;
    assertEquals(error.code, Http2Code.COMPRESSION_ERROR);
  }
  assert(under.tableBytes <= 4096);
}

function prepared(exchange: HpackExample[], count: number): HpackDecoder {
  const under = decoder();
  for (const example of exchange.slice(0, count)) under.decode(hex(example.block));
  return under;
}

for (const [name, exchange] of Object.entries(EXCHANGES)) {
  Deno.test(`HpackDecoder decode() gives what RFC 7541 ${name} says`, () => {
    const under = decoder();
    for (const { block, pairs, tableBytes } of exchange) {
      assertEquals(under.decode(hex(block)), { pairs, tooLarge: false });
      assertEquals(under.tableBytes, tableBytes);
    }
  });

  Deno.test(`HpackDecoder decode() bears every truncation of RFC 7541 ${name}`, () => {
    exchange.forEach(({ block }, step) => {
      const whole = hex(block);
      for (let length = 0; length < whole.length; length++) {
        survives(prepared(exchange, step), whole.subarray(0, length));
      }
    });
  });

  Deno.test(`HpackDecoder decode() bears every changed byte of RFC 7541 ${name}`, () => {
    exchange.forEach(({ block }, step) => {
      const whole = hex(block);
      for (let at = 0; at < whole.length; at++) {
        for (let flip = 1; flip < 256; flip++) {
          const changed = whole.slice();
          changed[at] = (changed[at] ?? 0) ^ flip;
          survives(prepared(exchange, step), changed);
        }
      }
    });
  });
}

Deno.test("HpackDecoder decode() bears any bytes, one block after the other", () => {
  const under = decoder();
  check(
    property(uint8Array({ maxLength: 300 }), (block) => survives(under, block)),
    { numRuns: 5000 },
  );
});

Deno.test("HpackDecoder decode() gives an empty list for an empty block", () => {
  assertEquals(decoder().decode(new Uint8Array(0)), { pairs: [], tooLarge: false });
});

Deno.test("HpackDecoder decode() has every byte of a value as Latin-1, short and long", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  for (const length of [0, 1, 2, 3, 4, 7, 8, 15, 16, 33, 63]) {
    const block = Uint8Array.of(0x00, 1, 0x78, length, ...bytes.subarray(256 - length));
    assertEquals(decoder().decode(block).pairs, ["x", text.slice(256 - length)]);
  }
  const long = hex("00 01 78 7f 81 01", bytes.toHex());
  assertEquals(decoder().decode(long).pairs, ["x", text]);
});

Deno.test("HpackDecoder decode() reads a value of 20000 bytes", () => {
  const under = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 100_000 });
  const block = hex("00 01 78 7f a1 9b 01", "61".repeat(20_000));
  assertEquals(under.decode(block).pairs, ["x", "a".repeat(20_000)]);
});

// deno-fmt-ignore: one block, one row
const REFUSED = {
  "index 0": ["80", "index 0, may be 1 to 61"],
  "an index beyond the static table": ["be", "index 62, may be 1 to 61"],
  "an index beyond the table": ["40 01 61 01 62 bf", "index 63, may be 1 to 62"],
  "a name beyond the table": ["7e 01 61", "index 62, may be 1 to 61"],
  "a name without indexing beyond the table": ["0f 2f 01 61", "index 62, may be 1 to 61"],
  "a never indexed name beyond the table": ["1f 2f 01 61", "index 62, may be 1 to 61"],
  "an index that overflows": ["ff ff ff ff ff ff 00", "an integer is longer than 5 bytes"],
  "an index that ends early": ["ff", "the block ends inside an integer"],
  "a name that ends early": ["40 03 61 62", "a string of 3 bytes begins where 2 are left"],
  "a missing value": ["40 01 61", "the block ends before an integer"],
  "a missing name": ["40", "the block ends before an integer"],
  "a value that ends early": ["41 7f 80 10 61", "a string of 2175 bytes begins where 1 are left"],
  "a value of 256 MiB": ["41 7f ff ff ff 7f 61", "a string of 268435582 bytes begins where 1 are left"],
  "bad Huffman code": ["41 81 ff", "a Huffman string ends in more than 7 bits of padding"],
  "EOS in Huffman code": ["41 84 ff ff ff ff", "a Huffman string holds EOS"],
  "a size update above the bound": ["3f e2 1f", "a size update to 4097 bytes, may be 4096 at most"],
  "three size updates": ["20 20 3f e1 1f", "a block begins with more than 2 size updates"],
  "a size update behind a field": ["82 20", "a size update behind a field, may only begin a block"],
} as const;

for (const [name, [block, found]] of Object.entries(REFUSED)) {
  Deno.test(`HpackDecoder decode() refuses ${name}`, () => {
    assertEquals(faultOf(() => decoder().decode(hex(block))), found);
  });
}

Deno.test("HpackDecoder decode() takes two size updates at the beginning", () => {
  const under = prepared(EXCHANGES["C.3"] ?? [], 3);
  assertEquals(under.decode(hex("20 3f e1 1f 82")).pairs, [":method", "GET"]);
  assertEquals(under.tableBytes, 0);
});

Deno.test("HpackDecoder decode() keeps the name of an entry that its own literal evicts", () => {
  const under = decoder();
  under.decode(hex(SMALL_TABLE, "40 03 61 62 63 01 31"));
  // The name of index 62 with a value that leaves no room for it.
  const value = "78".repeat(200);
  assertEquals(under.decode(hex("7e 7f 49", value)).pairs, ["abc", "x".repeat(200)]);
  assertEquals(under.decode(hex("be")).pairs, ["abc", "x".repeat(200)]);
  assertEquals(faultOf(() => under.decode(hex("bf"))), "index 63, may be 1 to 62");
});

Deno.test("HpackDecoder decode() empties the table for an entry greater than it", () => {
  const under = decoder();
  under.decode(hex(SMALL_TABLE, "40 01 61 01 31"));
  const { pairs } = under.decode(hex("40 01 62 7f e1 01", "78".repeat(352)));
  assertEquals(pairs, ["b", "x".repeat(352)]);
  assertEquals(under.tableBytes, 0);
  assertEquals(faultOf(() => under.decode(hex("be"))), "index 62, may be 1 to 61");
});

Deno.test("HpackDecoder decode() lets the peer use what SETTINGS allow beyond 4096 bytes", () => {
  const under = decoder(8192);
  assertEquals(under.decode(hex("3f e1 3f 82")).pairs, [":method", "GET"]);
  assertEquals(
    faultOf(() => under.decode(hex("3f e2 3f"))),
    "a size update to 8193 bytes, may be 8192 at most",
  );
});

Deno.test("HpackDecoder settingsAcknowledged() of less requires a size update in the next block", () => {
  const under = decoder(256);
  // Until then the peer has the 4096 bytes that both ends begin with.
  under.decode(hex("82"));
  under.decode(hex("82"));
  under.settingsAcknowledged(256);
  assertEquals(
    faultOf(() => under.decode(hex("82"))),
    "no size update to 256 bytes, which SETTINGS require",
  );
});

Deno.test("HpackDecoder settingsAcknowledged() is content with a size update to less", () => {
  const under = decoder(256);
  under.settingsAcknowledged(256);
  assertEquals(under.decode(hex("3f 45 82")).pairs, [":method", "GET"]);
  assertEquals(under.decode(hex("82")).pairs, [":method", "GET"]);
  assertEquals(
    faultOf(() => under.decode(hex("3f e2 01"))),
    "a size update to 257 bytes, may be 256 at most",
  );
});

Deno.test("HpackDecoder settingsAcknowledged() requires the least of several bounds first", () => {
  const lowered = () => {
    const under = decoder();
    under.settingsAcknowledged(0);
    under.settingsAcknowledged(4096);
    return under;
  };
  assertEquals(
    faultOf(() => lowered().decode(hex("3f e1 1f 82"))),
    "a size update to 4096 bytes, may be 0 at most",
  );
  assertEquals(lowered().decode(hex("20 3f e1 1f 82")).pairs, [":method", "GET"]);
});

Deno.test("HpackDecoder settingsAcknowledged() of no less than the table has requires nothing", () => {
  const under = decoder();
  under.decode(hex(SMALL_TABLE));
  under.settingsAcknowledged(256);
  assertEquals(under.decode(hex("82")).pairs, [":method", "GET"]);
});

Deno.test("HpackDecoder decode() gives the same object for a block that comes again", () => {
  const under = prepared(EXCHANGES["C.3"] ?? [], 2);
  const block = hex("82 86 84 be");
  under.decode(block);
  const second = under.decode(block.slice());
  assertStrictEquals(under.decode(block.slice()), second);
  assertEquals(second.pairs.slice(6), ["cache-control", "no-cache"]);
});

Deno.test("HpackDecoder decode() remembers blocks of 96 bytes and 64 strings at most", () => {
  const remembers = (block: Uint8Array) => {
    const under = decoder();
    for (let times = 0; times < 3; times++) under.decode(block);
    const before = under.decode(block);
    return under.decode(block) === before;
  };
  assertEquals(remembers(hex("82".repeat(32))), true);
  assertEquals(remembers(hex("82".repeat(33))), false);
  const literal = (length: number) =>
    Uint8Array.of(0x00, 1, 0x61, length, ...new Uint8Array(length));
  assertEquals(remembers(literal(92)), true);
  assertEquals(remembers(literal(93)), false);
});

Deno.test("HpackDecoder decode() gives the last entry of the static table and the first behind it", () => {
  const under = decoder();
  under.decode(hex("40 01 61 01 31"));
  assertEquals(under.decode(hex("bd be")).pairs, ["www-authenticate", "", "a", "1"]);
});

Deno.test("HpackDecoder decode() does not give what a block meant before the table changed", () => {
  const under = decoder();
  under.decode(hex("40 01 61 01 31"));
  for (let times = 0; times < 3; times++) assertEquals(under.decode(hex("be")).pairs, ["a", "1"]);
  under.decode(hex("40 01 62 01 32"));
  for (let times = 0; times < 3; times++) assertEquals(under.decode(hex("be")).pairs, ["b", "2"]);
  under.decode(hex("20"));
  assertEquals(faultOf(() => under.decode(hex("be"))), "index 62, may be 1 to 61");
});

Deno.test("HpackDecoder decode() is not misled by the caller's buffer changing", () => {
  const under = decoder();
  const buffer = hex("82");
  for (let times = 0; times < 3; times++) assertEquals(under.decode(buffer).pairs[1], "GET");
  buffer[0] = 0x83;
  for (let times = 0; times < 3; times++) assertEquals(under.decode(buffer).pairs[1], "POST");
  buffer[0] = 0x82;
  assertEquals(under.decode(buffer).pairs[1], "GET");
});

Deno.test("HpackDecoder decode() requires a size update of a block that it knows too", () => {
  const under = decoder();
  for (let times = 0; times < 3; times++) under.decode(hex("82"));
  under.settingsAcknowledged(0);
  assertEquals(
    faultOf(() => under.decode(hex("82"))),
    "no size update to 0 bytes, which SETTINGS require",
  );
});

Deno.test("HpackDecoder decode() stops the list at its bound, and keeps the table right", () => {
  const under = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 80 });
  // 34 bytes each: two fit.
  const block = hex("40 01 61 01 31", "40 01 62 01 32", "40 01 63 01 33", "82");
  assertEquals(under.decode(block), { pairs: ["a", "1", "b", "2"], tooLarge: true });
  assertEquals(under.decode(hex("c0 bf")), { pairs: ["a", "1", "b", "2"], tooLarge: false });
  assertEquals(under.decode(hex("be")).pairs, ["c", "3"]);
});

Deno.test("HpackDecoder decode() counts a list that fills its bound to the byte as allowed", () => {
  const under = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 42 });
  assertEquals(under.decode(hex("82")), { pairs: [":method", "GET"], tooLarge: false });
  assertEquals(under.decode(hex("83")), { pairs: [], tooLarge: true });
});

Deno.test("HpackDecoder decode() gives little for a short block that says a great entry many times", () => {
  const under = decoder();
  under.decode(hex("40 01 61 7f a1 1e", "78".repeat(4000)));
  assertEquals(under.tableBytes, 4033);
  const bomb = new Uint8Array(16_384).fill(0xbe);
  for (let times = 0; times < 3; times++) {
    const { pairs, tooLarge } = under.decode(bomb);
    assertEquals([pairs.length, tooLarge], [8, true]);
  }
  assertEquals(under.decode(hex("be")).pairs[0], "a");
});

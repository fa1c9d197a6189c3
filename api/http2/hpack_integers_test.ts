// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { assert as check, integer, property } from "fast-check";
import { ConnectionFault, Http2Code } from "./fault.ts";
import {
  BlockCursor,
  INTEGER_BYTES_MAX,
  INTEGER_MAX,
  readInteger,
  writeInteger,
} from "./hpack_integers.ts";

/** RFC 7541 C.1, and the edges. */
// deno-fmt-ignore: one number, one row
const EXAMPLES = [
  { value: 10, bits: 5, hex: "0a" },
  { value: 1337, bits: 5, hex: "1f9a0a" },
  { value: 42, bits: 8, hex: "2a" },
  { value: 0, bits: 4, hex: "00" },
  { value: 30, bits: 5, hex: "1e" },
  { value: 31, bits: 5, hex: "1f00" },
  { value: 126, bits: 7, hex: "7e" },
  { value: 127, bits: 7, hex: "7f00" },
  { value: 254, bits: 7, hex: "7f7f" },
  { value: 255, bits: 7, hex: "7f8001" },
  { value: 127 + 2 ** 28 - 1, bits: 7, hex: "7fffffff7f" },
] as const;

function written(value: number, form: { pattern: number; bits: number }): Uint8Array {
  const cursor = new BlockCursor(new Uint8Array(INTEGER_BYTES_MAX));
  writeInteger(cursor, value, { pattern: form.pattern, prefix: 2 ** form.bits - 1 });
  return cursor.bytes.subarray(0, cursor.at);
}

for (const { value, bits, hex } of EXAMPLES) {
  Deno.test(`readInteger() and writeInteger() have ${value} with ${bits} bits as ${hex}`, () => {
    assertEquals(written(value, { pattern: 0, bits }).toHex(), hex);
    const cursor = new BlockCursor(Uint8Array.fromHex(`${hex}ff`));
    assertEquals(readInteger(cursor, 2 ** bits - 1), value);
    assertEquals(cursor.at, hex.length / 2);
  });
}

Deno.test("readInteger() gives what writeInteger() was given, for every prefix and pattern", () => {
  const numbers = integer({ min: 0, max: INTEGER_MAX });
  check(property(numbers, integer({ min: 4, max: 7 }), (value, bits) => {
    const pattern = 1 << bits;
    const bytes = written(value, { pattern, bits });
    assertEquals((bytes[0] ?? 0) & pattern, pattern);
    assertEquals(readInteger(new BlockCursor(bytes), 2 ** bits - 1), value);
  }));
});

Deno.test("INTEGER_MAX is what four bytes behind a prefix hold", () => {
  assertEquals([INTEGER_MAX, INTEGER_BYTES_MAX], [0xfffffff, 5]);
});

Deno.test("readInteger() takes needless zeros within its bytes", () => {
  assertEquals(readInteger(new BlockCursor(Uint8Array.fromHex("7f80808000")), 0x7f), 127);
});

// deno-fmt-ignore: one block, one row
const REFUSED = [
  ["", "the block ends before an integer"],
  ["7f", "the block ends inside an integer"],
  ["7f8080", "the block ends inside an integer"],
  ["7f8080808000", "an integer is longer than 5 bytes"],
  ["7fffffffffffffffffff01", "an integer is longer than 5 bytes"],
] as const;

for (const [hex, found] of REFUSED) {
  Deno.test(`readInteger() refuses "${hex}": ${found}`, () => {
    const cursor = new BlockCursor(Uint8Array.fromHex(hex));
    const fault = assertThrows(() => readInteger(cursor, 0x7f), ConnectionFault);
    assertEquals(fault.code, Http2Code.COMPRESSION_ERROR);
    assertEquals(fault.message, `Cannot decode headers: ${found}`);
  });
}

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { assert as check, property, uint8Array } from "fast-check";
import { ConnectionFault } from "./fault.ts";
import { huffmanLength, huffmanRoom, readHuffman, writeHuffman } from "./huffman.ts";

/** Strings of RFC 7541 appendix C, and what appendix B says of the rarest symbols. */
// deno-fmt-ignore: one string, one row
const EXAMPLES = [
  ["www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"],
  ["no-cache", "a8eb10649cbf"],
  ["custom-key", "25a849e95ba97d7f"],
  ["custom-value", "25a849e95bb8e8b4bf"],
  ["302", "6402"],
  ["private", "aec3771a4b"],
  ["Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"],
  ["", ""],
  ["\0", "ffc7"],
  ["\n", "fffffff3"],
  ["\x16", "fffffffb"],
  ["\xff", "fffffbbf"],
] as const;

function coded(text: string): Uint8Array {
  const into = new Uint8Array(huffmanLength(text));
  assertEquals(writeHuffman(into, text, 0), into.length);
  return into;
}

function decoded(bytes: Uint8Array): string {
  const into = new Uint8Array(huffmanRoom(bytes.length));
  return latin1(into.subarray(0, readHuffman(bytes, 0, bytes.length, into)));
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

for (const [text, hex] of EXAMPLES) {
  Deno.test(`writeHuffman() and readHuffman() give ${JSON.stringify(text)} for ${hex}`, () => {
    assertEquals(coded(text).toHex(), hex);
    assertEquals(decoded(Uint8Array.fromHex(hex)), text);
  });
}

Deno.test("writeHuffman() and readHuffman() agree on any bytes", () => {
  check(property(uint8Array({ maxLength: 200 }), (bytes) => {
    assertEquals(decoded(coded(latin1(bytes))), latin1(bytes));
  }));
});

Deno.test("readHuffman() gives each byte for its code alone", () => {
  for (let byte = 0; byte < 256; byte++) {
    const text = String.fromCharCode(byte);
    assertEquals(decoded(coded(text)), text);
  }
});

Deno.test("readHuffman() reads only what it is told to", () => {
  const into = new Uint8Array(huffmanRoom(2));
  const bytes = Uint8Array.fromHex("ff6402ff");
  assertEquals(readHuffman(bytes, 1, 3, into), 3);
  assertEquals(latin1(into.subarray(0, 3)), "302");
});

Deno.test("huffmanRoom() is enough for the shortest codes", () => {
  const text = "0".repeat(1000);
  assertEquals(decoded(coded(text)), text);
  assertEquals(coded(text).length, 625);
});

// deno-fmt-ignore: one string, one row
const REFUSED = [
  ["ff", "a Huffman string ends in more than 7 bits of padding"],
  ["ffff", "a Huffman string ends in more than 7 bits of padding"],
  ["f1e3c2e5f23a6ba0ab90f4ffff", "a Huffman string ends in more than 7 bits of padding"],
  ["00", "a Huffman string is not padded with ones"],
  ["18", "a Huffman string is not padded with ones"],
  ["fe", "a Huffman string is not padded with ones"],
  ["ffffff", "a Huffman string ends in more than 7 bits of padding"],
  ["fffffffc", "a Huffman string holds EOS"],
  ["ffffffff", "a Huffman string holds EOS"],
  ["1fffffffff", "a Huffman string holds EOS"],
] as const;

for (const [hex, found] of REFUSED) {
  Deno.test(`readHuffman() refuses ${hex}: ${found}`, () => {
    const fault = assertThrows(() => decoded(Uint8Array.fromHex(hex)), ConnectionFault);
    assertEquals([fault.code, fault.message], [0x9, `Cannot decode headers: ${found}`]);
  });
}

Deno.test("readHuffman() takes up to seven bits of ones as padding", () => {
  assertEquals(decoded(Uint8Array.of(0b00000_111)), "0");
  assertEquals(decoded(Uint8Array.of(0b1111_1000)), "&");
  // "0" takes five bits, "X" eight: three are left.
  assertEquals(decoded(Uint8Array.of(0b00000_111, 0b11100_111)), "0X");
});

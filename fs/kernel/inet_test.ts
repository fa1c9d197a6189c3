// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { parseInetAddress, parseInetPrefix } from "./inet.ts";

Deno.test("parseInetPrefix() reads an address and its length", () => {
  assertEquals(parseInetPrefix("10.0.2.15/24"), {
    bytes: Uint8Array.of(10, 0, 2, 15),
    prefixLength: 24,
  });
  assertEquals(parseInetPrefix("0.0.0.0/0").prefixLength, 0);
  assertEquals(parseInetPrefix("255.255.255.255/32").prefixLength, 32);
});

Deno.test("parseInetPrefix() and parseInetAddress() refuse all else and name it", () => {
  for (
    const text of ["", "10.0.2.15", "10.0.2.15/33", "10.0.2.15/024", "1.2.3.4/5/6", "a.b.c.d/8"]
  ) {
    assertThrows(() => parseInetPrefix(text), RangeError, `address ${JSON.stringify(text)}`);
  }
  for (const text of ["", "10.0.2", "10.0.2.256", "010.0.2.1", "10.0.2.1.1", " 10.0.2.1"]) {
    assertThrows(() => parseInetAddress(text), RangeError, `address ${JSON.stringify(text)}`);
  }
});

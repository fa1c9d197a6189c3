// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertNotEquals } from "@std/assert";
import { digestBytes, digestOf } from "./digest.ts";

Deno.test("digestOf() tells apart lists that join to the same text", () => {
  assertNotEquals(digestOf(["ab", "c"]), digestOf(["a", "bc"]));
  assertNotEquals(digestOf(["a", ""]), digestOf(["a"]));
  assertEquals(digestOf(["a", "bc"]), digestOf(["a", "bc"]));
});

Deno.test("digestBytes() is SHA-256", () => {
  assertEquals(
    digestBytes(new TextEncoder().encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

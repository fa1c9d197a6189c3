// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { findStatic, STATIC_COUNT, STATIC_NAMES, STATIC_VALUES } from "./static_table.ts";

Deno.test("STATIC_NAMES and STATIC_VALUES have the entries of RFC 7541 at their indices", () => {
  assertEquals(STATIC_COUNT, 61);
  assertEquals([STATIC_NAMES.length, STATIC_VALUES.length], [62, 62]);
  const at = (index: number) => [STATIC_NAMES[index], STATIC_VALUES[index]];
  assertEquals(at(1), [":authority", ""]);
  assertEquals(at(2), [":method", "GET"]);
  assertEquals(at(8), [":status", "200"]);
  assertEquals(at(14), [":status", "500"]);
  assertEquals(at(16), ["accept-encoding", "gzip, deflate"]);
  assertEquals(at(31), ["content-type", ""]);
  assertEquals(at(61), ["www-authenticate", ""]);
});

Deno.test("findStatic() finds every entry at its own index", () => {
  for (let index = 1; index <= STATIC_COUNT; index++) {
    assertEquals(findStatic(STATIC_NAMES[index] ?? "", STATIC_VALUES[index] ?? ""), index);
  }
});

Deno.test("findStatic() gives the first index of a name, negative, for another value", () => {
  assertEquals(findStatic(":status", "418"), -8);
  assertEquals(findStatic(":path", "/x"), -4);
  assertEquals(findStatic("www-authenticate", "Basic"), -61);
});

Deno.test("findStatic() gives 0 for a name that is not there", () => {
  assertEquals(findStatic("grpc-status", "0"), 0);
  assertEquals(findStatic("", ""), 0);
});

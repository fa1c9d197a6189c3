// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { appendTo, headersOf, headerValue } from "./header_pairs.ts";

const PAIRS = ["x-a", "1", "x-b", "", "x-a", "2"];

Deno.test("headerValue() finds the first of a name", () => {
  assertEquals(["x-a", "x-b", "1"].map((name) => headerValue(PAIRS, name)), ["1", "", undefined]);
});

Deno.test("headersOf() and appendTo() keep every value of a name", () => {
  assertEquals([...headersOf(PAIRS)], [["x-a", "1, 2"], ["x-b", ""]]);
  const headers = new Headers({ "x-a": "0" });
  appendTo(headers, PAIRS);
  assertEquals(headers.get("x-a"), "0, 1, 2");
  assertThrows(() => headersOf([":path", "/"]), TypeError);
});

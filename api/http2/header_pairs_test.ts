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

Deno.test("a name without a value, which no decoder gives, is passed over", () => {
  assertEquals(headerValue(["x-a", "1", "x-b"], "x-b"), undefined);
  assertEquals([...headersOf(["x-a", "1", "x-b"])], [["x-a", "1"]]);
  assertEquals(headerValue([], "x-a"), undefined);
});

Deno.test("headerValue() looks at names and never at values", () => {
  assertEquals(headerValue(["x-a", "x-b", "x-c", "1"], "x-b"), undefined);
  assertEquals(headerValue(["x-a", "x-b", "x-b", "1"], "x-b"), "1");
});

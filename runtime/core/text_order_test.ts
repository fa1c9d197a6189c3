// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { assert as check, property, string } from "fast-check";
import { utf8Compare } from "./text_order.ts";

function byBytes(a: string, b: string): number {
  const encoder = new TextEncoder();
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  for (const [index, byte] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (byte !== other) return byte - other;
  }
  return left.length - right.length;
}

Deno.test("utf8Compare() orders as the bytes of UTF-8 do", () => {
  check(
    property(string({ unit: "binary" }), string({ unit: "binary" }), (a, b) => {
      assertEquals(Math.sign(utf8Compare(a, b)), Math.sign(byBytes(a, b)));
    }),
    { numRuns: 300 },
  );
});

Deno.test("utf8Compare() puts what lies above U+FFFF last, unlike JavaScript", () => {
  const sorted = ["\u{10000}", "\uffff", "\ud7ff", "a", ""].sort(utf8Compare);
  assertEquals(sorted, ["", "a", "\ud7ff", "\uffff", "\u{10000}"]);
});

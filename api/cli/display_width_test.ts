// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { displayWidth, fitWidth, padWidth } from "./display_width.ts";

Deno.test("displayWidth() counts columns, not characters", () => {
  assertEquals(displayWidth("plain"), 5);
  assertEquals(displayWidth("日本"), 4);
  assertEquals(displayWidth("e\u0301"), 1);
  assertEquals(displayWidth("👩‍👩‍👧‍👦"), 2);
  assertEquals(displayWidth("…"), 1);
  assertEquals(displayWidth(""), 0);
});

Deno.test("fitWidth() cuts between characters and says that it did", () => {
  assertEquals(fitWidth("abcdef", 6), "abcdef");
  assertEquals(fitWidth("abcdefg", 6), "abcde…");
  assertEquals(fitWidth("日本語", 5), "日本…");
  assertEquals(fitWidth("日本語", 4), "日…");
  assertEquals(fitWidth("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  assertEquals(fitWidth("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3), "👩‍👩‍👧‍👦…");
  assertEquals(fitWidth("ab", 1), "…");
  assertEquals(fitWidth("ab", 0), "");
});

Deno.test("padWidth() fills columns", () => {
  assertEquals(padWidth("日", 4), "日  ");
  assertEquals(padWidth("long", 2), "long");
});

// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { lastLines, plainText } from "./process.ts";

Deno.test("plainText() takes terminal sequences and control characters out", () => {
  assertEquals(plainText("\x1b[32mgreen\x1b[0m\x07 \x1b[2Ktext\r\nnext\x9b"), "green text\nnext");
});

Deno.test("lastLines() is the end of what a program said, on one line", () => {
  assertEquals(lastLines("a\nb\n\n  c\nd\n"), "b; c; d");
  assertEquals(lastLines("\n"), "it said nothing");
});

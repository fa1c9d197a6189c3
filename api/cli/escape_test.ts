// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertFalse } from "@std/assert";
import { escapeJson, escapeLines, escapeText, isUnsafe } from "./escape.ts";

Deno.test("escapeText() shows control characters instead of sending them", () => {
  assertEquals(escapeText("a\x1b[31mb\x07\x00\x7f"), "a\\x1b[31mb\\x07\\x00\\x7f");
  assertEquals(escapeText("\u009b2J"), "\\x9b2J");
  assertEquals(escapeText("two\nlines\r\tend"), "two\\nlines\\r\\tend");
});

Deno.test("escapeText() shows what turns the order of letters round", () => {
  assertEquals(escapeText("\u202etxt.exe\u2066\u200f"), "\\u202etxt.exe\\u2066\\u200f");
});

Deno.test("escapeText() shows surrogates without their other half and leaves whole characters", () => {
  assertEquals(escapeText("a\ud83d!"), "a\\ud83d!");
  assertEquals(escapeText("\udc00"), "\\udc00");
  assertEquals(escapeText("日本 😀 é \\x1b"), "日本 😀 é \\x1b");
});

Deno.test("escapeLines() leaves lines and tabs", () => {
  assertEquals(escapeLines("a\n\tb\x1b\r"), "a\n\tb\\x1b\\r");
});

Deno.test("escapeJson() gives JSON of the same value without unsafe characters", () => {
  const value = { "k\u009b": ["\u202e", "\x7f", "\x1b", "\ud83d", "a\nb"] };
  const json = escapeJson(JSON.stringify(value, undefined, 2));
  assertFalse(isUnsafe(json.replaceAll("\n", "")));
  assertEquals(JSON.parse(json), value);
});

Deno.test("isUnsafe() answers the same each time it is asked", () => {
  assert(isUnsafe("\x1b"));
  assert(isUnsafe("\x1b"));
  assertFalse(isUnsafe("plain"));
});

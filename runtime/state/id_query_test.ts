// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { RE2JS, RE2JSException } from "re2js";
import { StateError } from "../core/errors.ts";
import { compileIdQuery, ID_EXPRESSION_LENGTH_MAX, ID_PROGRAM_SIZE_MAX } from "./id_query.ts";

Deno.test("compileIdQuery() searches by the rules of RE2", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["b", "abc", true],
    ["^b", "abc", false],
    ["^abc$", "abc", true],
    ["(?i)ABC", "abc", true],
    ["[[:digit:]]+\\z", "a1", true],
    ["\\pN", "a1", true],
    ["(?P<name>b)", "abc", true],
    ["a.c", "a\u{1f600}c", true],
  ];
  for (const [expression, id, matches] of cases) {
    assertEquals(compileIdQuery(expression)?.(id), matches, expression);
  }
  assertEquals([compileIdQuery(undefined), compileIdQuery("")], [undefined, undefined]);
});

Deno.test("compileIdQuery() refuses what is no RE2, too long or too big", () => {
  const cases: Readonly<Record<string, string>> = {
    "(": "is no RE2",
    "(?=a)": "is no RE2",
    "(?<=a)b": "is no RE2",
    "(a)\\1": "is no RE2",
    "a{1001}": "is no RE2",
    ["a".repeat(ID_EXPRESSION_LENGTH_MAX + 1)]: "1025 characters, at most 1024",
    ["(\\pL{999})".repeat(100)]: "instructions, at most 20000",
  };
  for (const [expression, message] of Object.entries(cases)) {
    assertThrows(() => compileIdQuery(expression), StateError, message);
  }
  const longest = "a".repeat(ID_EXPRESSION_LENGTH_MAX);
  assertEquals(compileIdQuery(longest)?.(longest), true);
  const { cause } = assertThrows(() => compileIdQuery("("), StateError);
  assertEquals(cause instanceof RE2JSException, true);
});

Deno.test("compileIdQuery() takes time by the length of the id, not more", () => {
  // A backtracking matcher would need 2 ** 60 steps here: this test would never end.
  assertEquals(compileIdQuery("^(a+)+$")?.("a".repeat(60) + "b"), false);
});

Deno.test("compileIdQuery() takes programs as big as may be, and none that is bigger", () => {
  let expression = "(?:a{990}b)".repeat(20);
  for (let size = 0; size < ID_PROGRAM_SIZE_MAX;) {
    const room = ID_PROGRAM_SIZE_MAX - RE2JS.compile(expression).programSize();
    expression += "a".repeat(room);
    size = room === 0 ? ID_PROGRAM_SIZE_MAX : 0;
  }
  assertEquals(compileIdQuery(expression)?.(""), false);
  assertThrows(() => compileIdQuery(`${expression}a`), StateError, "20001 instructions");
});

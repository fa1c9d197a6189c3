// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { CommandError } from "../client/command_error.ts";
import { durationWords, parseDuration, readDuration } from "./duration.ts";

Deno.test("parseDuration() reads units, sums of them, and bare numbers as seconds", () => {
  const cases = [
    ["500ms", 500],
    ["30s", 30_000],
    ["30", 30_000],
    ["1.5", 1500],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["1d", 86_400_000],
    ["0", 0],
    ["2h0m0s", 7_200_000],
  ] as const;
  for (const [text, ms] of cases) assertEquals(parseDuration(text), ms, text);
});

Deno.test("parseDuration() refuses what is none, and what no timer counts to", () => {
  for (const text of ["", "s", "-1s", "1 s", "1x", "s1", "1s ", "1e3", "25d", "Infinity", "1sx"]) {
    assertEquals(parseDuration(text), undefined, text);
  }
});

Deno.test("readDuration() names the option and what may be given", () => {
  const error = assertThrows(() => readDuration("soon", "--timeout"), CommandError);
  assertEquals([error.exit, error.message], [
    2,
    'cannot use --timeout "soon": it must be a duration of at most 24 days, such as 500ms, 30s or 1m30s',
  ]);
});

Deno.test("durationWords() is read back as the same", () => {
  for (const ms of [1, 999, 1000, 1500, 30_000, 86_400_000]) {
    assertEquals(parseDuration(durationWords(ms)), ms);
  }
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { DEADLINE_MS_MAX } from "../limits.ts";
import { parseTimeout } from "./timeout.ts";

Deno.test("parseTimeout() reads each unit", () => {
  const read = ["2H", "2M", "2S", "2m", "2000u", "2000000n"].map(parseTimeout);
  assertEquals(read, [7_200_000, 120_000, 2000, 2, 2, 2]);
});

Deno.test("parseTimeout() rounds up, so that no deadline comes early, and 0 stays 0", () => {
  assertEquals(["1u", "1n", "1001u", "0n", "0H", "00000001S"].map(parseTimeout), [
    1,
    1,
    2,
    0,
    0,
    1000,
  ]);
});

Deno.test("parseTimeout() keeps no deadline longer than timers count", () => {
  assertEquals(parseTimeout("99999999H"), DEADLINE_MS_MAX);
  assertEquals(parseTimeout("99999999S"), DEADLINE_MS_MAX);
  assertEquals(parseTimeout("99999999m"), 99_999_999);
});

Deno.test("parseTimeout() refuses anything else, naming it in short", () => {
  const bad = ["", "1", "S", "123456789S", "1s", "-1S", "+1S", "1.5S", " 1S", "1S ", "1Sm", "١S"];
  for (const text of bad) {
    const error = assertThrows(() => parseTimeout(text), ConnectError, JSON.stringify(text));
    assertEquals(error.code, Code.InvalidArgument);
  }
  const long = assertThrows(() => parseTimeout("9".repeat(9999)), ConnectError);
  assertEquals(long.rawMessage.length < 150, true, long.rawMessage);
});

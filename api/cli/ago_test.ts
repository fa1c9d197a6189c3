// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { agoText } from "./ago.ts";

const NOW = { seconds: 1_000_000n, nanos: 5 };

for (
  const [seconds, words] of [
    [0, "now"],
    [-5, "now"],
    [1, "1s ago"],
    [59, "59s ago"],
    [60, "1m ago"],
    [125, "2m5s ago"],
    [3600, "1h ago"],
    [3_661, "1h1m ago"],
    [90_061, "1d1h ago"],
    [864_000, "10d ago"],
  ] as const
) {
  Deno.test(`agoText() writes ${seconds} seconds as ${words}`, () => {
    assertEquals(agoText({ seconds: NOW.seconds - BigInt(seconds), nanos: 5 }, NOW), words);
  });
}

Deno.test("agoText() counts whole seconds, and knows no time", () => {
  assertEquals(agoText({ seconds: NOW.seconds - 2n, nanos: 6 }, NOW), "1s ago");
  assertEquals(agoText(undefined, NOW), "-");
});

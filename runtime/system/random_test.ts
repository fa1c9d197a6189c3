// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { systemRandom } from "./random.ts";

Deno.test("systemRandom() fills any length, beyond what one call of the generator gives", () => {
  const random = systemRandom();
  assertEquals(random.bytes(0).length, 0);
  const bytes = random.bytes(200_000);
  assertEquals(bytes.length, 200_000);
  // A stretch of 64 zeros by chance: 2 ** -512.
  for (const start of [0, 65_536, 131_072, 199_936]) {
    assert(bytes.subarray(start, start + 64).some((byte) => byte !== 0));
  }
});

Deno.test("systemRandom() gives whole numbers of 32 bits, not the same ones", () => {
  const random = systemRandom();
  const numbers = Array.from({ length: 8 }, () => random.uint32());
  assert(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32));
  assertNotEquals(numbers, Array.from({ length: 8 }, () => random.uint32()));
});

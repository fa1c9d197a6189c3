// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { seededRandom } from "./seeded_random.ts";

const numbers = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.uint32());
};

Deno.test("seededRandom() gives the same numbers for the same seed, and others for the next", () => {
  assertEquals(numbers(1, 64), numbers(1, 64));
  assertEquals(numbers(2 ** 32 + 1, 8), numbers(1, 8));
  assertNotEquals(numbers(1, 8), numbers(2, 8));
  assertEquals([...seededRandom(3).bytes(5)], [...seededRandom(3).bytes(5)]);
  assertEquals(seededRandom(3).bytes(5).length, 5);
});

Deno.test("seededRandom() draws evenly, and every seed draws its first differently", () => {
  const counts = new Map<number, number>();
  for (let seed = 0; seed < 6_000; seed++) {
    const [first = -1] = numbers(seed, 1);
    assert(Number.isInteger(first) && first >= 0 && first < 2 ** 32);
    counts.set(first % 6, (counts.get(first % 6) ?? 0) + 1);
  }
  // Six standard deviations of 6 000 throws of a die: 1 000 ± 173.
  for (const count of counts.values()) assert(Math.abs(count - 1_000) < 173, `${count} of 6 000`);
  assertEquals(counts.size, 6);
});

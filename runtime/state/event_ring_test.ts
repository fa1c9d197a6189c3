// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { EventRing, type HistoryOptions } from "./event_ring.ts";

function filled(options: HistoryOptions, count: number): EventRing<string> {
  const ring = new EventRing<string>(options);
  for (let position = 0; position < count; position++) ring.push(`e${position}`);
  return ring;
}

Deno.test("EventRing doubles until its maximum, then wraps", () => {
  const options = { initial: 4, maximum: 10, gap: 2 };
  const capacities = [0, 3, 4, 7, 8, 10, 100].map((count) => filled(options, count).capacity);
  assertEquals(capacities, [4, 4, 8, 8, 10, 10, 10]);
});

Deno.test("EventRing holds exactly the newest events", () => {
  for (const count of [1, 4, 5, 9, 10, 11, 25]) {
    const ring = filled({ initial: 4, maximum: 10, gap: 2 }, count);
    const oldest = Math.max(0, count - 10);
    assertEquals(ring.oldest, oldest);
    for (let at = oldest; at < count; at++) assertEquals(ring.at(at), `e${at}`);
    assertThrows(() => ring.at(count), RangeError, `${count} were written`);
    assertThrows(() => ring.at(-1), RangeError, "Cannot read event -1");
    if (oldest > 0) assertThrows(() => ring.at(oldest - 1), RangeError);
    assertEquals([ring.isLost(oldest), ring.isLost(oldest - 1)], [false, count >= 10]);
  }
});

Deno.test("EventRing.oldestReplayable keeps the gap", () => {
  assertEquals(filled({ initial: 4, maximum: 4, gap: 1 }, 3).oldestReplayable, 0);
  assertEquals(filled({ initial: 4, maximum: 4, gap: 1 }, 10).oldestReplayable, 7);
});

Deno.test("EventRing has sizes by default, and fits one to the other", () => {
  const capacity = (options: HistoryOptions, count = 0) => filled(options, count).capacity;
  assertEquals([capacity({}), capacity({}, 1000)], [100, 100]);
  assertEquals(capacity({ initial: 300 }, 1000), 300);
  assertEquals([8, 3, 1].map((maximum) => capacity({ maximum })), [8, 3, 1]);
});

Deno.test("EventRing refuses sizes that cannot be", () => {
  const bad: readonly HistoryOptions[] = [
    { initial: 0 },
    { initial: 1.5 },
    { initial: 8, maximum: 4 },
    { maximum: 4, gap: 4 },
    { gap: -1 },
  ];
  for (const options of bad) {
    assertThrows(() => new EventRing(options), RangeError, "may be 1 ≤ initial ≤ maximum");
    const words = "Cannot keep a history of initial 8, maximum 4, gap 3: may be";
    if (options.initial === 8) assertThrows(() => new EventRing(options), RangeError, words);
  }
});

// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { inLanes } from "./lanes.ts";

const { signal } = new AbortController();

Deno.test("inLanes() does every item once, and never two at once in one lane", async () => {
  const busy = new Set<number>();
  const done: number[] = [];
  let most = 0;
  const work = async (item: number, lane: number): Promise<void> => {
    assertEquals(busy.has(lane), false);
    busy.add(lane);
    most = Math.max(most, busy.size);
    await Promise.resolve();
    busy.delete(lane);
    done.push(item);
  };
  await inLanes([1, 2, 3, 4, 5], { lanes: 2, signal, work });
  assertEquals(done.sort(), [1, 2, 3, 4, 5]);
  assertEquals(most, 2);
});

Deno.test("inLanes() fails with what failed first, after what was begun, and begins no more", async () => {
  const done: number[] = [];
  const work = async (item: number): Promise<void> => {
    if (item === 1) throw new RangeError("one");
    for (let turn = 0; turn < 9; turn++) await Promise.resolve();
    done.push(item);
  };
  await assertRejects(() => inLanes([1, 2, 3, 4], { lanes: 2, signal, work }), RangeError, "one");
  assertEquals(done, [2]);
});

Deno.test("inLanes() begins nothing more once its signal is aborted", async () => {
  const stop = new AbortController();
  const done: number[] = [];
  const work = (item: number): Promise<void> => {
    done.push(item);
    stop.abort(new RangeError("enough"));
    return Promise.resolve();
  };
  const { signal } = stop;
  await assertRejects(() => inLanes([1, 2], { lanes: 1, signal, work }), RangeError, "enough");
  assertEquals(done, [1]);
});

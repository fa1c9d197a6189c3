// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { ResettableTimer } from "./resettable_timer.ts";

Deno.test("ResettableTimer TestResettableTimer: goes off once, at the last time it was set to", async () => {
  const clock = new FakeClock();
  let fired = 0;
  const timer = new ResettableTimer(clock, () => fired++);
  timer.reset(100);
  timer.reset(300);
  await clock.advance(299);
  assertEquals(fired, 0);
  await clock.advance(1);
  assertEquals(fired, 1);
  await clock.advance(1000);
  assertEquals(fired, 1);
  timer.reset(50);
  await clock.advance(50);
  assertEquals(fired, 2);
  timer.reset(50);
  timer.stop();
  await clock.advance(50);
  assertEquals([fired, clock.pendingMs], [2, []]);
});

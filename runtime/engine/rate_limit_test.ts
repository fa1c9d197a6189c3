// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { rateLimiter } from "./rate_limit.ts";

Deno.test("rateLimiter() lets a burst through, then so many a second, in order", async () => {
  const clock = new FakeClock();
  const limiter = rateLimiter({ perSecond: 10, burst: 3 }, clock);
  const { signal } = new AbortController();
  const through: number[] = [];
  for (let n = 0; n < 6; n++) limiter.take(signal).then(() => through.push(n));
  await clock.advance(0);
  assertEquals(through, [0, 1, 2]);
  await clock.advance(99);
  assertEquals(through.length, 3);
  await clock.advance(1);
  assertEquals(through, [0, 1, 2, 3]);
  await clock.advance(200);
  assertEquals(through, [0, 1, 2, 3, 4, 5]);
  // Never more than the burst, however long nobody came.
  await clock.advance(60_000);
  for (let n = 6; n < 11; n++) limiter.take(signal).then(() => through.push(n));
  await clock.advance(0);
  assertEquals(through.length, 9);
});

Deno.test("RateLimiter.take() gives the token back when its wait is interrupted", async () => {
  const clock = new FakeClock();
  const limiter = rateLimiter({ perSecond: 1, burst: 1 }, clock);
  const stop = new AbortController();
  await limiter.take(stop.signal);
  const interrupted = assertRejects(() => limiter.take(stop.signal), Error, "enough");
  stop.abort(new Error("enough"));
  await interrupted;
  limiter.take(new AbortController().signal);
  assertEquals(clock.pendingMs, [1000]);
  await clock.advance(1000);
});

Deno.test("rateLimiter() refuses a limit that lets nothing through", () => {
  const clock = new FakeClock();
  for (const [perSecond, burst] of [[0, 1], [1, 0], [NaN, 1], [Infinity, 1]] as const) {
    assertThrows(() => rateLimiter({ perSecond, burst }, clock), RangeError, "Cannot limit to");
  }
});

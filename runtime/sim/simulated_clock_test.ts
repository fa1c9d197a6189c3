// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { Interleaver } from "./interleaver.ts";
import { seededRandom } from "./seeded_random.ts";
import { SimulatedClock } from "./simulated_clock.ts";
import { Trace } from "./trace.ts";

function made() {
  const interleaver = new Interleaver({ random: seededRandom(1), trace: new Trace() });
  const start = { seconds: 10n, nanos: 999_000_000 };
  return { interleaver, clock: new SimulatedClock(interleaver, { start }) };
}

Deno.test("SimulatedClock stands still until it is moved, and never goes back", () => {
  const { clock } = made();
  assertEquals(clock.now(), { seconds: 10n, nanos: 999_000_000 });
  clock.moveTo(1.5);
  assertEquals(clock.now(), { seconds: 11n, nanos: 0 });
  assertEquals(clock.monotonicMs(), 1.5);
  clock.moveTo(1);
  assertEquals(clock.monotonicMs(), 1.5);
  clock.moveTo(61_000);
  assertEquals(clock.now(), { seconds: 71n, nanos: 999_000_000 });
});

Deno.test("SimulatedClock.sleep() ends when it is due and drawn", async () => {
  const { clock, interleaver } = made();
  const woken: string[] = [];
  const late = clock.sleep(20).then(() => woken.push("late"));
  const early = clock.sleep(5).then(() => woken.push("early"));
  assertEquals([clock.nextMs, interleaver.waiting], [5, 0]);
  clock.moveTo(5);
  await Promise.resolve();
  assertEquals([clock.nextMs, interleaver.waiting, woken.length], [20, 1, 0]);
  interleaver.resumeOne();
  await early;
  clock.moveTo(100);
  await Promise.resolve();
  interleaver.resumeOne();
  await late;
  assertEquals(woken, ["early", "late"]);
  assertEquals(clock.nextMs, undefined);
});

Deno.test("SimulatedClock.sleep() of nothing waits for its turn alone", async () => {
  const { clock, interleaver } = made();
  const asleep = clock.sleep(0);
  assertEquals([clock.nextMs, interleaver.waiting], [undefined, 1]);
  interleaver.resumeOne();
  await asleep;
});

Deno.test("SimulatedClock.sleep() ends with the reason of its signal: before, asleep, and woken", async () => {
  const { clock, interleaver } = made();
  await assertRejects(() => clock.sleep(1, { signal: AbortSignal.abort(new Error("at once")) }));
  const stop = new AbortController();
  const { signal } = stop;
  const asleep = assertRejects(() => clock.sleep(1_000, { signal }), Error, "enough");
  const woken = assertRejects(() => clock.sleep(1, { signal }), Error, "enough");
  clock.moveTo(1);
  await Promise.resolve();
  stop.abort(new Error("enough"));
  await asleep;
  assertEquals(clock.nextMs, undefined);
  interleaver.resumeOne();
  await woken;
});

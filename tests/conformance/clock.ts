/** What every {@linkcode Clock} must do, the system's and the fake alike. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Clock } from "../../runtime/core/ports.ts";

/** @param open Gives a clock, and what lets that many milliseconds pass on it. */
export function clockConformance(
  name: string,
  open: () => { readonly clock: Clock; readonly pass: (milliseconds: number) => Promise<void> },
): void {
  Deno.test(`${name} sleep() ends with the reason of its signal`, async () => {
    const { clock } = open();
    const stop = new AbortController();
    const { signal } = stop;
    const asleep = assertRejects(() => clock.sleep(3_600_000, { signal }), Error, "enough");
    stop.abort(new Error("enough"));
    await asleep;
    await assertRejects(() => clock.sleep(0, { signal }), Error, "enough");
  });

  Deno.test(`${name} sleep() wakes in order of time`, async () => {
    const { clock, pass } = open();
    const woken: string[] = [];
    const before = clock.monotonicMs();
    const all = Promise.all([
      clock.sleep(20).then(() => woken.push("late")),
      clock.sleep(1).then(() => woken.push("early")),
    ]);
    await pass(20);
    await all;
    assertEquals(woken, ["early", "late"]);
    assert(clock.monotonicMs() - before >= 19);
  });

  Deno.test(`${name} sleep() of nothing lets the event loop turn`, async () => {
    const { clock } = open();
    let turned = false;
    const timer = setTimeout(() => turned = true, 0);
    while (!turned) await clock.sleep(0);
    clearTimeout(timer);
  });

  Deno.test(`${name} now() is a time of our age`, () => {
    const { seconds, nanos } = open().clock.now();
    assert(seconds > 1_700_000_000n && seconds < 10_000_000_000n);
    assert(Number.isInteger(nanos) && nanos >= 0 && nanos < 1_000_000_000);
  });
}

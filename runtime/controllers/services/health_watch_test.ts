// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeClock } from "../../../tests/fakes/clock.ts";
import { type HealthAnswer, watchHealth } from "./health_watch.ts";
import { UnwellError } from "./service_world.ts";

const PLAN = {
  question: { kind: "tcp", hostname: "localhost", port: 1 },
  initialDelayMs: 1_000,
  periodMs: 5_000,
  restartAfter: 0,
  timeoutMs: 500,
} as const;

function bench(ask: (signal: AbortSignal) => Promise<string>) {
  const clock = new FakeClock();
  const answers: HealthAnswer[] = [];
  let asked = 0;
  const probe = {
    ask: (_: unknown, signal: AbortSignal) => {
      asked++;
      return ask(signal);
    },
  };
  const watch = watchHealth(PLAN, { probe, clock, answered: (answer) => answers.push(answer) });
  return { clock, answers, watch, asked: () => asked };
}

Deno.test("watchHealth() asks after the delay, then once a period", async () => {
  const { clock, answers, watch, asked } = bench(() => Promise.resolve("fine"));
  await clock.advance(999);
  assertEquals(asked(), 0);
  await clock.advance(1);
  assertEquals(answers, [{ healthy: true, answered: true, message: "fine" }]);
  await clock.advance(4_999);
  assertEquals(asked(), 1);
  await clock.advance(1);
  assertEquals(asked(), 2);
  watch[Symbol.dispose]();
  await clock.advance(20_000);
  assertEquals(asked(), 2);
  assertEquals(clock.pendingMs, []);
});

Deno.test("watchHealth() gives a question up at its time, and tells what a probe throws", async () => {
  const { clock, answers, watch } = bench((signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
  );
  await clock.advance(1_499);
  assertEquals(answers, []);
  await clock.advance(1);
  assertEquals(answers, [{ healthy: false, answered: false, message: "no answer within 500 ms" }]);
  watch[Symbol.dispose]();
  const refusing = bench(() => {
    throw new Error("nobody listens");
  });
  await refusing.clock.advance(1_000);
  assertEquals(refusing.answers, [{ healthy: false, answered: false, message: "nobody listens" }]);
  refusing.watch[Symbol.dispose]();
  const unwell = bench(() => Promise.reject(new UnwellError("too many callers")));
  await unwell.clock.advance(1_000);
  assertEquals(unwell.answers, [{ healthy: false, answered: true, message: "too many callers" }]);
  unwell.watch[Symbol.dispose]();
});

Deno.test("watchHealth() asks every 100 ms until the first good answer, then once a period", async () => {
  let fails = 2;
  const { clock, watch, asked } = bench(() => {
    if (fails-- > 0) throw new Error("not yet");
    return Promise.resolve("up");
  });
  await clock.advance(1_000);
  for (const count of [2, 3]) {
    await clock.advance(99);
    assertEquals(asked(), count - 1);
    await clock.advance(1);
    assertEquals(asked(), count);
  }
  fails = 1;
  await clock.advance(4_999);
  assertEquals(asked(), 3);
  await clock.advance(5_001);
  assertEquals(asked(), 5);
  watch[Symbol.dispose]();
});

Deno.test("watchHealth() never has two questions at once, though a probe does not heed its signal", async () => {
  const hung = Promise.withResolvers<string>();
  const { clock, answers, watch, asked } = bench(() => hung.promise);
  await clock.advance(60_000);
  assertEquals(asked(), 1);
  assertEquals(answers, [{ healthy: false, answered: false, message: "no answer within 500 ms" }]);
  hung.resolve("late");
  await clock.advance(0);
  await clock.advance(5_000);
  assertEquals(asked(), 2);
  assertEquals(answers[1], { healthy: true, answered: true, message: "late" });
  watch[Symbol.dispose]();
});

Deno.test("watchHealth() tells nobody anything once it is disposed of", async () => {
  const pending = Promise.withResolvers<string>();
  let heard: AbortSignal | undefined;
  const { clock, answers, watch } = bench((signal) => {
    heard = signal;
    return pending.promise;
  });
  await clock.advance(1_000);
  watch[Symbol.dispose]();
  assertEquals(heard?.aborted, true);
  pending.resolve("too late");
  await clock.advance(10_000);
  assertEquals(answers, []);
  assertEquals(clock.pendingMs, []);
});

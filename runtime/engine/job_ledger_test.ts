// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { INTS, item } from "../../tests/fakes/engine_house.ts";
import { FakeLog } from "../../tests/fakes/log.ts";
import { newCounters } from "./controller_counters.ts";
import { type JobEnd, JobLedger } from "./job_ledger.ts";
import type { Sighting } from "./sighting.ts";

const ABOUT = { ...INTS, id: "a" };

function bench() {
  const [clock, log, counters] = [new FakeClock(), new FakeLog(), newCounters()];
  return { clock, log, counters, ledger: new JobLedger(counters, { clock, log }) };
}

function ended(beganMs: number, change: Partial<JobEnd> = {}): JobEnd {
  return {
    beganMs,
    outcome: { result: "done" },
    requeueMs: undefined,
    about: ABOUT,
    ...change,
  } as JobEnd;
}

Deno.test("JobLedger counts jobs and the time they took, those that map aside", async () => {
  const { clock, counters, ledger } = bench();
  await clock.advance(1_000);
  const reconcile = ledger.begin("reconcile", undefined);
  const map = ledger.begin("map", undefined);
  assertEquals([reconcile, map], [1_000, 1_000]);
  await clock.advance(30);
  ledger.end("map", ended(map));
  await clock.advance(12);
  ledger.end("reconcile", ended(reconcile));
  assertEquals([counters.mappedIn, counters.processed], [1, 1]);
  assertEquals([counters.mapBusyMs, counters.reconcileBusyMs], [30, 42]);
  assertEquals([ledger.status.runs, ledger.status.wakeups, ledger.status.crashes], [2, 2, 0]);
  assertEquals(ledger.status.lastRun !== undefined, true);
});

Deno.test("JobLedger keeps what woke the last job that was woken by something", () => {
  const { ledger } = bench();
  const sighting = { metadata: item(INTS, "a", "").metadata } as Sighting;
  ledger.begin("reconcile", undefined);
  assertEquals(ledger.status.wokenBy, undefined);
  ledger.begin("map", sighting);
  ledger.begin("reconcile", undefined);
  assertEquals(ledger.status.wokenBy, sighting);
});

Deno.test("JobLedger tells failures apart from skips and from jobs that ask to be done again", () => {
  const { log, counters, ledger } = bench();
  ledger.end(
    "reconcile",
    ended(0, { outcome: { result: "skipped" }, requeueMs: 5 } as Partial<JobEnd>),
  );
  ledger.end("reconcile", ended(0, { requeueMs: 5 }));
  ledger.end("reconcile", ended(0));
  assertEquals([counters.skips, counters.requeues, counters.jobCrashes], [1, 1, 0]);
  assertEquals(log.lines, []);
  const error = new Error("no");
  const failed = { outcome: { result: "failed", error }, requeueMs: 510.4 } as Partial<JobEnd>;
  ledger.end("map", ended(0, failed));
  assertEquals([counters.skips, counters.requeues, counters.jobCrashes], [1, 1, 1]);
  assertEquals(log.lines.map(({ level, message, facts }) => ({ level, message, facts })), [
    { level: "error", message: "map failed", facts: { ...ABOUT, error, retryMs: 510 } },
  ]);
  assertEquals(ledger.status.lastError?.includes("no"), true);
});

Deno.test("JobLedger says nothing of what it was not told", () => {
  const { log, ledger } = bench();
  const error = new Error("no");
  ledger.failed("shutdown hook", { error });
  assertEquals(log.lines.map(({ message, facts }) => ({ message, facts })), [
    { message: "shutdown hook failed", facts: { error } },
  ]);
});

// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeLog } from "../tests/fakes/log.ts";
import { StepDeadlineError, Timeline } from "./timeline.ts";

/** A timeline whose clock stands at 10 ms and goes on by 5 ms at each look. */
function bench(): { readonly timeline: Timeline; readonly log: FakeLog } {
  const log = new FakeLog();
  let now = 5;
  return { timeline: new Timeline(() => now += 5, log), log };
}

Deno.test("Timeline.step() keeps order, times, detail and outcome, and says them", async () => {
  const { timeline, log } = bench();
  const result = await timeline.step("root", (note) => {
    note.detail = "on loop0";
    assertEquals(timeline.steps.read().get("root")?.outcome, "running");
    return 7;
  });
  await timeline.step("var", (note) => void (note.skipped = true));
  assertEquals(result, 7);
  assertEquals([...timeline.steps.read()], [
    ["root", { order: 1, startedMs: 10, durationMs: 5, outcome: "done", detail: "on loop0" }],
    ["var", { order: 2, startedMs: 20, durationMs: 5, outcome: "skipped", detail: "" }],
  ]);
  assertEquals(log.lines.map(({ level, message }) => [level, message]), [
    ["info", "root 5 ms on loop0"],
    ["info", "var 5 ms skipped"],
  ]);
});

Deno.test("Timeline.step() throws what the step threw, after telling it", async () => {
  const { timeline, log } = bench();
  for (const act of [() => fail(), () => Promise.resolve().then(fail)]) {
    await assertRejects(() => timeline.step("root", act), RangeError, "no disk");
  }
  assertEquals(timeline.failures, ["root: no disk"]);
  assertEquals(timeline.steps.read().get("root")?.outcome, "failed");
  assertEquals(log.lines[0]?.level, "error");
  assertEquals(log.lines[0]?.message, "root 5 ms failed no disk");
});

function fail(): never {
  throw new RangeError("no disk");
}

Deno.test("Timeline.attempt() answers undefined for a failure, which a later success clears", async () => {
  const { timeline } = bench();
  assertEquals(await timeline.attempt("var", fail), undefined);
  assertEquals(await timeline.attempt("net", fail), undefined);
  assertEquals(timeline.failures, ["var: no disk", "net: no disk"]);
  assertEquals(await timeline.attempt("var", () => 1), 1);
  assertEquals(timeline.failures, ["net: no disk"]);
});

Deno.test("Timeline.step() fails by a StepDeadlineError when it takes too long, and ignores its late end", async () => {
  const { timeline } = bench();
  const late = Promise.withResolvers<void>();
  const step = timeline.step("sync", () => late.promise, { deadlineMs: 1 });
  const error = await assertRejects(() => step, StepDeadlineError);
  assertEquals(error.message, 'Cannot wait longer for step "sync": 1 ms are over');
  late.reject(new Error("too late to matter"));
  await late.promise.catch(() => {});
  assertEquals(timeline.failures, [`sync: ${error.message}`]);
});

Deno.test("Timeline.step() leaves no timer behind when it ends in time", async () => {
  const { timeline } = bench();
  assertEquals(await timeline.step("sync", () => "done", { deadlineMs: 60_000 }), "done");
  await timeline.attempt("sync", fail, { deadlineMs: 60_000 });
});

Deno.test("Timeline.steps tells who follows of every beginning and end", async () => {
  const { timeline } = bench();
  const seen: (string | undefined)[] = [];
  const stop = new AbortController();
  timeline.steps.follow(
    () => seen.push(timeline.steps.read().get("root")?.outcome),
    stop.signal,
  );
  await timeline.step("root", () => {});
  stop.abort();
  await timeline.step("root", () => {});
  assertEquals(seen, ["running", "done"]);
});

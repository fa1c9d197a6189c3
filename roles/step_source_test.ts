// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { BootStepSpec_Outcome as Outcome } from "../proto/gen/strata/runtime/v1/runtime_pb.ts";
import { FakeLog } from "../tests/fakes/log.ts";
import { stepSource } from "./step_source.ts";
import { Timeline } from "./timeline.ts";

Deno.test("stepSource() gives each step an id one can type, rounded times and its outcome", async () => {
  let now = 0;
  const timeline = new Timeline(() => now += 1.26, new FakeLog());
  const source = stepSource(timeline);
  const stop = new AbortController();
  let heard = 0;
  source.follow(() => heard++, stop.signal);
  await timeline.step("pseudo file systems", (note) => {
    assertEquals(source.read().get("pseudo-file-systems")?.outcome, Outcome.UNSPECIFIED);
    note.detail = "five";
  });
  await timeline.step("record end", (note) => void (note.skipped = true));
  await timeline.attempt("var", () => {
    throw new Error("no disk");
  });
  stop.abort();
  const shown = [...source.read()].map((
    [id, { order, startedMs, durationMs, outcome, detail }],
  ) => [
    id,
    order,
    startedMs,
    durationMs,
    outcome,
    detail,
  ]);
  assertEquals(shown, [
    ["pseudo-file-systems", 1, 1, 1.3, Outcome.DONE, "five"],
    ["record-end", 2, 4, 1.3, Outcome.SKIPPED, ""],
    ["var", 3, 6, 1.3, Outcome.FAILED, "no disk"],
  ]);
  assertEquals(heard, 6);
});

Deno.test("stepSource() gives a step that did not change as the same object, by which it is not told again", async () => {
  const timeline = new Timeline(() => 0, new FakeLog());
  const source = stepSource(timeline);
  await timeline.step("root", () => {});
  const [root, again] = [source.read().get("root"), source.read().get("root")];
  assertEquals(root?.outcome, Outcome.DONE);
  assertStrictEquals(again, root);
  await timeline.step("root", () => {});
  assertNotStrictEquals(source.read().get("root"), root);
});

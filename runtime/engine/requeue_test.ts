// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { errorText } from "./error_text.ts";
import { isSkip, outcomeOf, RequeueError, SkipError } from "./requeue.ts";

Deno.test("outcomeOf() looks through what wraps an error, and not for ever", () => {
  const done = (intervalMs: number) => ({ result: "done" as const, intervalMs });
  const skipped = (intervalMs: number) => ({ result: "skipped" as const, intervalMs });
  const around = (cause: unknown) => new Error("around it", { cause });
  assertEquals(outcomeOf(new RequeueError(5)), done(5));
  assertEquals(outcomeOf(around(new RequeueError(5))), done(5));
  assertEquals(outcomeOf(new SkipError("x")), skipped(0));
  assertEquals(outcomeOf(around(around(new SkipError("x")))), skipped(0));
  assertEquals(outcomeOf(new RequeueError(5, { cause: around(new SkipError("x")) })), skipped(5));
  const failure = new RequeueError(5, { cause: new Error("no") });
  assertEquals(outcomeOf(failure), { result: "failed", intervalMs: 5, error: failure });
  assertEquals(failure.message, "requeue in 5 ms: no");
  assertEquals(outcomeOf("text"), { result: "failed", intervalMs: 0, error: "text" });
  const endless = new Error("endless");
  endless.cause = endless;
  assertEquals(outcomeOf(endless), { result: "failed", intervalMs: 0, error: endless });
  assertEquals([isSkip(around(new SkipError("x"))), isSkip(endless)], [true, false]);
});

Deno.test("RequeueError refuses an interval that is none", () => {
  for (const intervalMs of [-1, NaN]) {
    assertThrows(() => new RequeueError(intervalMs), RangeError, "may be 0 or more");
  }
});

Deno.test("errorText() has words for whatever is thrown", () => {
  const hostile = Object.create(Error.prototype, {
    message: {
      get() {
        throw new Error("no");
      },
    },
  });
  const thrown = [new Error("a"), "b", 3, undefined, Object.create(null), hostile];
  assertEquals(thrown.map(errorText), [
    "a",
    "b",
    "3",
    "undefined",
    "something that has no text",
    "something that has no text",
  ]);
});

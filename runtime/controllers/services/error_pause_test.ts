// @ts-types="../../../types/std_assert.d.ts"
import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeRandom } from "../../../tests/fakes/random.ts";
import { ErrorPause } from "./error_pause.ts";

const ERROR = new Error("EIO");

/** Pauses of errors that come as soon as the pause before is over. */
function pauses(pause: ErrorPause): readonly number[] {
  const found: number[] = [];
  let nowMs = 1_000;
  while (found.length < 14) {
    assertEquals(pause.leftMs(nowMs), 0);
    const { waitMs } = pause.after(ERROR, nowMs);
    found.push(waitMs);
    nowMs += waitMs;
  }
  return found;
}

Deno.test("ErrorPause is longer after each error that comes when the pause before is over", () => {
  pauses(new ErrorPause(new FakeRandom())).forEach((pauseMs, index) => {
    const middleMs = Math.min(500 * 1.5 ** index, 60_000);
    assert(pauseMs > middleMs / 2 - 1 && pauseMs < Math.min(middleMs * 1.5, 60_000) + 1);
  });
});

Deno.test("ErrorPause waits the rest of the same pause for errors within it", () => {
  const pause = new ErrorPause(new FakeRandom());
  const { waitMs, message } = pause.after(ERROR, 1_000);
  assertMatch(message, /^EIO; tried again in 0\.\d s$/);
  for (let errors = 0; errors < 50; errors++) {
    assertEquals(Math.round(pause.after(ERROR, 1_100).waitMs), Math.round(waitMs - 100));
  }
});

Deno.test("ErrorPause.reset() ends a pause, and the next is the first again", () => {
  const pause = new ErrorPause(new FakeRandom());
  pauses(pause);
  pause.reset();
  assertEquals(pause.leftMs(1_000), 0);
  const { waitMs } = pause.after(ERROR, 1_000);
  assert(waitMs >= 250 && waitMs <= 750);
});

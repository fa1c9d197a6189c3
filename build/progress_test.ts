// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { humanBytes, type Progress, progressLines } from "./progress.ts";

function recorded(options: { terminal: boolean; colour: boolean }): [Progress, () => string] {
  let text = "";
  let nowMs = 0;
  const progress = progressLines({
    ...options,
    write: (more) => text += more,
    monotonicMs: () => nowMs += 1230,
  });
  return [progress, () => text];
}

Deno.test("progressLines() writes one plain line a step where there is no terminal", async () => {
  const [progress, text] = recorded({ terminal: false, colour: false });
  assertEquals(await progress.step("bundle", (note) => Promise.resolve(note("26 kB"))), undefined);
  assertEquals(text(), `✓ bundle${" ".repeat(14)}1.23 s  26 kB\n`);
});

Deno.test("progressLines() marks a step that failed and passes its error on", async () => {
  const [progress, text] = recorded({ terminal: false, colour: false });
  const fail = (): Promise<never> => Promise.reject(new RangeError("no"));
  await assertRejects(() => progress.step("compile", fail), RangeError, "no");
  assertEquals(text(), `✗ compile${" ".repeat(13)}1.23 s\n`);
});

Deno.test("progressLines() replaces the line of a running step on a terminal", async () => {
  const [progress, text] = recorded({ terminal: true, colour: true });
  await progress.step("bundle", () => Promise.resolve());
  const [begun, ended] = text().split("\r");
  assertEquals(begun, "  \x1b[2mbundle           …\x1b[0m");
  assertEquals(ended, `\x1b[K\x1b[32m✓\x1b[0m bundle${" ".repeat(14)}1.23 s\n`);
});

Deno.test("humanBytes() counts in decimal units", () => {
  assertEquals([999, 1_000, 97_760_192].map(humanBytes), ["999 B", "1 kB", "97.8 MB"]);
});

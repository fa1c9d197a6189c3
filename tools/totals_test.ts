// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { TierResult } from "./results.ts";
import { totalLines, withRequired } from "./totals.ts";

const UNIT: TierResult = {
  tier: "unit",
  cases: [
    { file: "fs/a_test.ts", name: "a() holds", outcome: "passed" },
    { file: "fs/a_test.ts", name: "a() ends", outcome: "failed" },
    { file: "fs/a_test.ts", name: "a() waits", outcome: "skipped" },
  ],
};
const VM: TierResult = { tier: "vm", cases: [], skipped: "needs QEMU" };

Deno.test("totalLines() names what failed and ends with the sum alone on its line", () => {
  assertEquals(totalLines([UNIT, VM]), [
    "skipped unit: fs/a_test.ts: a() waits",
    "failed unit: fs/a_test.ts: a() ends",
    "tier unit: 1 passed, 1 failed, 1 skipped",
    "tier vm: skipped, needs QEMU",
    "1 passed, 1 failed",
  ]);
});

Deno.test("withRequired() makes a skipped tier and a skipped test of a required tier fail", () => {
  assertEquals(totalLines(withRequired([UNIT, VM], ["unit", "vm"])), [
    "failed unit: fs/a_test.ts: a() ends",
    "failed unit: fs/a_test.ts: a() waits",
    "failed vm: tier vm is required and did not run: needs QEMU",
    "tier unit: 1 passed, 2 failed, 0 skipped",
    "tier vm: 0 passed, 1 failed, 0 skipped",
    "1 passed, 3 failed",
  ]);
});

Deno.test("withRequired() makes a required tier without tests fail", () => {
  assertEquals(totalLines(withRequired([{ tier: "linux", cases: [] }], ["linux"])), [
    "failed linux: tier linux is required and did not run: it has no tests",
    "tier linux: 0 passed, 1 failed, 0 skipped",
    "0 passed, 1 failed",
  ]);
});

Deno.test("withRequired() leaves a tier that nobody requires as it is", () => {
  assertEquals(withRequired([UNIT, VM], ["linux"]), [UNIT, VM]);
});

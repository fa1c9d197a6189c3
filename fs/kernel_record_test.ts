// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { parseKernelRecord } from "./kernel_record.ts";

Deno.test("parseKernelRecord() reads facility, priority, time and the first line", () => {
  assertEquals(
    parseKernelRecord("6,339,5140900,-;NET: Registered; family 10\n SUBSYSTEM=net\n DEVICE=+x\n"),
    {
      facility: "kern",
      priority: "info",
      micros: 5_140_900n,
      text: "NET: Registered; family 10",
    },
  );
  const { facility, priority, text } = parseKernelRecord("30,1,2,-,caller=T1;a \\x1b b");
  assertEquals([facility, priority, text], ["daemon", "info", "a \\x1b b"]);
});

for (
  const [code, facility, priority] of [
    [0, "kern", "emerg"],
    [3, "kern", "err"],
    [8 + 4, "user", "warning"],
    [8 * 10 + 7, "authpriv", "debug"],
    [8 * 12 + 1, "12", "alert"],
    [8 * 23 + 5, "local7", "notice"],
    [8 * 99 + 2, "99", "crit"],
  ] as const
) {
  Deno.test(`parseKernelRecord() knows ${code} as ${facility}.${priority}`, () => {
    const record = parseKernelRecord(`${code},0,0,c;x\n`);
    assertEquals([record.facility, record.priority], [facility, priority]);
  });
}

Deno.test("parseKernelRecord() refuses what is no record", () => {
  for (const text of ["", "x", "6,1,2,-", ";x", "6,1,-;x"]) {
    assertThrows(() => parseKernelRecord(text), SyntaxError);
  }
});

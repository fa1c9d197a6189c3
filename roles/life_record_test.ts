// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { SyscallError } from "../fs/kernel/syscall_error.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { beginLife, endLife, type PreviousEnd } from "./life_record.ts";

const RECORD = "/var/system/life.json";

function machine(record?: string): FakeKernel {
  const kernel = new FakeKernel();
  kernel.mkdir("/var/system", 0o700);
  if (record !== undefined) kernel.addFile(RECORD, record);
  return kernel;
}

for (
  const [what, record, fired, end] of [
    ["nothing", undefined, false, "unknown"],
    ["nothing, and a watchdog that fired", undefined, true, "unknown"],
    ["an ordered restart", '{"end":"restart"}', false, "restart"],
    ["an ordered restart, and a watchdog that fired", '{"end":"restart"}', true, "restart"],
    ["an ordered power-off", '{"end":"power-off"}', false, "power-off"],
    ["a life that runs", '{"end":"none"}', false, "unordered"],
    ["a life that runs, and a watchdog that fired", '{"end":"none"}', true, "watchdog"],
    ["a torn record", '{"bootId":"a","en', false, "unordered"],
    ["an empty record", "", true, "watchdog"],
    ["null", "null", false, "unordered"],
    ["another shape", '["restart"]', false, "unordered"],
    ["too much", `{"end":"restart"}${" ".repeat(4_096)}`, false, "unordered"],
  ] as const satisfies readonly (readonly [string, string | undefined, boolean, PreviousEnd])[]
) {
  Deno.test(`beginLife() after ${what} says ${end} and notes that this life runs`, () => {
    const kernel = machine(record);
    assertEquals(beginLife(kernel, "boot-2", fired), end);
    assertEquals(JSON.parse(kernel.readText(RECORD)), { bootId: "boot-2", end: "none" });
    assertEquals(kernel.lstat(RECORD)?.mode, 0o600);
    assertEquals(beginLife(kernel, "boot-3", false), "unordered");
  });
}

for (const ending of ["restart", "power-off"] as const) {
  Deno.test(`endLife() has the next life read ${ending}`, () => {
    const kernel = machine();
    beginLife(kernel, "boot-1", false);
    endLife(kernel, "boot-1", ending);
    assertEquals(beginLife(kernel, "boot-2", false), ending);
  });
}

Deno.test("beginLife() throws where /var cannot be written", () => {
  const kernel = machine();
  kernel.refuse(RECORD, "EROFS");
  assertThrows(() => beginLife(kernel, "boot-1", false), SyscallError, "EROFS");
});

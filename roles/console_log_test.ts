// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import type { LogLevel } from "../runtime/core/ports.ts";
import { consoleLog, descriptorSink } from "./console_log.ts";

function bench(least: LogLevel = "debug") {
  const lines: string[] = [];
  const log = consoleLog({ line: (text) => lines.push(text) }, { uptimeMs: () => 3_412.4, least });
  return { log, lines };
}

Deno.test("consoleLog() shows time, level, name, message and facts", () => {
  const { log, lines } = bench();
  log.write("info", "agent starts");
  log.named("engine").named("fs.MountController").write("warn", "waits", {
    word: "plain",
    text: "two words",
    pair: "a=b",
    empty: "",
    count: 7,
    big: 2n ** 64n,
    list: ["a", 1n],
    nothing: undefined,
    none: null,
  });
  assertEquals(lines, [
    "strata: 3.412 agent starts",
    'strata: 3.412 [warn] engine.fs.MountController: waits word=plain text="two words" ' +
    'pair="a=b" empty="" count=7 big=18446744073709551616 list="[\\"a\\",\\"1\\"]" ' +
    "nothing=undefined none=null",
  ]);
});

Deno.test("consoleLog() leaves out what is below its least level", () => {
  const { log, lines } = bench("warn");
  for (const level of ["debug", "info", "warn", "error"] as const) log.write(level, level);
  assertEquals(lines, ["strata: 3.412 [warn] warn", "strata: 3.412 [error] error"]);
});

Deno.test("consoleLog() lets nothing move the cursor, in message, key, value and name", () => {
  const { log, lines } = bench();
  const evil = "a\nb\r\x1b[2J\u202e";
  log.named(evil).write("info", evil, { [evil]: evil, error: new Error(evil) });
  assertEquals(lines.length, 1);
  // deno-lint-ignore no-control-regex -- control characters are what must not be there
  assertEquals(/[\u0000-\u001f\u007f-\u009f\u202e]/.test(lines[0] ?? ""), false);
  assertMatch(lines[0] ?? "", /a\\nb\\r\\x1b\[2J\\u202e/);
});

Deno.test("consoleLog() shows an error with where it was thrown", () => {
  const { log, lines } = bench();
  log.write("error", "failed", { error: new RangeError("too much") });
  assertMatch(lines[0] ?? "", /failed error="RangeError: too much\\n.*console_log_test\.ts/);
});

Deno.test("consoleLog() cuts a line that is too long", () => {
  const { log, lines } = bench();
  log.write("info", "x".repeat(10_000));
  assertEquals(lines[0]?.length, "strata: ".length + 2_000);
});

Deno.test("consoleLog() survives facts that cannot be written", () => {
  const { log, lines } = bench();
  const self: { self?: unknown } = {};
  self.self = self;
  log.write("info", "odd", { self, act: () => {}, sign: Symbol("s") });
  assertEquals(lines, ['strata: 3.412 odd self="[not to be shown]" act=undefined sign=undefined']);
});

Deno.test("descriptorSink() writes whole lines however little is taken at once", () => {
  const taken: number[] = [];
  const sink = descriptorSink({
    writeSync(bytes) {
      taken.push(...bytes.subarray(0, 3));
      return Math.min(3, bytes.length);
    },
  });
  sink.line("grüße");
  sink.line("x");
  assertEquals(new TextDecoder().decode(Uint8Array.from(taken)), "grüße\nx\n");
});

for (
  const [what, writeSync] of [
    ["refuses", () => {
      throw new Error("EIO");
    }],
    ["takes nothing", () => 0],
  ] as const
) {
  Deno.test(`descriptorSink() drops the line where the descriptor ${what}`, () => {
    let calls = 0;
    const sink = descriptorSink({
      writeSync() {
        calls++;
        return writeSync();
      },
    });
    sink.line("lost");
    assertEquals(calls, 1);
  });
}

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import {
  parseProcessStat,
  PROCESSES_MAX,
  readProcesses,
  TooManyProcessesError,
} from "./process_table.ts";

const { signal } = new AbortController();

function stat(pid: number, command: string): string {
  const rest = "S 1 1 1 0 -1 4194560 10 20 30 40 150 25 0 0 20 0 3 0 99 4096000 12 184467 1 1";
  return `${pid} (${command}) ${rest}\n`;
}

Deno.test("parseProcessStat() reads a name with blanks and parentheses", () => {
  assertEquals(parseProcessStat(stat(7, "a) (b c")), {
    command: "a) (b c",
    state: "S",
    ppid: 1,
    cpuTime: 1.75,
    threads: 3,
    virtualMemory: 4_096_000n,
    residentMemory: 12n * 4096n,
  });
});

Deno.test("parseProcessStat() is undefined for what is none", () => {
  for (const text of ["", "1 a S 1", "1 (a) S 1 1", "1 )a( S"]) {
    assertEquals(parseProcessStat(text), undefined, text);
  }
});

Deno.test("readProcesses() gives what each process says, in the order of numbers", async () => {
  const kernel = new FakeKernel();
  for (const pid of [30, 4, 100]) kernel.addFile(`/proc/${pid}/stat`, stat(pid, `p${pid}`));
  kernel.addFile("/proc/4/cmdline", "/bin/four\0--flag\0two words\0");
  kernel.addLink("/proc/4/exe", "/bin/four");
  kernel.addFile("/proc/30/cmdline", "x".repeat(5000));
  const found = await readProcesses(kernel, signal);
  assertEquals(found.map(({ pid, command, executable }) => [pid, command, executable]), [
    [4, "p4", "/bin/four"],
    [30, "p30", ""],
    [100, "p100", ""],
  ]);
  assertEquals(found.map(({ args }) => args), [
    "/bin/four --flag two words",
    "x".repeat(1024),
    "",
  ]);
  assertEquals(found.map(({ label }) => label), ["", "", ""]);
});

Deno.test("readProcesses() tells labels where the kernel has them", async () => {
  const kernel = new FakeKernel();
  kernel.addFile("/proc/self/attr/current", "me\n");
  for (const [pid, label] of [[1, "one_t\0"], [2, "two_t\n"]] as const) {
    kernel.addFile(`/proc/${pid}/stat`, stat(pid, "p"));
    kernel.addFile(`/proc/${pid}/attr/current`, label);
  }
  assertEquals((await readProcesses(kernel, signal)).map(({ label }) => label), ["one_t", "two_t"]);
});

Deno.test("readProcesses() leaves out what ended meanwhile", async () => {
  const kernel = new FakeKernel();
  for (const pid of [1, 2]) kernel.addFile(`/proc/${pid}/stat`, stat(pid, "p"));
  kernel.refuse("/proc/1/stat", "ESRCH");
  assertEquals((await readProcesses(kernel, signal)).map(({ pid }) => pid), [2]);
});

Deno.test("readProcesses() gives the event loop turns, and ends with its signal", async () => {
  const kernel = new FakeKernel();
  for (let pid = 1; pid <= 200; pid++) kernel.addFile(`/proc/${pid}/stat`, stat(pid, "p"));
  const stop = new AbortController();
  // Runs only when the reading pauses.
  setTimeout(() => stop.abort(new Error("enough")), 0);
  await assertRejects(() => readProcesses(kernel, stop.signal), Error, "enough");
});

Deno.test("readProcesses() refuses more processes than it looks at", async () => {
  const kernel = new FakeKernel();
  kernel.names = () => Array.from({ length: PROCESSES_MAX + 1 }, (_, at) => String(at + 1));
  await assertRejects(() => readProcesses(kernel, signal), TooManyProcessesError, "32769");
});

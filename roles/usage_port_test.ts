// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MachineError } from "../api/machine_port.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { usagePort } from "./usage_port.ts";

const { signal } = new AbortController();

Deno.test("usagePort() reads the kernel's tables", async () => {
  const kernel = new FakeKernel();
  const files: Readonly<Record<string, string>> = {
    "/proc/sys/kernel/hostname": "box\n",
    "/proc/meminfo": "MemTotal: 12 kB\n",
    "/proc/loadavg": "1.00 2.00 3.00 1/2 3\n",
    "/proc/stat": "btime 5\n",
    "/proc/cpuinfo": "processor : 0\n\n",
    "/proc/diskstats": " 8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n",
    "/proc/net/dev": " lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
    "/proc/1/stat": "1 (init) S 0 1 1 0 -1 0 0 0 0 0 100 0 0 0 20 0 1 0 1 4096 1 1\n",
  };
  for (const [path, content] of Object.entries(files)) kernel.addFile(path, content);
  const usage = usagePort(kernel);
  assertEquals(usage.hostname(), "box");
  assertEquals(usage.memory().get("memtotal"), 12n);
  assertEquals(usage.load().load5, 2);
  assertEquals(usage.system().bootTime, 5n);
  assertEquals(usage.processors().length, 1);
  assertEquals(usage.disks()[0]?.name, "sda");
  assertEquals(usage.networkDevices()[0]?.counters.at(-1), 16n);
  assertEquals((await usage.processes(signal)).map(({ command, cpuTime }) => [command, cpuTime]), [
    ["init", 1],
  ]);
});

Deno.test("usagePort() says which table the kernel refused", async () => {
  const kernel = new FakeKernel();
  const usage = usagePort(kernel);
  const missing = assertThrows(() => usage.memory(), MachineError);
  assertEquals([missing.refusal, missing.message], [
    "not-found",
    'Cannot read "/proc/meminfo": the kernel says ENOENT (2)',
  ]);
  kernel.refuse("/proc/loadavg", "EACCES");
  assertEquals(assertThrows(() => usage.load(), MachineError).refusal, "denied");
  kernel.refuse("/proc", "EACCES");
  const denied = await assertRejects(() => usage.processes(signal), MachineError);
  assertEquals(denied.refusal, "denied");
});

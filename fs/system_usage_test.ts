// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import {
  parseCpuinfo,
  parseDiskstats,
  parseLoadavg,
  parseMeminfo,
  parseNetworkDevices,
  parseSystemStat,
} from "./system_usage.ts";

Deno.test("parseMeminfo() names lines without punctuation", () => {
  const text = "MemTotal:        4028588 kB\nActive(anon):    12 kB\nHugePages_Total:       3\n" +
    "Committed_AS:   99 kB\nDirectMap4k:  7 kB\nnonsense\n";
  assertEquals([...parseMeminfo(text)], [
    ["memtotal", 4_028_588n],
    ["activeanon", 12n],
    ["hugepagestotal", 3n],
    ["committedas", 99n],
    ["directmap4k", 7n],
  ]);
});

Deno.test("parseLoadavg() gives the three averages", () => {
  assertEquals(parseLoadavg("0.52 1.25 2.00 3/345 12345\n"), {
    load1: 0.52,
    load5: 1.25,
    load15: 2,
  });
});

Deno.test("parseSystemStat() gives seconds of processors and counts", () => {
  const stat = parseSystemStat(
    "cpu  200 1 300 4000 5 6 7 8 9 10\ncpu0 100 0 150 2000 0 0 0 0 0 0\n" +
      "cpu1 100 1 150 2000 5 6 7 8 9 10\nintr 60 10 0 50\nctxt 18446744073709551615\n" +
      "btime 1767323045\nprocesses 77\nprocs_running 2\nprocs_blocked 1\n" +
      "softirq 55 1 2 3 4 5 6 7 8 9 10\n",
  );
  assertEquals(stat.cpuTotal, {
    user: 2,
    nice: 0.01,
    system: 3,
    idle: 40,
    iowait: 0.05,
    irq: 0.06,
    softIrq: 0.07,
    steal: 0.08,
    guest: 0.09,
    guestNice: 0.1,
  });
  assertEquals(stat.cpu.map(({ user, nice }) => [user, nice]), [[1, 0], [1, 0.01]]);
  assertEquals([stat.irqTotal, stat.irq], [60n, [10n, 0n, 50n]]);
  assertEquals(stat.contextSwitches, 2n ** 64n - 1n);
  assertEquals(stat.bootTime, 1_767_323_045n);
  assertEquals([stat.processCreated, stat.processRunning, stat.processBlocked], [77n, 2n, 1n]);
  assertEquals(stat.softIrqTotal, 55n);
  assertEquals(stat.softIrq, [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n]);
});

Deno.test("parseCpuinfo() gives a processor a block", () => {
  const text =
    "processor\t: 0\nmodel name\t: A: B\nflags\t\t: fpu vme\n\nprocessor\t: 1\nfpu :\n\n";
  assertEquals(parseCpuinfo(text).map((words) => Object.fromEntries(words)), [
    { processor: "0", "model name": "A: B", flags: "fpu vme" },
    { processor: "1", fpu: "" },
  ]);
});

Deno.test("parseDiskstats() leaves out devices that an old kernel tells too little of", () => {
  const text = "   7       0 loop0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n 8 0 sda 1 2 3\n";
  const [loop, ...more] = parseDiskstats(text);
  assertEquals(more, []);
  assertEquals([loop?.name, loop?.counters.slice(0, 3)], ["loop0", [1n, 2n, 3n]]);
});

Deno.test("parseNetworkDevices() reads devices below the heading", () => {
  const text = "Inter-|   Receive                    |  Transmit\n" +
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n" +
    "    lo:  10 1 0 0 0 0 0 0 20 2 0 0 0 0 0 0\n  eth0:18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
  assertEquals(
    parseNetworkDevices(text).map(({ name, counters }) => [name, counters[0], counters[8]]),
    [
      ["lo", 10n, 20n],
      ["eth0", 18_446_744_073_709_551_615n, 9n],
    ],
  );
});

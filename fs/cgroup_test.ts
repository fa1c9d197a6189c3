// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import {
  CGROUP,
  type CgroupLimits,
  cgroupUsage,
  limitCgroup,
  makeCgroup,
  prepareCgroups,
  removeCgroup,
} from "./cgroup.ts";
import { SyscallError } from "./kernel/syscall_error.ts";

function mounted(): FakeKernel {
  const kernel = new FakeKernel();
  kernel.mkdir(CGROUP.root, 0o755);
  const { root: target } = CGROUP;
  kernel.mount({ source: "cgroup2", target, fstype: "cgroup2", flags: 0n, data: "" });
  return kernel;
}

function prepared(): FakeKernel {
  const kernel = mounted();
  prepareCgroups(kernel);
  return kernel;
}

/** The bounds of a group, by file. */
function bounds(kernel: FakeKernel, path: string): Readonly<Record<string, string>> {
  const names = ["memory.max", "memory.swap.max", "memory.min", "memory.oom.group"];
  return Object.fromEntries(
    [...names, "pids.max", "cpu.weight", "cpu.max"]
      .map((name) => [name, kernel.readText(`${path}/${name}`).trim()]),
  );
}

const UNBOUNDED = {
  "memory.max": "max",
  "memory.swap.max": "max",
  "memory.min": "0",
  "memory.oom.group": "0",
  "pids.max": "max",
  "cpu.weight": "100",
  "cpu.max": "max 100000",
};

Deno.test("prepareCgroups() gives the agent a group with memory that is never taken, and none swapped", () => {
  const kernel = prepared();
  assertEquals(kernel.readText(`${CGROUP.own}/cgroup.procs`), "1\n");
  assertEquals(kernel.readText(`${CGROUP.root}/cgroup.procs`), "");
  const expected = { ...UNBOUNDED, "memory.min": `${96 << 20}`, "memory.swap.max": "0" };
  assertEquals(bounds(kernel, CGROUP.own), expected);
  // Slowed there, and never killed.
  assertEquals(kernel.readText(`${CGROUP.own}/memory.high`), `${512 << 20}`);
});

Deno.test("prepareCgroups() enables what bounds services, and may be done again", () => {
  const kernel = prepared();
  prepareCgroups(kernel);
  makeCgroup(kernel, `${CGROUP.services}/one`, {});
  assertEquals(bounds(kernel, `${CGROUP.services}/one`), UNBOUNDED);
});

Deno.test("prepareCgroups() enables no controller that the kernel lacks", () => {
  const kernel = mounted();
  kernel.writeFile(`${CGROUP.root}/cgroup.controllers`, "", { mode: 0o644 });
  kernel.writeFile(`${CGROUP.root}/cgroup.controllers`, "cpuset pids\n", { mode: 0o644 });
  prepareCgroups(kernel);
  assertEquals(kernel.readText(`${CGROUP.root}/cgroup.subtree_control`), "+pids");
  assertEquals(kernel.lstat(`${CGROUP.own}/memory.min`), undefined);
});

Deno.test("limitCgroup() sets every bound, and takes away those that are absent", () => {
  const kernel = prepared();
  const path = `${CGROUP.services}/one`;
  const limits: CgroupLimits = {
    memoryMaxBytes: 64n << 20n,
    memoryMinBytes: 8n << 20n,
    processesMax: 20,
    cpuWeight: 50,
    cpuMaxThousandths: 1500,
  };
  makeCgroup(kernel, path, limits);
  assertEquals(bounds(kernel, path), {
    "memory.max": "67108864",
    "memory.swap.max": "0",
    "memory.min": "8388608",
    "memory.oom.group": "0",
    "pids.max": "20",
    "cpu.weight": "50",
    "cpu.max": "150000 100000",
  });
  limitCgroup(kernel, path, {});
  assertEquals(bounds(kernel, path), UNBOUNDED);
});

Deno.test("limitCgroup() takes a longer period where the usual one has too little for the kernel", () => {
  const kernel = prepared();
  const path = `${CGROUP.services}/one`;
  const cases = [[1, "1000 1000000"], [9, "9000 1000000"], [10, "1000 100000"]] as const;
  for (const [cpuMaxThousandths, text] of cases) {
    makeCgroup(kernel, path, { cpuMaxThousandths });
    assertEquals(bounds(kernel, path)["cpu.max"], text);
  }
});

Deno.test("limitCgroup() and removeCgroup() keep for the group above the sum of what is never taken", () => {
  const kernel = prepared();
  const above = (): string => bounds(kernel, CGROUP.services)["memory.min"] ?? "";
  makeCgroup(kernel, `${CGROUP.services}/one`, { memoryMinBytes: 5n });
  makeCgroup(kernel, `${CGROUP.services}/two`, { memoryMinBytes: 7n });
  makeCgroup(kernel, `${CGROUP.services}/three`, {});
  assertEquals(above(), "12");
  limitCgroup(kernel, `${CGROUP.services}/one`, { memoryMinBytes: 1n });
  assertEquals(above(), "8");
  removeCgroup(kernel, `${CGROUP.services}/two`);
  assertEquals(above(), "1");
});

Deno.test("cgroupUsage() reads what a group takes, and has 0 for what nobody counts", () => {
  const kernel = prepared();
  const path = `${CGROUP.services}/one`;
  makeCgroup(kernel, path, {});
  const write = (name: string, text: string): void =>
    kernel.writeFile(`${path}/${name}`, text, { mode: 0o644, direct: true });
  write("memory.current", "12345678901\n");
  write("cpu.stat", "usage_usec 12\nuser_usec 7\nsystem_usec 5\n");
  write("memory.events", "low 0\noom 9\noom_kill 3\noom_group_kill 0\n");
  assertEquals(cgroupUsage(kernel, path), {
    memoryBytes: 12_345_678_901n,
    cpuUs: 12n,
    processes: 0,
    oomKills: 3n,
  });
  // Nothing is enabled where nothing was prepared.
  const bare = mounted();
  makeCgroup(bare, `${CGROUP.root}/one`, {});
  assertEquals(cgroupUsage(bare, `${CGROUP.root}/one`), {
    memoryBytes: 0n,
    cpuUs: 0n,
    processes: 0,
    oomKills: 0n,
  });
});

Deno.test("cgroupUsage() refuses a group that is not there", () => {
  const error = assertThrows(
    () => cgroupUsage(prepared(), `${CGROUP.services}/none`),
    SyscallError,
  );
  assertEquals(error.message, 'Cannot open "/sys/fs/cgroup/system/none/cpu.stat": ENOENT (2)');
});

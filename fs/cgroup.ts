/**
 * Control groups, version 2: what a service and all that it starts may take together, what they took, and their end.
 *
 * A group that has groups below it holds no processes itself (but for the root), so the agent moves to one of its own
 * and services live below another.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
import { dirname } from "@std/path/posix";
import type { FileCalls } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";

/** Where groups are. */
export interface CgroupPlaces {
  readonly root: string;
  /** The agent's. */
  readonly own: string;
  /** Those of services are below it. */
  readonly services: string;
}

/** Where they are in a machine. */
export const CGROUP: CgroupPlaces = {
  root: "/sys/fs/cgroup",
  own: "/sys/fs/cgroup/init",
  services: "/sys/fs/cgroup/system",
};

/** What is bounded and counted; a kernel without one of them goes without. */
const CONTROLLERS = ["memory", "pids", "cpu", "io"] as const;

/** Bytes of memory that are never taken from the agent: what it uses at rest, and half of that again. */
const OWN_MEMORY_MIN = 96n << 20n;

/**
 * Bytes of memory beyond which the kernel takes pages back from the agent and slows it: several times what it uses at work.
 * No `memory.max`, which would kill, and the first process cannot be killed.
 */
const OWN_MEMORY_HIGH = 512n << 20n;

/** Microseconds of a period of `cpu.max`: the kernel's own default, and the most it takes. */
const CPU_PERIOD_US = 100_000;
const CPU_PERIOD_US_MAX = 1_000_000;

/** Microseconds of processors a period: the kernel takes no fewer. */
const CPU_QUOTA_US_MIN = 1_000;

/** What the kernel makes of a number without bound: the most it keeps. */
const MAX = (1n << 63n) - 4096n;

/** Bytes of the largest file of a group that is read. */
const FILE_BYTES_MAX = 64 * 1024;

/** Bounds of a group. What is absent is not bounded. */
export interface CgroupLimits {
  /** Beyond them, something in the group is killed. Swap is none. */
  readonly memoryMaxBytes?: bigint;
  /** Never taken from it. */
  readonly memoryMinBytes?: bigint;
  /** Processes and threads. */
  readonly processesMax?: number;
  /** When processors are short: 1 … 10 000, of others' 100. */
  readonly cpuWeight?: number;
  /** Thousandths of one processor: 1 at least. */
  readonly cpuMaxThousandths?: number;
}

/** What a group takes. */
export interface CgroupUsage {
  readonly memoryBytes: bigint;
  /** Microseconds of processors since the group was made. */
  readonly cpuUs: bigint;
  /** Processes and threads. */
  readonly processes: number;
  /** How often the kernel killed something in it for want of memory, since it was made. */
  readonly oomKills: bigint;
}

/**
 * Moves this process into {@linkcode CGROUP}.own and makes {@linkcode CGROUP}.services. Doing it again is fine.
 *
 * @throws {SyscallError} A file of the groups refuses.
 */
export function prepareCgroups(kernel: FileCalls, at: CgroupPlaces = CGROUP): void {
  kernel.mkdir(at.own, 0o755);
  write(kernel, `${at.own}/cgroup.procs`, "0");
  enableControllers(kernel, at.root);
  limitCgroup(kernel, at.own, { memoryMinBytes: OWN_MEMORY_MIN });
  writeIfThere(kernel, `${at.own}/memory.swap.max`, "0");
  writeIfThere(kernel, `${at.own}/memory.high`, `${OWN_MEMORY_HIGH}`);
  kernel.mkdir(at.services, 0o755);
  enableControllers(kernel, at.services);
}

/**
 * Makes a group, or gives one that is there other bounds.
 *
 * @param path A directory in one whose controllers are enabled, such as {@linkcode CGROUP}.services.
 * @throws {SyscallError} `EBUSY`, `EINVAL`, …
 */
export function makeCgroup(kernel: FileCalls, path: string, limits: CgroupLimits): void {
  kernel.mkdir(path, 0o755);
  limitCgroup(kernel, path, limits);
}

/** Sets all bounds of a group: one that is absent is taken away. @throws {SyscallError} `EINVAL`, `ERANGE`, … */
export function limitCgroup(kernel: FileCalls, path: string, limits: CgroupLimits): void {
  const files: Readonly<Record<string, string>> = {
    "memory.max": `${limits.memoryMaxBytes ?? "max"}`,
    "memory.swap.max": limits.memoryMaxBytes === undefined ? "max" : "0",
    "memory.min": `${limits.memoryMinBytes ?? 0n}`,
    // The largest process is killed and not all of them: the supervisor sees it and says so.
    "memory.oom.group": "0",
    "pids.max": `${limits.processesMax ?? "max"}`,
    "cpu.weight": `${limits.cpuWeight ?? 100}`,
    "cpu.max": cpuMax(limits.cpuMaxThousandths),
  };
  for (const [name, value] of Object.entries(files)) writeIfThere(kernel, `${path}/${name}`, value);
  protectAbove(kernel, path);
}

/**
 * Kills every process in a group and below it, also those that are being made or are frozen, and waits until all have
 * ended. A group that is not there is fine.
 *
 * What was started a moment ago enters its group by itself, maybe after this: who ends it signals it too, waits for its
 * own end, and kills again what it left.
 *
 * @throws {SyscallError} A file refuses; the signal's reason.
 */
export async function killCgroup(
  kernel: FileCalls,
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  if (kernel.lstat(path) === undefined) return;
  write(kernel, `${path}/cgroup.kill`, "1");
  await cgroupEmpty(kernel, path, options);
}

/** Waits until no process is in a group or below it. A group that goes meanwhile is empty. */
export async function cgroupEmpty(
  kernel: FileCalls,
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { signal } = options;
  const events = `${path}/cgroup.events`;
  for (;;) {
    signal?.throwIfAborted();
    const look = new AbortController();
    const onAbort = (): void => look.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    let ended = Promise.resolve();
    try {
      const changed = kernel.fileChanged(events, { signal: look.signal });
      ended = changed.catch(() => {});
      // Looked at after the watch began, so that no change is missed.
      if (field(kernel, events, "populated") !== 1n) return;
      await changed;
    } catch (error) {
      if (error instanceof SyscallError && error.is("ENOENT", "ENODEV")) return;
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      look.abort();
      // Its thread is done with it.
      await ended;
    }
  }
}

/**
 * Removes a group and the empty ones below it. One that is not there is fine.
 *
 * @throws {SyscallError} `EBUSY` while a process is in it.
 */
export function removeCgroup(kernel: FileCalls, path: string): void {
  if (kernel.lstat(path) === undefined) return;
  for (const name of kernel.names(path)) {
    // Files of a group cannot be removed and need not be.
    if (kernel.lstat(`${path}/${name}`)?.type === "directory") {
      removeCgroup(kernel, `${path}/${name}`);
    }
  }
  try {
    kernel.remove(path);
  } catch (error) {
    if (!(error instanceof SyscallError && error.is("ENOENT"))) throw error; // Gone meanwhile: fine.
  }
  protectAbove(kernel, path);
}

/** So few of a processor that they are too little of a usual period are so many of the longest. */
function cpuMax(thousandths: number | undefined): string {
  if (thousandths === undefined) return `max ${CPU_PERIOD_US}`;
  const quotaUs = Math.ceil(thousandths * CPU_PERIOD_US / 1000);
  if (quotaUs >= CPU_QUOTA_US_MIN) return `${quotaUs} ${CPU_PERIOD_US}`;
  return `${Math.ceil(thousandths * CPU_PERIOD_US_MAX / 1000)} ${CPU_PERIOD_US_MAX}`;
}

/** What a group takes now. What no controller counts is 0. @throws {SyscallError} `ENOENT`: there is no such group. */
export function cgroupUsage(kernel: FileCalls, path: string): CgroupUsage {
  const events = `${path}/memory.events`;
  return {
    memoryBytes: number(kernel, `${path}/memory.current`),
    // Every group has this one.
    cpuUs: field(kernel, `${path}/cpu.stat`, "usage_usec"),
    processes: Number(number(kernel, `${path}/pids.current`)),
    oomKills: isThere(kernel, events) ? field(kernel, events, "oom_kill") : 0n,
  };
}

/** Lets groups below `path` have what bounds and counts. */
function enableControllers(kernel: FileCalls, path: string): void {
  const known = read(kernel, `${path}/cgroup.controllers`).trim().split(" ");
  const wanted = CONTROLLERS.filter((each) => known.includes(each)).map((each) => `+${each}`);
  if (wanted.length > 0) write(kernel, `${path}/cgroup.subtree_control`, wanted.join(" "));
}

/** What is never taken from a group may not be taken from the one above either: that one gets the sum. */
function protectAbove(kernel: FileCalls, path: string): void {
  const above = dirname(path);
  // The root has none.
  if (!isThere(kernel, `${above}/memory.min`)) return;
  let sum = 0n;
  for (const name of kernel.names(above)) {
    const file = `${above}/${name}/memory.min`;
    if (isThere(kernel, file)) sum += number(kernel, file);
  }
  write(kernel, `${above}/memory.min`, `${sum}`);
}

/** The number in a file: 0 where there is no such file. */
function number(kernel: FileCalls, path: string): bigint {
  if (!isThere(kernel, path)) return 0n;
  const text = read(kernel, path).trim();
  return text === "max" ? MAX : BigInt(text);
}

/** The number behind a word of a file: 0 where there is no such word. */
function field(kernel: FileCalls, path: string, name: string): bigint {
  const found = read(kernel, path).split("\n").find((line) => line.startsWith(`${name} `));
  return BigInt(found?.slice(name.length + 1) ?? 0);
}

function isThere(kernel: FileCalls, path: string): boolean {
  return kernel.lstat(path) !== undefined;
}

function read(kernel: FileCalls, path: string): string {
  return kernel.readText(path, { maxBytes: FILE_BYTES_MAX });
}

function write(kernel: FileCalls, path: string, text: string): void {
  kernel.writeFile(path, text, { mode: 0o644, direct: true });
}

function writeIfThere(kernel: FileCalls, path: string, text: string): void {
  if (isThere(kernel, path)) write(kernel, path, text);
}

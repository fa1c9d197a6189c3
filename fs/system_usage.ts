/** How the machine is used, by the tables of /proc. What a kernel does not tell is left out or 0. */
import { TICKS_PER_SECOND } from "./process_table.ts";

/** Seconds of a processor, by what they went into. */
export interface ProcessorTimes {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softIrq: number;
  readonly steal: number;
  readonly guest: number;
  readonly guestNice: number;
}

/** What /proc/stat says. */
export interface SystemStat {
  /** Seconds since 1970. */
  readonly bootTime: bigint;
  readonly cpuTotal: ProcessorTimes;
  readonly cpu: readonly ProcessorTimes[];
  readonly irqTotal: bigint;
  readonly irq: readonly bigint[];
  readonly contextSwitches: bigint;
  readonly processCreated: bigint;
  readonly processRunning: bigint;
  readonly processBlocked: bigint;
  readonly softIrqTotal: bigint;
  readonly softIrq: readonly bigint[];
}

/** A name and its counters. */
export interface Counters {
  readonly name: string;
  readonly counters: readonly bigint[];
}

/** Columns of /proc/diskstats that are counters, as of Linux 4.18; others have more behind them. */
const DISK_COUNTERS_MIN = 15;

/** Lines of /proc/meminfo, by their names in lower case and without punctuation. */
export function parseMeminfo(text: string): ReadonlyMap<string, bigint> {
  const lines = new Map<string, bigint>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([^:]+):\s+(\d+)/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    lines.set(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""), BigInt(value));
  }
  return lines;
}

/** The three averages of /proc/loadavg. */
export function parseLoadavg(
  text: string,
): { readonly load1: number; readonly load5: number; readonly load15: number } {
  const [load1 = 0, load5 = 0, load15 = 0] = text.trim().split(" ").slice(0, 3).map(Number);
  return { load1, load5, load15 };
}

/** Reads /proc/stat. */
export function parseSystemStat(text: string): SystemStat {
  const lines = new Map<string, readonly string[]>();
  for (const line of text.split("\n")) {
    const [name = "", ...values] = line.trim().split(/\s+/);
    lines.set(name, values);
  }
  const counts = (name: string): readonly bigint[] => (lines.get(name) ?? []).map(BigInt);
  const first = (name: string): bigint => counts(name)[0] ?? 0n;
  const cpu = [...lines].filter(([name]) => /^cpu\d+$/.test(name));
  return {
    bootTime: first("btime"),
    cpuTotal: processorTimes(lines.get("cpu") ?? []),
    cpu: cpu.map(([, values]) => processorTimes(values)),
    irqTotal: first("intr"),
    irq: counts("intr").slice(1),
    contextSwitches: first("ctxt"),
    processCreated: first("processes"),
    processRunning: first("procs_running"),
    processBlocked: first("procs_blocked"),
    softIrqTotal: first("softirq"),
    softIrq: counts("softirq").slice(1),
  };
}

function processorTimes(values: readonly string[]): ProcessorTimes {
  const at = (index: number): number => Number(values[index] ?? 0) / TICKS_PER_SECOND;
  return {
    user: at(0),
    nice: at(1),
    system: at(2),
    idle: at(3),
    iowait: at(4),
    irq: at(5),
    softIrq: at(6),
    steal: at(7),
    guest: at(8),
    guestNice: at(9),
  };
}

/** Processors of /proc/cpuinfo, each by the kernel's words. */
export function parseCpuinfo(text: string): readonly ReadonlyMap<string, string>[] {
  return text.split("\n\n").map((block) => {
    const words = new Map<string, string>();
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) words.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
    }
    return words;
  }).filter((words) => words.has("processor"));
}

/** Devices of /proc/diskstats, with what was counted of each. */
export function parseDiskstats(text: string): readonly Counters[] {
  return text.split("\n").flatMap((line) => {
    const [, , name, ...counters] = line.trim().split(/\s+/);
    if (name === undefined || counters.length < DISK_COUNTERS_MIN) return [];
    return [{ name, counters: counters.map(BigInt) }];
  });
}

/** Devices of /proc/net/dev, with what was counted of each. */
export function parseNetworkDevices(text: string): readonly Counters[] {
  return text.split("\n").flatMap((line) => {
    const [, name, values] = /^\s*([^:|]+):\s*(\d[\d\s]*)$/.exec(line) ?? [];
    if (name === undefined || values === undefined) return [];
    return [{ name, counters: values.trim().split(/\s+/).map(BigInt) }];
  });
}

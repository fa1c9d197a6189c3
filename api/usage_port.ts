/** What the wire needs to know of the machine's use. Nothing here knows where it is read. */

/** Processes that ran or wanted to, on average. */
export interface LoadFacts {
  readonly load1: number;
  readonly load5: number;
  readonly load15: number;
}

/** Seconds of a processor, by what they went into. */
export interface CpuTimes {
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

/** What the processors did since the boot. */
export interface SystemFacts {
  /** Seconds since 1970. */
  readonly bootTime: bigint;
  readonly cpuTotal: CpuTimes;
  readonly cpu: readonly CpuTimes[];
  readonly irqTotal: bigint;
  readonly irq: readonly bigint[];
  readonly contextSwitches: bigint;
  readonly processCreated: bigint;
  readonly processRunning: bigint;
  readonly processBlocked: bigint;
  readonly softIrqTotal: bigint;
  /** In the kernel's order: hi, timer, net_tx, net_rx, block, irq_poll, tasklet, sched, hrtimer, rcu. */
  readonly softIrq: readonly bigint[];
}

/** A process. */
export interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  /** A letter of proc(5). */
  readonly state: string;
  readonly threads: number;
  /** Seconds. */
  readonly cpuTime: number;
  /** Bytes. */
  readonly virtualMemory: bigint;
  /** Bytes. */
  readonly residentMemory: bigint;
  readonly command: string;
  /** "" for threads of the kernel, and where it may not be looked at. */
  readonly executable: string;
  /** Blanks between them, at most 1024 characters. */
  readonly args: string;
  /** "" where there are no labels. */
  readonly label: string;
}

/** A device and its counters, in the order of the kernel's own table of them. */
export interface CounterFacts {
  readonly name: string;
  readonly counters: readonly bigint[];
}

/** The calls. Each may throw a MachineError. */
export interface UsagePort {
  hostname(): string;
  /** Lines of /proc/meminfo by their names in lower case and without punctuation, in kilobytes. */
  memory(): ReadonlyMap<string, bigint>;
  load(): LoadFacts;
  system(): SystemFacts;
  /** In the order of their numbers. Gives others turns while it looks. */
  processes(signal: AbortSignal): Promise<readonly ProcessFacts[]>;
  /** What /proc/cpuinfo says of each processor, by its own words. */
  processors(): readonly ReadonlyMap<string, string>[];
  /** Of /proc/diskstats, from `reads completed` on: 15 counters or more. */
  disks(): readonly CounterFacts[];
  /** Of /proc/net/dev: eight counters received, eight sent. */
  networkDevices(): readonly CounterFacts[];
}

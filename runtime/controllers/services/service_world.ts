/** What services ask of the machine they run on. Each is handed in: the kernel's on a machine, a stand-in in tests. */
import type { ProcessRequest, RunningProcess } from "../../../fs/kernel/process_calls.ts";
import type { Clock, Log, Random } from "../../core/ports.ts";

/** Begins and signals processes. */
export interface ServiceProcesses {
  /** Returns before the program is executed: what refuses it is told by `ended`. @throws What keeps it from that. */
  start(request: ProcessRequest): RunningProcess;
  /** As kill(2). One that has ended is fine. */
  signal(pid: number, signal: number): void;
}

/** Bounds of all processes of a service together. */
export interface CgroupLimits {
  /** Bytes; 0 is no bound. */
  readonly memoryMax: bigint;
  /** Bytes; 0 is none. */
  readonly memoryMin: bigint;
  readonly processesMax: number;
  /** 1 … 10 000. */
  readonly cpuWeight: number;
  /** Thousandths of one processor; 0 is no bound. */
  readonly cpuMax: number;
}

/** What the processes of a service take. */
export interface CgroupUsage {
  /** Bytes. */
  readonly memory: bigint;
  /** Microseconds of processors. */
  readonly cpuUs: bigint;
  /** Processes and threads. */
  readonly processes: number;
  /** Processes that were killed for want of memory since the cgroup was made. */
  readonly oomKills: bigint;
}

/** The cgroups of services, by the services' names. None of the calls waits. */
export interface ServiceCgroups {
  /** Its directory. */
  path(name: string): string;
  /** Makes it with its limits; one that is there gets them. */
  make(name: string, limits: CgroupLimits): void;
  /** Changes the limits of one that is there. */
  limit(name: string, limits: CgroupLimits): void;
  /** Kills every process in it, frozen ones too. One that is missing is fine. */
  kill(name: string): void;
  /** Whether a process is in it, or below it. */
  isPopulated(name: string): boolean;
  /** Removes it with what is below it. One that is missing is fine. @throws While processes are in it. */
  remove(name: string): void;
  /** Undefined where it is missing. */
  usage(name: string): CgroupUsage | undefined;
}

/** What must be there before a service is started, besides services. */
export interface WantedConditions {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Absolute paths. */
  readonly mounts: readonly string[];
  readonly network: boolean;
}

/** Looks at the machine. */
export interface ServiceConditions {
  /** What is missing, such as `file /run/x`, `mount /var`, `network`. Does not wait. */
  missing(wanted: WantedConditions): readonly string[];
}

/** What a health check asks. */
export type HealthQuestion =
  | { readonly kind: "grpc"; /** `unix:PATH` or `HOST:PORT`. */ readonly target: string }
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly kind: "command"; readonly command: readonly string[] };

/** A service has answered that it is not well: its process lives. */
export class UnwellError extends Error {
  override readonly name = "UnwellError";
}

/** Asks whether a service works. */
export interface HealthProbe {
  /**
   * Resolves to what was answered when it is well.
   *
   * @param signal Aborts when nobody waits for the answer any more.
   * @throws {UnwellError} It has answered, and not well. @throws {Error} It has not answered: says why.
   */
  ask(question: HealthQuestion, signal: AbortSignal): Promise<string>;
}

/** All of it. */
export interface ServiceWorld {
  readonly processes: ServiceProcesses;
  readonly cgroups: ServiceCgroups;
  readonly conditions: ServiceConditions;
  readonly probe: HealthProbe;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

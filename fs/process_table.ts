/** What runs, by /proc. */
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";

/** Processes looked at: as many as the kernel numbers unless it is told otherwise. */
export const PROCESSES_MAX = 32_768;

/** Processes looked at before others get a turn of the event loop: some milliseconds of system calls. */
const PROCESSES_A_TURN = 64;

/** Bytes of the files of a process: its stat has some 300, and arguments mostly fewer. */
const SMALL_BYTES = 4095;
/** Bytes of arguments read at most, as many as the kernel takes without being told otherwise. */
const ARGUMENTS_BYTES_MAX = 2 << 20;

/** Characters of arguments and of a path that are told: a table of thousands must fit into a message. */
const TEXT_LENGTH_MAX = 1024;

/** Parts of a second that the kernel counts processors in (USER_HZ of x86-64). */
export const TICKS_PER_SECOND = 100;
/** Bytes of a page of x86-64. */
const PAGE_BYTES = 4096n;

/** A process. */
export interface TableProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly state: string;
  readonly threads: number;
  /** Seconds. */
  readonly cpuTime: number;
  /** Bytes. */
  readonly virtualMemory: bigint;
  readonly residentMemory: bigint;
  readonly command: string;
  readonly executable: string;
  readonly args: string;
  readonly label: string;
}

/** There are more processes than are looked at. */
export class TooManyProcessesError extends Error {
  override readonly name = "TooManyProcessesError";
}

/**
 * Looks at every process, in the order of their numbers; one that ends meanwhile is left out. Gives others turns.
 *
 * @throws {TooManyProcessesError} More than {@linkcode PROCESSES_MAX}. {SyscallError} /proc cannot be read. The
 * signal's reason.
 */
export async function readProcesses(
  kernel: Kernel,
  signal: AbortSignal,
): Promise<readonly TableProcess[]> {
  const pids = kernel.names("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  if (pids.length > PROCESSES_MAX) {
    throw new TooManyProcessesError(
      `Cannot list processes: there are ${pids.length}, and may be ${PROCESSES_MAX}`,
    );
  }
  pids.sort((a, b) => a - b);
  const hasLabels = unlessRefused(() => kernel.readText("/proc/self/attr/current")) !== undefined;
  const found: TableProcess[] = [];
  for (const [at, pid] of pids.entries()) {
    if (at % PROCESSES_A_TURN === PROCESSES_A_TURN - 1) await turn();
    signal.throwIfAborted();
    const process = readProcess(kernel, pid, hasLabels);
    if (process !== undefined) found.push(process);
  }
  return found;
}

function readProcess(kernel: Kernel, pid: number, hasLabels: boolean): TableProcess | undefined {
  const at = `/proc/${pid}`;
  const stat = unlessRefused(() => kernel.readText(`${at}/stat`, { maxBytes: SMALL_BYTES }));
  const facts = stat === undefined ? undefined : parseProcessStat(stat);
  if (facts === undefined) return undefined;
  const executable = unlessRefused(() => kernel.readLink(`${at}/exe`)) ?? "";
  const label = hasLabels
    ? unlessRefused(() => kernel.readText(`${at}/attr/current`, { maxBytes: SMALL_BYTES }))
    : undefined;
  return {
    pid,
    ...facts,
    executable: executable.slice(0, TEXT_LENGTH_MAX),
    args: argumentsOf(kernel, `${at}/cmdline`),
    label: (label ?? "").replace(/[\0\n]+$/, ""),
  };
}

function argumentsOf(kernel: Kernel, path: string): string {
  const read = (maxBytes: number): string | undefined =>
    unlessRefused(() => kernel.readText(path, { maxBytes }));
  const text = read(SMALL_BYTES) ?? read(ARGUMENTS_BYTES_MAX) ?? "";
  return text.slice(0, TEXT_LENGTH_MAX).replace(/\0+$/, "").replaceAll("\0", " ");
}

/** What /proc/PID/stat says; undefined where it is not like that. The name in it may hold blanks and parentheses. */
export function parseProcessStat(
  text: string,
): Omit<TableProcess, "pid" | "executable" | "args" | "label"> | undefined {
  const [open, close] = [text.indexOf("("), text.lastIndexOf(")")];
  if (open < 0 || close < open) return undefined;
  // The first is the third of proc(5).
  const fields = text.slice(close + 2).trim().split(" ");
  const field = (number: number): string => fields[number - 3] ?? "";
  const count = (number: number): number => Number(field(number));
  const needed = [4, 14, 15, 20, 23, 24];
  if (needed.some((number) => !/^-?\d+$/.test(field(number)))) return undefined;
  return {
    command: text.slice(open + 1, close),
    state: field(3),
    ppid: count(4),
    cpuTime: (count(14) + count(15)) / TICKS_PER_SECOND,
    threads: count(20),
    virtualMemory: BigInt(field(23)),
    residentMemory: BigInt(field(24)) * PAGE_BYTES,
  };
}

/** What a process says of itself; undefined where the kernel does not tell, mostly since it ended. */
function unlessRefused<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

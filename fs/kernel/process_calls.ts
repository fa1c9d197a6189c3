/** What is asked of Linux about processes: tools that run to their end, services that are kept, and everybody else. */
import type { SyscallError } from "./syscall_error.ts";

/** How a child ended. */
export interface ToolResult {
  readonly code: number;
  readonly signal: string | null;
  /** At most 64 KiB each; the rest is dropped. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Processes. */
export interface ProcessCalls {
  /**
   * Runs a program to its end, without standard input and with an empty environment but PATH.
   *
   * @param options After `timeoutMs` (60 000 unless given) or on abort it is killed.
   * @throws {SyscallError} `ENOENT`, `EACCES`; the signal's reason; a TimeoutError, which also ends a tool that left
   * something running on its outputs.
   */
  runTool(
    path: string,
    args: readonly string[],
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<ToolResult>;
  /**
   * Reaps children that nobody in this process waits for, leaving those of {@linkcode ProcessCalls.runTool} and of
   * `Deno.Command` whose pid was given to {@linkcode ProcessCalls.ownChild} their exit status.
   *
   * @returns How many were reaped. Blocks never.
   */
  reapOrphans(): number;
  /** Says that somebody in this process waits for `pid`, until the result is disposed of. */
  ownChild(pid: number): Disposable;
  /**
   * Calls `listener` soon after a child of this process may have ended, until the result is disposed of. Listening
   * does not keep the process alive.
   */
  onChildExit(listener: () => void): Disposable;
  /**
   * As kill(2) on every process but this one: signal number, or 0 to ask whether there is any.
   *
   * @returns Whether there was any that had not ended; threads of the kernel do not count.
   */
  signalAll(signal: number): boolean;
  /** Sets the soft and hard limit of open files. */
  setOpenFilesLimit(limit: bigint): void;
  /**
   * Gives Linux the memory back that the C library keeps of what was freed, as malloc_trim(3): on another thread, which
   * takes some milliseconds for a hundred MiB.
   */
  trimHeap(): Promise<void>;
}

/** A part of the root that a process has for itself. */
export type RootPart =
  /** A file or directory of the machine with what is mounted below it; never may a device work or a program gain rights there. */
  | {
    readonly kind: "bind";
    readonly source: string;
    readonly target: string;
    readonly writable: boolean;
  }
  /** Its user's, and everybody's to write to. */
  | { readonly kind: "tmpfs"; readonly target: string; readonly sizeBytes: bigint }
  /** Processes that it may look into, whatever its groups. */
  | { readonly kind: "proc"; readonly target: string }
  | { readonly kind: "link"; readonly target: string; readonly source: string };

/** A program, and what it may. */
export interface ProcessRequest {
  /** Program by its absolute path, and its arguments. */
  readonly command: readonly string[];
  /** `NAME=VALUE`, all of it. */
  readonly environment: readonly string[];
  readonly directory: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** Numbers of capabilities (linux/capability.h) it has and may have. */
  readonly capabilities: readonly number[];
  /** Whether executed files may give more. */
  readonly mayGainPrivileges: boolean;
  /** Directory of the cgroup that it is in before its first instruction. */
  readonly cgroup: string;
  readonly openFilesMax: number;
  /** -1000 … 1000. */
  readonly oomScoreAdjust: number;
  /** A mount namespace of its own, of these parts on an empty read-only root. Parents and targets are made. */
  readonly root?: readonly RootPart[];
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number;
  readonly signal: string | null;
  /** What kept the program from being executed: one of the steps before it, or execve itself. */
  readonly refused?: SyscallError;
}

/** A process of its own session that was started. */
export interface RunningProcess {
  readonly pid: number;
  /** Its outputs. Each must be read or cancelled, and closes when the last process that has it does. */
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when it has ended, whoever else lives on. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
}

/** Processes that are kept. */
export interface ServiceCalls {
  /**
   * Starts a program by the launcher of the image (`/usr/lib/strata/launch`). Does not wait for it to be executed: what
   * refuses it is told by {@linkcode RunningProcess.ended}.
   *
   * @throws {SyscallError} `ENOENT` without the launcher, `EAGAIN`, …
   * @throws {RangeError} A text holds a NUL, or all of them take more than 128 KiB; a number or a target that none can be.
   */
  startProcess(request: ProcessRequest): RunningProcess;
  /** As kill(2) on one process that this one started and whose end is not known yet. @throws {SyscallError} `ESRCH`. */
  signalProcess(pid: number, signal: number): void;
}

/** Children that nobody waits for, and signals to everybody. */
import { WAIT } from "./constants.ts";
import { ERRNO } from "./errno.ts";
import type { FileCalls } from "./kernel.ts";
import type { ProcessCalls } from "./process_calls.ts";
import type { Libc } from "./libc.ts";
import { SyscallError } from "./syscall_error.ts";

/** Bytes of siginfo_t, and where in it si_pid is. Source: asm-generic/siginfo.h. */
export const SIGINFO = { BYTES: 128, PID_OFFSET: 16 } as const;
/** Orphans reaped in one go: the rest at the next SIGCHLD, so that the agent is not held up. */
const REAPED_MAX = 1024;
/** Bytes of the list of one thread's children: some ten thousand pids. */
const CHILDREN_BYTES_MAX = 64 * 1024;
/** In the flags of /proc/PID/stat: a thread of the kernel. Source: linux/sched.h, PF_KTHREAD. */
const PF_KTHREAD = 0x20_0000;

/** The calls that are about other processes, but for running tools. */
export function childCalls(
  libc: Libc,
  files: FileCalls,
): Pick<ProcessCalls, "reapOrphans" | "ownChild" | "onChildExit" | "signalAll"> {
  const owned = new Set<number>();
  return {
    ownChild(pid) {
      owned.add(pid);
      return { [Symbol.dispose]: () => void owned.delete(pid) };
    },

    reapOrphans() {
      for (let reaped = 0; reaped < REAPED_MAX; reaped++) {
        const pid = waitFor(libc, { type: WAIT.P_ALL, pid: 0, options: WAIT.WNOWAIT });
        if (pid === 0) return reaped;
        // One that somebody waits for, and maybe others behind it: the kernel shows the first only.
        if (owned.has(pid)) return reaped + reapBehind(libc, files, owned);
        waitFor(libc, { type: WAIT.P_PID, pid, options: 0 });
      }
      return REAPED_MAX;
    },

    onChildExit(listener) {
      Deno.addSignalListener("SIGCHLD", listener);
      return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGCHLD", listener) };
    },

    signalAll(signal) {
      const found = otherProcesses(files);
      if (libc.call.kill(-1, signal) !== 0) {
        const error = libc.refused("kill", "-1");
        if (error.is("ESRCH")) return false;
        throw error;
      }
      return found;
    },
  };
}

/** @returns The pid of a child that ended, 0 where there is none. */
function waitFor(
  libc: Libc,
  request: { readonly type: number; readonly pid: number; readonly options: number },
): number {
  const info = new Uint8Array(SIGINFO.BYTES);
  const options = WAIT.WEXITED | WAIT.WNOHANG | request.options;
  if (libc.call.waitid(request.type, request.pid, info, options) !== 0) {
    const error = libc.refused("waitid", `${request.pid}`);
    if (error.is("ECHILD")) return 0;
    throw error;
  }
  return new DataView(info.buffer).getInt32(SIGINFO.PID_OFFSET, true);
}

/** Asks for each child by its pid. */
function reapBehind(libc: Libc, files: FileCalls, owned: ReadonlySet<number>): number {
  let reaped = 0;
  for (const pid of childPids(files)) {
    if (owned.has(pid)) continue;
    if (waitFor(libc, { type: WAIT.P_PID, pid, options: 0 }) !== 0) reaped += 1;
  }
  return reaped;
}

/** Children of every thread of this process. */
function childPids(files: FileCalls): number[] {
  let text = "";
  for (const thread of files.names("/proc/self/task")) {
    const path = `/proc/self/task/${thread}/children`;
    text += readUnlessGone(files, path) ?? "";
  }
  return (text.match(/\d+/g) ?? []).map(Number);
}

/** Whether there are processes but this one that are not of the kernel and have not ended. */
function otherProcesses(files: FileCalls): boolean {
  const pids = files.names("/proc").filter((name) => /^\d+$/.test(name));
  return pids.some((pid) => {
    if (Number(pid) === Deno.pid) return false;
    const stat = readUnlessGone(files, `/proc/${pid}/stat`);
    if (stat === undefined) return false;
    // pid (name) state ppid pgrp session tty tpgid flags …; the name may hold anything.
    const [state = "", , , , , , flags = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return !"ZX".includes(state) && (Number(flags) & PF_KTHREAD) === 0;
  });
}

function readUnlessGone(files: FileCalls, path: string): string | undefined {
  try {
    return files.readText(path, { maxBytes: CHILDREN_BYTES_MAX });
  } catch (error) {
    const isGone = error instanceof SyscallError &&
      (error.is("ENOENT", "ESRCH") || error.errno === ERRNO.EFBIG);
    if (isGone) return undefined;
    throw error;
  }
}

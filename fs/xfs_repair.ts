/** Mounting an XFS that may be damaged: it is mended with xfs_repair(8), a bounded number of times. */
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";

/** One run of xfs_repair. */
export interface XfsRepair {
  /** Why it was run: the refusal to mount. */
  readonly reason: string;
  /** Whether the log was thrown away: the newest changes are lost. */
  readonly logDiscarded: boolean;
  /** How it ended, in a few words. */
  readonly outcome: string;
}

const XFS_REPAIR = "/usr/sbin/xfs_repair";

/** Runs in one boot: one that leaves the log alone, one that discards it, and one for what those two revealed. */
export const REPAIRS_MAX = 3;

/** Milliseconds one run may take: it reads all metadata, some minutes on a large and slow disk. */
const REPAIR_MS_MAX = 600_000;

/** Exit codes of xfs_repair(8): all is well now; the log holds changes that only a mount may write. */
const REPAIRED = 0;
const LOG_IS_DIRTY = 2;

/**
 * Calls `mount` until it succeeds; between two calls the file system on `device` is repaired.
 *
 * A mount replays the log, so the log is only discarded where a mount failed and xfs_repair then found it dirty. What
 * is no damage (`EBUSY`, `EINVAL`, …) is thrown as it is.
 *
 * @param options `repaired` is told of every run of xfs_repair, also where it did not help.
 * @throws {SyscallError} A refusal to mount that is no damage.
 * @throws {Error} {@linkcode REPAIRS_MAX} runs did not help, or it cannot be run; `cause` is the refusal to mount.
 */
export async function mountRepaired(
  kernel: Kernel,
  device: string,
  options: { readonly mount: () => Promise<void>; readonly repaired: (run: XfsRepair) => void },
): Promise<void> {
  let discardsLog = false;
  let outcome = "";
  for (let runs = 0;; runs++) {
    const refusal = await refusalOf(options.mount);
    if (refusal === undefined) return;
    if (!isDamage(refusal)) throw refusal;
    if (runs === REPAIRS_MAX) {
      throw new Error(
        `Cannot mount "${device}": ${refusal.message}; ${runs} runs of xfs_repair did not help, the last: ${outcome}`,
        { cause: refusal },
      );
    }
    const run: RepairEnd = await repair(kernel, device, discardsLog).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${refusal.message}, and cannot repair it: ${why}`, { cause: refusal });
    });
    ({ outcome } = run);
    options.repaired({ reason: refusal.message, logDiscarded: discardsLog, outcome });
    discardsLog = !discardsLog && run.code === LOG_IS_DIRTY;
  }
}

/** How a run ended. */
interface RepairEnd {
  readonly code: number;
  /** In a few words. */
  readonly outcome: string;
}

async function repair(
  kernel: Kernel,
  device: string,
  discardsLog: boolean,
): Promise<RepairEnd> {
  const args = discardsLog ? ["-L", device] : [device];
  const { code, signal, stderr } = await kernel.runTool(XFS_REPAIR, args, {
    timeoutMs: REPAIR_MS_MAX,
  });
  if (signal === null && code === REPAIRED) return { code, outcome: "repaired" };
  if (signal === null && code === LOG_IS_DIRTY && !discardsLog) {
    return { code, outcome: "the log is dirty" };
  }
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return { code, outcome: `ended with ${signal ?? code}: ${said}` };
}

async function refusalOf(mount: () => Promise<void>): Promise<Error | undefined> {
  try {
    await mount();
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** What XFS says of metadata it cannot use: `EUCLEAN`, of a wrong checksum `EBADMSG`, of what it could not read `EIO`. */
function isDamage(error: Error): boolean {
  return error instanceof SyscallError && error.is("EUCLEAN", "EBADMSG", "EIO");
}

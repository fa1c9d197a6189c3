/** How large the file system of a mount is. */
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import type { MountEntry } from "./mountinfo.ts";

/** File systems that answer at once: one on another machine could keep the agent waiting for ever. */
// deno-fmt-ignore: a list
const SIZED_FSTYPES = [
  "btrfs", "devtmpfs", "ext4", "overlay", "ramfs", "squashfs", "tmpfs", "vfat", "xfs",
];

/** Bytes, 0 where it has no size, where it is not known, or where asking could take long; and why it is not known. */
export interface MountSize {
  readonly bytes: bigint;
  readonly error?: string;
}

/** Asks about a mount that is seen at its target. A refusal is told, not thrown: one broken disk must hide nothing else. */
export function mountSize(kernel: Kernel, { target, fstype }: MountEntry): MountSize {
  if (!SIZED_FSTYPES.includes(fstype)) return { bytes: 0n };
  try {
    return { bytes: kernel.statfs(target).size };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    return { bytes: 0n, error: error.message };
  }
}

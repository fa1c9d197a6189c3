/** Taking the file systems down at the end of the machine. */
import { MS } from "./kernel/constants.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { holderText, mountHolders } from "./mount_holders.ts";
import { type MountEntry, readMounts } from "./mountinfo.ts";

/** Rounds over the mounts: one that is busy in the first is mostly free when those above it are gone. */
const ROUNDS_MAX = 4;

/** Kernel file systems hold nothing that could be lost, and the end itself still needs them. */
const KEPT_FSTYPES = ["proc", "sysfs", "devtmpfs", "rootfs"];

/** Flags of a mount that forbid something, by their word in mountinfo. */
const KEPT_FLAGS = { nosuid: MS.NOSUID, nodev: MS.NODEV, noexec: MS.NOEXEC } as const;

/**
 * Unmounts everything but `/` and the kernel's own file systems, the newest first; what stays busy is made read-only,
 * so that it is clean on its disk.
 *
 * @returns Mount points that stayed, each with what was done instead and who holds it, as far as that can be told.
 */
export function unmountAll(kernel: Kernel): readonly string[] {
  let left: readonly MountEntry[] = [];
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    left = removable(kernel).filter((mount) => !tried(() => kernel.unmount(mount.target)));
    if (left.length === 0) return [];
  }
  return left.map(({ target, options }) => {
    const readOnly = tried(() => kernel.remount(target, MS.RDONLY | keptFlags(options)));
    const [holder] = mountHolders(kernel, target);
    const held = holder === undefined ? "" : `, held by ${holderText(holder)}`;
    return `${target} (${readOnly ? "read-only" : "busy"}${held})`;
  });
}

/**
 * Unmounts what others mounted inside of `layers`, the newest first: roots of containers, say, which nobody uses once
 * processes have ended, and which would keep the layers from going. What stays is left to {@linkcode unmountAll}.
 *
 * @param layers Mount points. Mounts at one of them stay.
 * @returns How many went.
 */
export function unmountInside(kernel: Kernel, layers: readonly string[]): number {
  let mounts: readonly MountEntry[] = [];
  // Where they cannot be listed they stay.
  tried(() => mounts = removable(kernel));
  const inside = mounts.filter(({ target }) =>
    !layers.includes(target) && layers.some((layer) => target.startsWith(`${layer}/`))
  );
  return inside.filter(({ target }) => tried(() => kernel.unmount(target))).length;
}

/** What may go, the newest first: the kernel lists mounts in the order they were made. */
function removable(kernel: Kernel): readonly MountEntry[] {
  return readMounts(kernel)
    .filter(({ target, fstype }) => target !== "/" && !KEPT_FSTYPES.includes(fstype))
    .reverse();
}

/** Flags a mount has: a remount takes away those it does not name. Times of access it leaves as they are. */
function keptFlags(options: readonly string[]): bigint {
  return Object.entries(KEPT_FLAGS).reduce(
    (flags, [option, flag]) => options.includes(option) ? flags | flag : flags,
    0n,
  );
}

function tried(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}

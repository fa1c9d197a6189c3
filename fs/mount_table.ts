/** File systems without a device: which, where, how large; and their mounting. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { MS } from "./kernel/constants.ts";
import type { Kernel, MountRequest } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { makeDirectory } from "./made_directory.ts";
import { type MountEntry, readMounts, topMountAt } from "./mountinfo.ts";

const { NODEV, NOEXEC, NOSUID } = MS;
const SEALED = NODEV | NOEXEC | NOSUID;

/** Mounted in the initramfs before anything else, and carried over into the new root. */
// deno-fmt-ignore: one mount, one row
export const EARLY_MOUNTS = [
  { source: "proc",     target: "/proc", fstype: "proc",     flags: SEALED, data: "" },
  { source: "sysfs",    target: "/sys",  fstype: "sysfs",    flags: SEALED, data: "" },
  // Not NODEV: device nodes are what it is for.
  { source: "devtmpfs", target: "/dev",  fstype: "devtmpfs", flags: NOSUID | NOEXEC, data: "mode=0755" },
] as const satisfies readonly MountRequest[];

/**
 * Mounted in the new root. Each tmpfs is bounded, so that what runs away cannot take the machine's memory: together
 * at most 416 MiB, and none of it before it is used.
 */
// deno-fmt-ignore: one mount, one row
export const ROOT_MOUNTS = [
  // Not NODEV: terminals are devices. gid 5 is the group tty everywhere.
  { source: "devpts",  target: "/dev/pts",       fstype: "devpts",  flags: NOSUID | NOEXEC, data: "mode=0620,gid=5,ptmxmode=0666" },
  { source: "tmpfs",   target: "/dev/shm",       fstype: "tmpfs",   flags: SEALED, data: "mode=1777,size=64m" },
  { source: "tmpfs",   target: "/run",           fstype: "tmpfs",   flags: SEALED, data: "mode=0755,size=128m" },
  { source: "tmpfs",   target: "/tmp",           fstype: "tmpfs",   flags: SEALED, data: "mode=1777,size=192m" },
  { source: "tmpfs",   target: "/system",        fstype: "tmpfs",   flags: SEALED, data: "mode=0755,size=32m" },
  { source: "cgroup2", target: "/sys/fs/cgroup", fstype: "cgroup2", flags: SEALED, data: "nsdelegate" },
] as const satisfies readonly MountRequest[];

/**
 * Mounts every entry of `table` in order and returns the way back. What is mounted already (the same file system seen
 * at the target) is left as it is, so that a second run mounts nothing; it stays on the way back, too.
 *
 * Blocks until the kernel answered each.
 *
 * @param options `root` is put before each target; "/" unless given.
 * @returns A stack that unmounts in reverse and removes directories that were made for it; disposing of it is the caller's duty.
 * @throws {SyscallError} The first refusal, after undoing what came before it.
 */
export function mountAll(
  kernel: Kernel,
  table: readonly MountRequest[],
  options: { readonly root?: string } = {},
): DisposableStack {
  using undo = new DisposableStack();
  // Read once: no entry of a table lies over another.
  const mounts = mountsSoFar(kernel);
  for (const entry of table) {
    const target = join(options.root ?? "/", entry.target);
    if (topMountAt(mounts, target)?.fstype === entry.fstype) continue;
    undo.use(makeDirectory(kernel, target, 0o755));
    kernel.mount({ ...entry, target });
    undo.defer(() => kernel.unmount(target));
  }
  return undo.move();
}

/** Before /proc is mounted nothing is known, and nothing is there. */
function mountsSoFar(kernel: Kernel): readonly MountEntry[] {
  try {
    return readMounts(kernel);
  } catch (error) {
    if (!(error instanceof SyscallError && error.is("ENOENT"))) throw error;
    return [];
  }
}

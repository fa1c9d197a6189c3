/** One mount that is wanted: made where it is missing, left alone where it is there. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { MOUNT_ATTR, MS } from "./kernel/constants.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { makeDirectory } from "./made_directory.ts";
import { mountFaults } from "./mount_policy.ts";
import { type MountEntry, mountsAt, readMounts, topMountAt } from "./mountinfo.ts";

/** A mount as a value. */
export interface WantedMount {
  /** A directory where `fstype` is `bind`; otherwise a device, or the word that stands for one. */
  readonly source: string;
  /** An absolute path without links; made where it is missing. */
  readonly target: string;
  readonly fstype: string;
  readonly access: "read-only" | "read-write";
  /** Why programs may run from it; "" where none may. */
  readonly executable: string;
  /** The file system's own, `NAME=VALUE` or `NAME`. A bind takes none. */
  readonly parameters: readonly string[];
}

/** What {@linkcode ensureMount} had to do. */
export type MountOutcome = "mounted" | "changed" | "present";

/** Not a file system: a directory shown at another place. */
export const BIND = "bind";

/** File systems without a device on another machine: those would block the whole agent. */
// deno-fmt-ignore: a list
const FSTYPES = [
  BIND, "cgroup2", "devpts", "devtmpfs", "hugetlbfs", "mqueue", "overlay", "proc", "squashfs", "sysfs", "tmpfs",
];

/** The flags of a mount by their word in mountinfo. */
const FLAGS = {
  ro: MOUNT_ATTR.RDONLY,
  nosuid: MOUNT_ATTR.NOSUID,
  nodev: MOUNT_ATTR.NODEV,
  noexec: MOUNT_ATTR.NOEXEC,
} as const;

/** The flags the rules give a mount, as OR of `MOUNT_ATTR`. */
export function attributesOf({ fstype, access, executable }: WantedMount): bigint {
  return MOUNT_ATTR.NOSUID |
    (fstype === "devpts" || fstype === "devtmpfs" ? 0n : MOUNT_ATTR.NODEV) |
    (executable === "" ? MOUNT_ATTR.NOEXEC : 0n) |
    (access === "read-only" ? MOUNT_ATTR.RDONLY : 0n);
}

/**
 * Mounts what is wanted, unless it is there already; a mount of it too many goes, flags that differ are set.
 *
 * Parameters of what is there are not compared: the kernel tells them in other words. A directory that was made for a
 * mount that then fails is removed again.
 *
 * @throws {RangeError} The wish breaks a rule, something else is mounted at the target, or it would cover mounts below:
 * nothing was done.
 * @throws {SyscallError} What the kernel refuses.
 */
export function ensureMount(kernel: Kernel, wanted: WantedMount): MountOutcome {
  requireLawful(wanted);
  const { target } = wanted;
  const mounts = readMounts(kernel);
  const stack = mountsAt(mounts, target);
  const ours = stack.filter((entry) => isMountOf(mounts, entry, wanted));
  const top = stack.at(-1);
  if (top === undefined || ours.length === 0) {
    requireFree(mounts, wanted);
    mountNow(kernel, wanted);
    return "mounted";
  }
  if (!ours.includes(top)) throw refused(wanted, `${top.fstype} of ${top.source} lies over it`);
  // The same again on top: one is enough, and the lower one is where the others stand.
  for (let above = ours.length - 1; above > 0 && ours[above] === stack[above]; above--) {
    kernel.unmount(target, { detach: true });
  }
  return setFlags(kernel, wanted, top) || ours.length > 1 ? "changed" : "present";
}

/**
 * Gives the file system seen at the target the parameters that are wanted.
 *
 * @throws {SyscallError} It does not take them, or cannot change them while it is mounted.
 */
export function changeParameters(kernel: Kernel, wanted: WantedMount): void {
  kernel.reconfigure(wanted.target, wanted.parameters);
  // The flags as they are: of these the kernel tells who waits for mounts, of parameters it does not.
  kernel.remount(wanted.target, MS.REMOUNT | MS.BIND | attributesOf(wanted));
}

/** Whether what is wanted is what is seen at its target. */
export function isMountedAt(kernel: Kernel, wanted: WantedMount): boolean {
  const mounts = readMounts(kernel);
  const top = topMountAt(mounts, wanted.target);
  return top !== undefined && isMountOf(mounts, top, wanted);
}

function requireLawful(wanted: WantedMount): void {
  const { source, target, fstype, parameters } = wanted;
  const isClean = target.startsWith("/") && target !== "/" && join(target) === target &&
    !target.endsWith("/") && !target.includes("\0");
  if (!isClean) throw refused(wanted, "the target must be an absolute path without . and ..");
  if (!FSTYPES.includes(fstype)) {
    throw refused(wanted, `"${fstype}" is no file system for it, may be ${FSTYPES.join(", ")}`);
  }
  if (fstype === BIND && (!source.startsWith("/") || parameters.length > 0)) {
    throw refused(wanted, "a bind takes an absolute path as its source, and no parameters");
  }
  const flags = attributesOf(wanted);
  const [fault] = mountFaults({ ...wanted, flags });
  if (fault !== undefined) throw new RangeError(fault);
}

function requireFree(mounts: readonly MountEntry[], wanted: WantedMount): void {
  const top = topMountAt(mounts, wanted.target);
  if (top !== undefined) {
    throw refused(wanted, `${top.fstype} of ${top.source} is mounted there`);
  }
  const inside = mounts.find(({ target }) => target.startsWith(`${wanted.target}/`));
  if (inside !== undefined) throw refused(wanted, `it would cover the mount at ${inside.target}`);
}

function mountNow(kernel: Kernel, wanted: WantedMount): void {
  const { source, target, fstype, parameters } = wanted;
  const attributes = attributesOf(wanted);
  const isMissing = kernel.lstat(target) === undefined;
  using undo = isMissing ? makeDirectory(kernel, target, 0o755) : new DisposableStack();
  if (fstype === BIND) kernel.bind({ source, target, attributes });
  else kernel.attachFileSystem({ source, target, fstype, attributes, parameters });
  undo.move();
}

/** Whether the entry is what the wish would have made. */
function isMountOf(
  mounts: readonly MountEntry[],
  entry: MountEntry,
  { source, fstype }: WantedMount,
): boolean {
  if (fstype !== BIND) return entry.fstype === fstype && entry.source === source;
  const holder = holderOf(mounts, source, entry);
  if (holder === undefined) return false;
  const within = source.slice(holder.target === "/" ? 0 : holder.target.length);
  return entry.device === holder.device &&
    entry.root === (join(holder.root, within).replace(/(.)\/$/, "$1"));
}

/** The mount a path is on, other than the one in question. */
function holderOf(
  mounts: readonly MountEntry[],
  path: string,
  but: MountEntry,
): MountEntry | undefined {
  const over = mounts.filter((each) =>
    each !== but &&
    (each.target === "/" || path === each.target || path.startsWith(`${each.target}/`))
  );
  const longest = Math.max(...over.map(({ target }) => target.length));
  const target = over.find((each) => each.target.length === longest)?.target;
  return target === undefined ? undefined : topMountAt(over, target);
}

/** @returns Whether they were others. */
function setFlags(kernel: Kernel, wanted: WantedMount, { options }: MountEntry): boolean {
  const flags = attributesOf(wanted);
  const isRight = Object.entries(FLAGS).every(([word, flag]) =>
    options.includes(word) === ((flags & flag) !== 0n)
  );
  if (!isRight) kernel.remount(wanted.target, MS.REMOUNT | MS.BIND | flags);
  return !isRight;
}

function refused({ target }: WantedMount, why: string): RangeError {
  return new RangeError(`Cannot mount "${target}": ${why}`);
}

/** One file of /etc with a content of ours laid read-only over it. */
// @ts-types="types/std_path_posix.d.ts"
import { basename, dirname, join } from "@std/path/posix";
import { MOUNT_ATTR } from "./kernel/constants.ts";
import type { FileOwner, Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { type MountEntry, mountsAt, readMounts, topMountAt } from "./mountinfo.ts";

/** Where the contents lie: tmpfs, rebuilt at every boot and whenever it is wiped. */
export const ETC_SOURCES = "/system/etc";

/** Number of an owner beyond which there is none. Source: linux/highuid.h. */
const OWNER_MAX = 0xffff_fffe;

/** Letters of the digest in a source's name: enough that two contents never share one. */
const DIGEST_LETTERS = 16;

/** Nobody writes, runs or opens a device through it. */
const SEALED = MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC;

/** A content for a file. */
export interface EtcFile {
  /** Path below /etc, such as `hosts`. */
  readonly name: string;
  readonly contents: string;
  /** Permission bits, 1 … 0o777. */
  readonly mode: number;
  /** root unless given. */
  readonly owner?: FileOwner;
}

/** What lies over the file now. */
export interface PlacedEtcFile {
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
}

/** Somebody else's mount lies over ours: what we lay there would not be seen, and could not be taken away. */
export class CoveredFileError extends RangeError {
  override readonly name = "CoveredFileError";
}

/**
 * Lays a content over `/etc/<name>`, in place of the one before: a reader sees the old or the new, whole, and afterwards
 * one mount of ours lies there, whatever was cut short before. The same content, mode and owner again mounts nothing.
 *
 * No link is followed on the way to the file: one that is swapped in meanwhile has it refused (`ELOOP`). Where the image
 * has no such file there is nothing to lay over, since nothing can be made in a read-only /etc: that is refused, and not
 * made up for by a mount of the directory, which would hide what else is in it.
 *
 * @throws {RangeError} The name is no path below /etc, the image has no such file, or mode or owner is none.
 * @throws {CoveredFileError}
 * @throws {SyscallError} `ENOSPC`, …
 */
export async function placeEtcFile(kernel: Kernel, file: EtcFile): Promise<PlacedEtcFile> {
  const target = targetOf(file.name);
  requireBits(file);
  const bytes = new TextEncoder().encode(file.contents);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  // Nothing is waited for from here on: of two at once one comes after the other.
  requireFile(kernel, target);
  const source = sourceOf(file, sha256);
  const mounts = readMounts(kernel);
  const placed = onlyOurs(kernel, mounts, file.name);
  const isThere = placed !== undefined && shows(mounts, placed, source) &&
    kernel.lstat(source) !== undefined;
  if (!isThere) {
    kernel.mkdir(ETC_SOURCES, 0o700);
    using undo = new DisposableStack();
    const { mode, owner = { uid: 0, gid: 0 } } = file;
    kernel.writeFile(source, bytes, { mode, owner });
    undo.defer(() => removeUnlessBusy(kernel, source));
    const bind = { source, target, attributes: SEALED };
    if (placed === undefined) kernel.bind(bind);
    else kernel.replaceBind(bind);
    undo.move();
  }
  removeSources(kernel, file.name, basename(source));
  return { sha256 };
}

/**
 * Takes our content away: the image's own file shows again. Nothing there is fine.
 *
 * @throws {CoveredFileError}
 */
export function removeEtcFile(kernel: Kernel, name: string): void {
  const target = targetOf(name);
  for (let left = true; left;) {
    const top = onlyOurs(kernel, readMounts(kernel), name);
    left = top !== undefined;
    if (top !== undefined) kernel.unmount(target, { detach: true, mountId: top.mountId });
  }
  removeSources(kernel, name);
}

/**
 * The one mount of ours over the file, the others being taken away from the top: what is under the topmost was slid there
 * by a replacement that was cut short, and is the newer one.
 */
function onlyOurs(
  kernel: Kernel,
  mounts: readonly MountEntry[],
  name: string,
): MountEntry | undefined {
  const target = targetOf(name);
  const stack = mountsAt(mounts, target);
  const ours = stack.filter((mount) => isOurs(mount, name));
  const top = stack.at(-1);
  if (top === undefined || ours.length === 0) return undefined;
  if (!ours.includes(top)) {
    throw new CoveredFileError(
      `Cannot place "${target}": ${top.fstype} of ${top.source} lies over it, it must be unmounted first`,
    );
  }
  for (const { mountId } of ours.slice(1).reverse()) {
    kernel.unmount(target, { detach: true, mountId });
  }
  return ours[0];
}

/** By its name: mountinfo tells the path within the tmpfs, and says when it has been removed. */
function isOurs({ fstype, root }: MountEntry, name: string): boolean {
  return fstype === "tmpfs" && root.startsWith(`/${basename(ETC_SOURCES)}/${sourceStem(name)}`);
}

/** Whether the mount shows what was `source` in the file system that is at /system now. */
function shows(mounts: readonly MountEntry[], mount: MountEntry, source: string): boolean {
  const system = dirname(ETC_SOURCES);
  const holder = topMountAt(mounts, system);
  return holder?.device === mount.device && `${system}${mount.root}` === source;
}

function targetOf(name: string): string {
  const target = join("/etc", name);
  if (name === "" || name.startsWith("/") || target !== `/etc/${name}` || name.includes("\0")) {
    throw new RangeError(
      `Cannot place ${
        JSON.stringify(name)
      }: it must be a path below /etc, without "..", such as "hosts"`,
    );
  }
  return target;
}

/** A link on the way would lead to another place than mountinfo tells: the mount there would never be found again. */
function requireFile(kernel: Kernel, target: string): void {
  for (let path = target; path !== "/"; path = dirname(path)) {
    const wanted = path === target ? "file" : "directory";
    const type = kernel.lstat(path)?.type;
    if (type === wanted) continue;
    const found = type === undefined ? "there is no such file in the image" : `it is a ${type}`;
    const where = path === target ? "" : `"${path}" is in its way: `;
    const must = path === target ? "a file of the image" : "a directory of the image";
    throw new RangeError(`Cannot place "${target}": ${where}${found}, it must be ${must}`);
  }
}

function requireBits({ name, mode, owner = { uid: 0, gid: 0 } }: EtcFile): void {
  if (!(Number.isInteger(mode) && mode > 0 && mode <= 0o777)) {
    throw new RangeError(
      `Cannot place "${name}" with mode ${mode}: it must be 1 to ${0o777} (0777)`,
    );
  }
  for (const id of [owner.uid, owner.gid]) {
    if (Number.isInteger(id) && id >= 0 && id <= OWNER_MAX) continue;
    throw new RangeError(`Cannot place "${name}" for owner ${id}: it must be 0 to ${OWNER_MAX}`);
  }
}

/** Mode, owner and content are in the name, so that what is mounted tells all of them. */
function sourceOf({ name, mode, owner }: EtcFile, sha256: string): string {
  const { uid, gid } = owner ?? { uid: 0, gid: 0 };
  const facts = [mode.toString(8), uid, gid, sha256.slice(0, DIGEST_LETTERS)].join("-");
  return join(ETC_SOURCES, `${sourceStem(name)}${facts}`);
}

/** `/` cannot be in the name of a file, and `%` marks what stands for it. */
function sourceStem(name: string): string {
  return `${name.replaceAll("%", "%25").replaceAll("/", "%2F")}@`;
}

/** Removes the sources of `name` but `kept`. A mount that still shows one keeps it alive. */
function removeSources(kernel: Kernel, name: string, kept?: string): void {
  if (kernel.lstat(ETC_SOURCES) === undefined) return;
  const stem = sourceStem(name);
  for (const source of kernel.names(ETC_SOURCES)) {
    const digest = source.slice(stem.length);
    const isOurs = source.startsWith(stem) && !digest.includes("@");
    if (isOurs && source !== kept) kernel.remove(join(ETC_SOURCES, source));
  }
}

/** A file whose mount has another on top of it cannot be removed: who takes that away removes it, too. */
function removeUnlessBusy(kernel: Kernel, path: string): void {
  try {
    kernel.remove(path);
  } catch (error) {
    if (!(error instanceof SyscallError && error.is("EBUSY"))) throw error;
  }
}

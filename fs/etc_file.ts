/** One file of /etc with a content of ours laid read-only over it. */
// @ts-types="types/std_path_posix.d.ts"
import { basename, dirname, join } from "@std/path/posix";
import { MOUNT_ATTR } from "./kernel/constants.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type MountEntry, readMounts, topMountAt } from "./mountinfo.ts";

/** Where the contents lie: tmpfs, rebuilt at every boot. */
const SOURCES = "/system/etc";

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
}

/** What lies over the file now. */
export interface PlacedEtcFile {
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Lays a content over `/etc/<name>`, in place of the one before: a reader sees the old or the new, whole. The same
 * content and mode again mounts nothing.
 *
 * @throws {RangeError} The name is no path below /etc, or the image has no such file: only a file that is there can be
 * laid over. The mode is none.
 * @throws {SyscallError} `ENOSPC`, …
 */
export async function placeEtcFile(kernel: Kernel, file: EtcFile): Promise<PlacedEtcFile> {
  const target = targetOf(file.name);
  requireMode(file);
  requireFile(kernel, target);
  const bytes = new TextEncoder().encode(file.contents);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const source = sourceOf(file, sha256);
  const placed = placedAt(kernel, target);
  if (placed !== undefined && isSource(placed, source)) return { sha256 };
  kernel.mkdir(SOURCES, 0o700);
  using undo = new DisposableStack();
  kernel.writeFile(source, bytes, { mode: file.mode });
  undo.defer(() => kernel.remove(source));
  const bind = { source, target, attributes: SEALED };
  if (placed === undefined) kernel.bind(bind);
  else kernel.replaceBind(bind);
  undo.move();
  removeSources(kernel, file.name, basename(source));
  return { sha256 };
}

/** Takes our content away: the image's own file shows again. Nothing there is fine. */
export function removeEtcFile(kernel: Kernel, name: string): void {
  const target = targetOf(name);
  if (placedAt(kernel, target) !== undefined) kernel.unmount(target, { detach: true });
  removeSources(kernel, name);
}

/** The mount of ours that is seen at `target`. */
function placedAt(kernel: Kernel, target: string): MountEntry | undefined {
  const top = topMountAt(readMounts(kernel), target);
  return top !== undefined && top.fstype === "tmpfs" ? top : undefined;
}

/** Whether the mount shows `source`: mountinfo tells the path within the tmpfs at /system. */
function isSource(mount: MountEntry, source: string): boolean {
  return `/system${mount.root}` === source;
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

function requireMode({ name, mode }: EtcFile): void {
  if (Number.isInteger(mode) && mode > 0 && mode <= 0o777) return;
  throw new RangeError(`Cannot place "${name}" with mode ${mode}: it must be 1 to ${0o777} (0777)`);
}

/** Named by name, mode and content, so that another content is another file. */
function sourceOf({ name, mode }: EtcFile, sha256: string): string {
  const stem = sourceStem(name);
  return join(SOURCES, `${stem}${mode.toString(8)}-${sha256.slice(0, DIGEST_LETTERS)}`);
}

/** `/` cannot be in the name of a file, and `%` marks what stands for it. */
function sourceStem(name: string): string {
  return `${name.replaceAll("%", "%25").replaceAll("/", "%2F")}@`;
}

/** Removes the sources of `name` but `kept`. A mount that still shows one keeps it alive. */
function removeSources(kernel: Kernel, name: string, kept?: string): void {
  if (kernel.lstat(SOURCES) === undefined) return;
  const stem = sourceStem(name);
  for (const source of kernel.names(SOURCES)) {
    const digest = source.slice(stem.length);
    const isOurs = source.startsWith(stem) && !digest.includes("@");
    if (isOurs && source !== kept) kernel.remove(join(SOURCES, source));
  }
}

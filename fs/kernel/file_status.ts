/** What statx(2) tells. */
import { AT, STATX } from "./constants.ts";
import type { FileStatus, FileType } from "./kernel.ts";
import { cstr, type Libc } from "./libc.ts";

/** Bytes of struct statx. Source: linux/stat.h. */
export const STATX_BYTES = 256;

/** File types by the top four bits of st_mode. Source: linux/stat.h. */
const TYPES: Readonly<Record<number, FileType>> = {
  0o01: "fifo",
  0o02: "character",
  0o04: "directory",
  0o06: "block",
  0o10: "file",
  0o12: "symlink",
  0o14: "socket",
};

/** A status, and what only this folder wants to know. */
export interface Statx {
  readonly status: FileStatus;
  /** Whether something is mounted just there. */
  readonly isMountRoot: boolean;
  /** Number of the mount it was reached by, as in mountinfo. */
  readonly mountId: number;
}

/**
 * Asks about `path` as seen from the directory `dirfd`, or with an empty path about `dirfd` itself.
 *
 * @param options `follow` a link at the end; `subject` is what errors name.
 */
export function statx(
  libc: Libc,
  path: string,
  options: { readonly dirfd?: number; readonly follow?: boolean; readonly subject?: string } = {},
): Statx {
  const { dirfd = AT.FDCWD, follow = false, subject = path } = options;
  const flags = AT.NO_AUTOMOUNT | (follow ? 0 : AT.SYMLINK_NOFOLLOW) |
    (path === "" ? AT.EMPTY_PATH : 0);
  const buffer = new Uint8Array(STATX_BYTES);
  const mask = STATX.BASIC_STATS | STATX.MNT_ID;
  if (libc.call.statx(dirfd, cstr(path), flags, mask, buffer) !== 0) {
    throw libc.refused("statx", subject);
  }
  const view = new DataView(buffer.buffer);
  const mode = view.getUint16(28, true);
  const type = TYPES[mode >> 12];
  if (type === undefined) throw new Error(`Cannot tell what "${subject}" is: st_mode is ${mode}`);
  const status: FileStatus = {
    type,
    size: view.getBigUint64(40, true),
    mode: mode & 0o7777,
    uid: view.getUint32(20, true),
    gid: view.getUint32(24, true),
    modified: view.getBigInt64(112, true),
    device: `${view.getUint32(136, true)}:${view.getUint32(140, true)}`,
    inode: view.getBigUint64(32, true),
  };
  return {
    status,
    isMountRoot: (view.getBigUint64(8, true) & STATX.ATTR_MOUNT_ROOT) !== 0n,
    mountId: Number(view.getBigUint64(144, true)),
  };
}

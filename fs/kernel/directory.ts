/** Names in an open directory, and targets of links. */
import { NR } from "./constants.ts";
import type { Descriptor } from "./descriptor.ts";
import { cstr, type Libc, textOf } from "./libc.ts";

/** Bytes of names asked for at once: a few hundred entries. */
const DIRENTS_BYTES = 32 * 1024;
/** Bytes of a link's target, NUL included. Source: linux/limits.h, PATH_MAX. */
const PATH_BYTES_MAX = 4096;

/** Names in a directory just opened, without `.` and `..`, in no order. */
export function directoryNames(libc: Libc, directory: Descriptor): string[] {
  const names: string[] = [];
  const buffer = new Uint8Array(DIRENTS_BYTES);
  const view = new DataView(buffer.buffer);
  for (;;) {
    const size = BigInt(buffer.length);
    const filled = Number(libc.call.getdents64(NR.getdents64, directory.fd, buffer, size));
    if (filled < 0) throw libc.refused("getdents64", directory.subject);
    if (filled === 0) return names;
    // struct linux_dirent64: u64 d_ino, s64 d_off, u16 d_reclen, u8 d_type, char d_name[].
    for (let at = 0; at < filled; at += view.getUint16(at + 16, true)) {
      const name = textOf(buffer.subarray(at + 19, at + view.getUint16(at + 16, true)));
      if (name !== "." && name !== "..") names.push(name);
    }
  }
}

/**
 * Target of the link `path` as seen from `dirfd`, or with an empty path of `dirfd` itself.
 *
 * @throws {SyscallError} `EINVAL` for anything but a link.
 */
export function linkTarget(
  libc: Libc,
  path: string,
  options: { readonly dirfd: number; readonly subject: string },
): string {
  const buffer = new Uint8Array(PATH_BYTES_MAX);
  const { dirfd, subject } = options;
  const size = BigInt(buffer.length);
  const length = Number(libc.call.readlinkat(dirfd, cstr(path), buffer, size));
  if (length >= 0) return new TextDecoder().decode(buffer.subarray(0, length));
  throw libc.refused("readlink", subject);
}

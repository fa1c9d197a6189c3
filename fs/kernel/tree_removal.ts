/** Removing a tree, held by descriptors so that no link swapped in on the way leads out of it. */
import { AT, O } from "./constants.ts";
import { type Descriptor, openFile } from "./descriptor.ts";
import { directoryNames } from "./directory.ts";
import { ERRNO } from "./errno.ts";
import { type Statx, statx } from "./file_status.ts";
import { cstr, type Libc } from "./libc.ts";
import { SyscallError } from "./syscall_error.ts";

/** Levels of directories: each holds one open file. */
const DEPTH_MAX = 256;

/**
 * Removes `path` and all below it.
 *
 * @throws {SyscallError} `EBUSY` at the first place where something is mounted, a bind of the same file system too:
 * what is behind it stays, what came before it is gone. `ELOOP` below 256 levels.
 */
export function removeTree(libc: Libc, path: string): void {
  const { status: { device } } = statx(libc, path);
  removeEntry(libc, path, { subject: path, device, depth: 0 });
}

interface Within {
  readonly at?: Descriptor;
  /** Path for errors. */
  readonly subject: string;
  /** The only file system that may be touched. */
  readonly device: string;
  readonly depth: number;
}

function removeEntry(libc: Libc, name: string, within: Within): void {
  const { at, subject, device, depth } = within;
  const dirfd = at?.fd ?? AT.FDCWD;
  const found = statx(libc, name, { dirfd, subject });
  assertInside(found, within);
  const isDirectory = found.status.type === "directory";
  if (isDirectory) {
    const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;
    using directory = openFile(libc, name, { flags, subject, ...(at === undefined ? {} : { at }) });
    // Again, of what was opened: something may have been mounted in between.
    assertInside(statx(libc, "", { dirfd: directory.fd, subject }), within);
    for (const entry of directoryNames(libc, directory)) {
      const below = { at: directory, subject: `${subject}/${entry}`, device, depth: depth + 1 };
      removeEntry(libc, entry, below);
    }
  }
  if (libc.call.unlinkat(dirfd, cstr(name), isDirectory ? AT.REMOVEDIR : 0) !== 0) {
    throw libc.refused(isDirectory ? "rmdir" : "unlink", subject);
  }
}

function assertInside(found: Statx, within: Within): void {
  const { subject, device, depth } = within;
  if (depth > DEPTH_MAX) {
    const detail = `more than ${DEPTH_MAX} levels of directories`;
    throw new SyscallError({ call: "remove", errno: ERRNO.ELOOP, subject, detail });
  }
  if (found.isMountRoot || found.status.device !== device) {
    const detail = "something is mounted there";
    throw new SyscallError({ call: "remove", errno: ERRNO.EBUSY, subject, detail });
  }
}

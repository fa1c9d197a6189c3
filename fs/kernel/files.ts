/** Files, by the C library and not by Deno's own calls: those tell an errno only where Deno has a name for it. */
import { AT, O } from "./constants.ts";
import { type Descriptor, openFile, readOn, syncFile, writeOn } from "./descriptor.ts";
import { directoryEvents, UNFINISHED } from "./directory_events.ts";
import { directoryNames, linkTarget } from "./directory.ts";
import { ERRNO } from "./errno.ts";
import { statx } from "./file_status.ts";
import type { FileCalls, FileOwner } from "./kernel.ts";
import { cstr, type Libc } from "./libc.ts";
import { openInRoot } from "./rooted_file.ts";
import { SyscallError } from "./syscall_error.ts";
import { removeTree } from "./tree_removal.ts";

/** Bytes of a file read whole, unless the caller says otherwise. */
const READ_BYTES_MAX = 1 << 20;
/** Bytes asked for at once: most files are smaller. */
const READ_CHUNK_BYTES = 64 * 1024;

/** The file calls of Linux. */
export function fileCalls(libc: Libc): FileCalls {
  return {
    ...directoryEvents(libc),
    mkdir: (path, mode) => mkdir(libc, path, mode),
    readFile: (path, options = {}) => readFile(libc, path, options.maxBytes ?? READ_BYTES_MAX),
    readText(path, options = {}) {
      return new TextDecoder().decode(readFile(libc, path, options.maxBytes ?? READ_BYTES_MAX));
    },
    writeFile(path, content, options) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      if (options.direct === true) {
        writeDirectly(libc, path, { ...options, bytes });
      } else {
        replaceFile(libc, path, { ...options, bytes });
      }
    },
    lstat(path) {
      try {
        return statx(libc, path).status;
      } catch (error) {
        if (isRefused(error, "ENOENT", "ENOTDIR")) return undefined;
        throw error;
      }
    },
    names(path) {
      using directory = openFile(libc, path, { flags: O.RDONLY | O.DIRECTORY });
      return directoryNames(libc, directory).sort();
    },
    readLink: (path) => linkTarget(libc, path, { dirfd: AT.FDCWD, subject: path }),
    symlink(target, path) {
      if (libc.call.symlink(cstr(target), cstr(path)) !== 0) throw libc.refused("symlink", path);
    },
    chmod(path, mode) {
      if (libc.call.chmod(cstr(path), mode & 0o7777) !== 0) throw libc.refused("chmod", path);
    },
    remove(path, options = {}) {
      if (options.recursive === true) {
        removeTree(libc, path);
      } else {
        const isDirectory = statx(libc, path).status.type === "directory";
        const flags = isDirectory ? AT.REMOVEDIR : 0;
        if (libc.call.unlinkat(AT.FDCWD, cstr(path), flags) !== 0) {
          throw libc.refused(isDirectory ? "rmdir" : "unlink", path);
        }
      }
    },
    openInRoot: (root, path, options = {}) => openInRoot(libc, { root, path, ...options }),
  };
}

function mkdir(libc: Libc, path: string, mode: number): void {
  if (libc.call.mkdir(cstr(path), mode) === 0) {
    // The umask took bits away.
    if (libc.call.chmod(cstr(path), mode) !== 0) throw libc.refused("chmod", path);
    return;
  }
  const error = libc.refused("mkdir", path);
  if (error.is("ENOENT")) {
    const above = directoryOf(path);
    if (above === path || above === "/") throw error;
    mkdir(libc, above, mode);
    mkdir(libc, path, mode);
    return;
  }
  const isThere = error.is("EEXIST") &&
    statx(libc, path, { follow: true }).status.type === "directory";
  if (!isThere) throw error;
}

function readFile(libc: Libc, path: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  using file = openFile(libc, path, { flags: O.RDONLY });
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (;;) {
    // One byte more than may be there shows that there is more. Files of /proc have no size to ask for.
    const chunk = new Uint8Array(Math.min(READ_CHUNK_BYTES, maxBytes + 1 - size));
    const filled = readOn(libc, file, chunk);
    size += filled;
    if (size > maxBytes) {
      const detail = `it has more than ${maxBytes} bytes`;
      throw new SyscallError({ call: "read", errno: ERRNO.EFBIG, subject: path, detail });
    }
    chunks.push(chunk.subarray(0, filled));
    if (filled < chunk.length) break;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** What is written, and how. */
interface Writing {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mode: number;
  readonly owner?: FileOwner;
  readonly sync?: boolean;
}

function writeDirectly(libc: Libc, path: string, writing: Writing): void {
  using file = openOrMake(libc, path, writing.mode);
  writeOn(libc, file, writing.bytes);
  if (writing.sync === true) syncFile(libc, file);
}

function openOrMake(libc: Libc, path: string, mode: number): Descriptor {
  try {
    return openFile(libc, path, { flags: O.WRONLY | O.TRUNC });
  } catch (error) {
    if (!isRefused(error, "ENOENT")) throw error;
    return makeFile(libc, path, { mode });
  }
}

/** Makes a file that was not there, with exactly this mode. */
function makeFile(
  libc: Libc,
  path: string,
  options: { readonly mode: number; readonly owner?: FileOwner; readonly subject?: string },
): Descriptor {
  const { mode, owner, subject = path } = options;
  const flags = O.WRONLY | O.CREAT | O.EXCL;
  using undo = new DisposableStack();
  const file = undo.use(openFile(libc, path, { flags, mode, subject }));
  if (owner !== undefined && libc.call.fchown(file.fd, owner.uid, owner.gid) !== 0) {
    throw libc.refused("fchown", subject);
  }
  if (libc.call.fchmod(file.fd, mode) !== 0) throw libc.refused("fchmod", subject);
  undo.move();
  return file;
}

function replaceFile(libc: Libc, path: string, writing: Writing): void {
  const above = directoryOf(path);
  // One name a process: calls are synchronous, so what is there is left from a life that was cut short.
  const beside = `${above === "/" ? "" : above}/${UNFINISHED}${Deno.pid}`;
  libc.call.unlinkat(AT.FDCWD, cstr(beside), 0);
  try {
    // Owned first: a change of owner takes bits of the mode away.
    using file = makeFile(libc, beside, { ...writing, subject: path });
    writeOn(libc, file, writing.bytes);
    if (writing.sync === true) syncFile(libc, file);
    if (libc.call.rename(cstr(beside), cstr(path)) !== 0) throw libc.refused("rename", path);
  } catch (error) {
    libc.call.unlinkat(AT.FDCWD, cstr(beside), 0);
    throw error;
  }
  if (writing.sync !== true) return;
  using directory = openFile(libc, above, { flags: O.RDONLY | O.DIRECTORY });
  syncFile(libc, directory);
}

function isRefused(error: unknown, ...codes: readonly (keyof typeof ERRNO)[]): boolean {
  return error instanceof SyscallError && error.is(...codes);
}

function directoryOf(path: string): string {
  const above = path.replace(/\/+[^/]*\/*$/, "");
  return above === "" ? "/" : above;
}

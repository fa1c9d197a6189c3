/** Files opened below a root that they cannot leave. */
import { extendedAttributes } from "./attribute_reading.ts";
import { NR, O, RESOLVE } from "./constants.ts";
import { type Descriptor, descriptor, openFile } from "./descriptor.ts";
import { directoryNames, linkTarget } from "./directory.ts";
import { ERRNO } from "./errno.ts";
import type { ExtendedAttribute } from "./extended_attribute.ts";
import { statx } from "./file_status.ts";
import type { FileStatus, FileType, RootedFile } from "./kernel.ts";
import { cstr, type Libc } from "./libc.ts";
import { SyscallError } from "./syscall_error.ts";

/** Bytes of struct open_how: three u64. Source: linux/openat2.h. */
export const OPEN_HOW_BYTES = 24;
/** Times a walk is begun again because something was renamed meanwhile. */
const WALKS_MAX = 64;

/** Opens by name first, then, knowing that it is a file or a directory, for reading. */
export function openInRoot(
  libc: Libc,
  request: { readonly root: string; readonly path: string; readonly follow?: boolean },
): RootedFile {
  const { root, path, follow = true } = request;
  using undo = new DisposableStack();
  using base = openFile(libc, root, { flags: O.PATH | O.DIRECTORY });
  const named = undo.use(walk(libc, base, { path, follow }));
  const { status } = statx(libc, "", { dirfd: named.fd, subject: path });
  const content = undo.use(openContent(libc, named, status.type));
  undo.move();
  return new LinuxRootedFile(libc, { path, status, named, content });
}

function walk(
  libc: Libc,
  base: Descriptor,
  request: { readonly path: string; readonly follow: boolean },
): Descriptor {
  const { path, follow } = request;
  const flags = BigInt(O.PATH | O.CLOEXEC | (follow ? 0 : O.NOFOLLOW));
  const how = new BigUint64Array([flags, 0n, RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS]);
  const name = cstr(path === "" ? "." : path);
  const size = BigInt(how.byteLength);
  for (let tries = 1;; tries++) {
    const fd = libc.call.openat2(NR.openat2, base.fd, name, how, size);
    if (fd >= 0) return descriptor(libc, fd, path);
    const error = libc.refused("openat2", path);
    // ".." cannot be told to be safe while something is renamed or mounted.
    if (!error.is("EAGAIN", "EINTR") || tries === WALKS_MAX) throw error;
  }
}

/** Of a file or a directory. Anything else could block, or do something, when it is opened. */
function openContent(libc: Libc, named: Descriptor, type: FileType): Descriptor | undefined {
  if (type !== "file" && type !== "directory") return undefined;
  // Some files of /proc wait for more (kmsg): with NONBLOCK they say EAGAIN.
  const flags = O.RDONLY | (type === "directory" ? O.DIRECTORY : O.NONBLOCK);
  return openFile(libc, `/proc/self/fd/${named.fd}`, { flags, subject: named.subject });
}

/** What {@linkcode openInRoot} found. */
interface Found {
  readonly path: string;
  readonly status: FileStatus;
  /** The file by name, whatever it is. */
  readonly named: Descriptor;
  /** The file open for reading, where that is safe. */
  readonly content: Descriptor | undefined;
}

/** Its descriptors stay open while a read on another thread uses them, even when disposed of meanwhile. */
class LinuxRootedFile implements RootedFile {
  readonly status: FileStatus;
  readonly #libc: Libc;
  readonly #found: Found;
  #reading = 0;
  #isOpen = true;

  constructor(libc: Libc, found: Found) {
    this.#libc = libc;
    this.#found = found;
    this.status = found.status;
  }

  async read(buffer: Uint8Array<ArrayBuffer>, offset: bigint): Promise<number> {
    const errno = this.status.type === "directory" ? ERRNO.EISDIR : ERRNO.EINVAL;
    const file = this.#opened("pread", "file", errno);
    this.#reading += 1;
    try {
      return await readOutside(this.#libc, file, { buffer, offset });
    } finally {
      this.#reading -= 1;
      this.#closeWhenIdle();
    }
  }

  names(): readonly string[] {
    const { fd, subject } = this.#opened("getdents64", "directory", ERRNO.ENOTDIR);
    // Its own descriptor, since each reads a directory to its end once.
    const flags = O.RDONLY | O.DIRECTORY;
    using directory = openFile(this.#libc, `/proc/self/fd/${fd}`, { flags, subject });
    return directoryNames(this.#libc, directory);
  }

  entry(name: string): { readonly status: FileStatus; readonly link: string } {
    requireEntryName(name);
    const { fd } = this.#opened("statx", "directory", ERRNO.ENOTDIR);
    const from = { dirfd: fd, subject: `${this.#found.path}/${name}` };
    const { status } = statx(this.#libc, name, from);
    return { status, link: status.type === "symlink" ? linkTarget(this.#libc, name, from) : "" };
  }

  readLink(): string {
    const { path, named } = this.#found;
    this.#enter("readlink", "symlink", ERRNO.EINVAL);
    return linkTarget(this.#libc, "", { dirfd: named.fd, subject: path });
  }

  attributes(name?: string): readonly ExtendedAttribute[] {
    const { path, named } = this.#found;
    if (name === undefined) {
      this.#enter("listxattr", this.status.type, ERRNO.EINVAL);
      return extendedAttributes(this.#libc, named);
    }
    requireEntryName(name);
    const at = this.#opened("open", "directory", ERRNO.ENOTDIR);
    const options = { flags: O.PATH | O.NOFOLLOW, at, subject: `${path}/${name}` };
    using entry = openFile(this.#libc, name, options);
    return extendedAttributes(this.#libc, entry);
  }

  [Symbol.dispose](): void {
    this.#isOpen = false;
    this.#closeWhenIdle();
  }

  #opened(call: string, wanted: FileType, errno: number): Descriptor {
    this.#enter(call, wanted, errno);
    return this.#found.content ?? this.#found.named;
  }

  #enter(call: string, wanted: FileType, errno: number): void {
    const subject = this.#found.path;
    if (!this.#isOpen) throw new SyscallError({ call, errno: ERRNO.EBADF, subject });
    if (this.status.type !== wanted) throw new SyscallError({ call, errno, subject });
  }

  #closeWhenIdle(): void {
    if (this.#isOpen || this.#reading > 0) return;
    this.#found.content?.[Symbol.dispose]();
    this.#found.named[Symbol.dispose]();
  }
}

function requireEntryName(name: string): void {
  if (name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)) return;
  throw new RangeError(`Cannot look at ${JSON.stringify(name)}: it is not the name of an entry`);
}

async function readOutside(
  libc: Libc,
  file: Descriptor,
  request: { readonly buffer: Uint8Array<ArrayBuffer>; readonly offset: bigint },
): Promise<number> {
  const { buffer, offset } = request;
  const size = BigInt(buffer.length);
  const count = Number(await libc.call.pread_outside(file.fd, buffer, size, offset));
  if (count >= 0) return count;
  // Why is known to the other thread only. What was refused there is refused here, and at once.
  const again = Number(libc.call.pread(file.fd, buffer, size, offset));
  if (again >= 0) return again;
  throw libc.refused("pread", file.subject);
}

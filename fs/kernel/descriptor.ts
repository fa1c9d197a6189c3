/** An open file of the process, closed once, and reading and writing it whole. */
import { AT, O } from "./constants.ts";
import { cstr, type Libc } from "./libc.ts";
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./syscall_error.ts";

/** An open file. */
export interface Descriptor extends Disposable {
  /** @throws {SyscallError} `EBADF` once closed, since the number may be another file's by then. */
  readonly fd: number;
  /** What it is, for errors. */
  readonly subject: string;
}

/** Takes over `fd`, to be closed when disposed of. */
export function descriptor(libc: Libc, fd: number, subject: string): Descriptor {
  return new OpenFile(libc, fd, subject);
}

class OpenFile implements Descriptor {
  readonly subject: string;
  readonly #libc: Libc;
  readonly #fd: number;
  #isOpen = true;

  constructor(libc: Libc, fd: number, subject: string) {
    this.#libc = libc;
    this.#fd = fd;
    this.subject = subject;
  }

  get fd(): number {
    if (this.#isOpen) return this.#fd;
    throw new SyscallError({ call: "use", errno: ERRNO.EBADF, subject: this.subject });
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) this.#libc.call.close(this.#fd);
    this.#isOpen = false;
  }
}

/**
 * Opens a file, closed at exec.
 *
 * @param options `at` is the directory `path` is seen from; `subject` is what errors name.
 */
export function openFile(
  libc: Libc,
  path: string,
  options: {
    readonly flags: number;
    readonly mode?: number;
    readonly at?: Descriptor;
    readonly subject?: string;
  },
): Descriptor {
  const { flags, mode = 0, at, subject = path } = options;
  const name = cstr(path);
  const from = at?.fd ?? AT.FDCWD;
  for (;;) {
    const fd = libc.call.openat(from, name, flags | O.CLOEXEC, mode);
    if (fd >= 0) return descriptor(libc, fd, subject);
    const error = libc.refused("open", subject);
    if (!error.is("EINTR")) throw error;
  }
}

/** Reads on until `buffer` is full or the file ends. @returns Bytes read. */
export function readOn(libc: Libc, file: Descriptor, buffer: Uint8Array<ArrayBuffer>): number {
  let filled = 0;
  while (filled < buffer.length) {
    const rest = buffer.subarray(filled);
    const count = Number(libc.call.read(file.fd, rest, BigInt(rest.length)));
    if (count === 0) break;
    if (count > 0) {
      filled += count;
      continue;
    }
    const error = libc.refused("read", file.subject);
    if (!error.is("EINTR")) throw error;
  }
  return filled;
}

/** Writes all of `bytes` where the file stands; nothing at all is one write too. */
export function writeOn(libc: Libc, file: Descriptor, bytes: Uint8Array<ArrayBuffer>): void {
  let written = 0;
  do {
    const rest = bytes.subarray(written);
    const count = Number(libc.call.write(file.fd, rest, BigInt(rest.length)));
    if (count >= 0) {
      written += count;
      continue;
    }
    const error = libc.refused("write", file.subject);
    if (!error.is("EINTR")) throw error;
  } while (written < bytes.length);
}

/** Returns when the device has everything of the file. */
export function syncFile(libc: Libc, file: Descriptor): void {
  if (libc.call.fsync(file.fd) !== 0) throw libc.refused("fsync", file.subject);
}

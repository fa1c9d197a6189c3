/** Disks and partitions; an ordinary file serves as one, for tests and images. */
import { BLK, O } from "./constants.ts";
import { type Descriptor, openFile, syncFile } from "./descriptor.ts";
import { ERRNO } from "./errno.ts";
import { statx } from "./file_status.ts";
import type { BlockDevice } from "./kernel.ts";
import type { Libc } from "./libc.ts";
import { SyscallError } from "./syscall_error.ts";

/** Of a file in place of a disk. */
const FILE_SECTOR_BYTES = 512;

/** Opens a disk, a partition or an image. @throws {SyscallError} `ENOTBLK`, `EISDIR` for anything else. */
export function openBlockDevice(
  libc: Libc,
  path: string,
  options: { readonly access: "read-only" | "read-write" },
): BlockDevice {
  // Asked before it is opened: opening a fifo waits, and opening some devices does something.
  const { type } = statx(libc, path, { follow: true }).status;
  if (type !== "block" && type !== "file") {
    const errno = type === "directory" ? ERRNO.EISDIR : ERRNO.ENOTBLK;
    throw new SyscallError({ call: "open", errno, subject: path });
  }
  const flags = options.access === "read-write" ? O.RDWR : O.RDONLY;
  using undo = new DisposableStack();
  const file = undo.use(openFile(libc, path, { flags }));
  const sizes = type === "block" ? deviceSizes(libc, file) : fileSizes(libc, file);
  undo.move();
  const { sizeBytes } = sizes;
  return {
    ...sizes,
    readAt(offset, length) {
      assertInside(path, sizeBytes, { offset, length });
      const data = new Uint8Array(length);
      readAll(libc, file, { offset, data });
      return data;
    },
    writeAt(offset, data) {
      assertInside(path, sizeBytes, { offset, length: data.length });
      writeAll(libc, file, { offset, data });
    },
    sync: () => syncFile(libc, file),
    rereadPartitions() {
      if (libc.call.ioctl(file.fd, BLK.RRPART, null) !== 0) throw libc.refused("BLKRRPART", path);
    },
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function deviceSizes(libc: Libc, file: Descriptor): { sizeBytes: bigint; sectorBytes: number } {
  const size = new BigUint64Array(1);
  if (libc.call.ioctl(file.fd, BLK.GETSIZE64, size) !== 0) {
    throw libc.refused("BLKGETSIZE64", file.subject);
  }
  const sector = new Int32Array(1);
  if (libc.call.ioctl(file.fd, BLK.SSZGET, sector) !== 0) {
    throw libc.refused("BLKSSZGET", file.subject);
  }
  return { sizeBytes: size[0] ?? 0n, sectorBytes: sector[0] ?? 0 };
}

function fileSizes(libc: Libc, file: Descriptor): { sizeBytes: bigint; sectorBytes: number } {
  const { size } = statx(libc, "", { dirfd: file.fd, subject: file.subject }).status;
  return { sizeBytes: size, sectorBytes: FILE_SECTOR_BYTES };
}

/** @throws {RangeError} Some of it is before the beginning or after the end. */
function assertInside(
  path: string,
  sizeBytes: bigint,
  range: { readonly offset: bigint; readonly length: number },
): void {
  const end = range.offset + BigInt(range.length);
  if (range.offset >= 0n && range.length >= 0 && end <= sizeBytes) return;
  const has = `it has bytes 0 to ${sizeBytes}`;
  throw new RangeError(`Cannot use bytes ${range.offset} to ${end} of "${path}": ${has}`);
}

/** Where, and what is or goes there. */
interface Extent {
  readonly offset: bigint;
  readonly data: Uint8Array<ArrayBuffer>;
}

function readAll(libc: Libc, file: Descriptor, { offset, data }: Extent): void {
  for (let done = 0; done < data.length;) {
    const rest = data.subarray(done);
    const at = offset + BigInt(done);
    const count = Number(libc.call.pread(file.fd, rest, BigInt(rest.length), at));
    if (count > 0) {
      done += count;
      continue;
    }
    if (count === 0) {
      const detail = `it ends at ${at}`;
      throw new SyscallError({ call: "pread", errno: ERRNO.EIO, subject: file.subject, detail });
    }
    const error = libc.refused("pread", file.subject);
    if (!error.is("EINTR")) throw error;
  }
}

function writeAll(libc: Libc, file: Descriptor, { offset, data }: Extent): void {
  for (let done = 0; done < data.length;) {
    const rest = data.subarray(done);
    const at = offset + BigInt(done);
    const count = Number(libc.call.pwrite(file.fd, rest, BigInt(rest.length), at));
    if (count >= 0) {
      done += count;
      continue;
    }
    const error = libc.refused("pwrite", file.subject);
    if (!error.is("EINTR")) throw error;
  }
}

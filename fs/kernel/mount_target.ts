/** A place to mount at, held open, so that nothing swapped meanwhile leads the mount to another. */
import { AT, NR, O, RESOLVE, UMOUNT_FLAGS } from "./constants.ts";
import { type Descriptor, descriptor } from "./descriptor.ts";
import { ERRNO } from "./errno.ts";
import { statx } from "./file_status.ts";
import { cstr, type Libc } from "./libc.ts";
import { SyscallError } from "./syscall_error.ts";

/** Opens what is seen at `path`, the topmost mount's root where there is one. No part of it may be a link. */
export function openTarget(libc: Libc, path: string): Descriptor {
  const how = new BigUint64Array([BigInt(O.PATH | O.CLOEXEC), 0n, RESOLVE.NO_SYMLINKS]);
  const fd = libc.call.openat2(NR.openat2, AT.FDCWD, cstr(path), how, BigInt(how.byteLength));
  if (fd < 0) throw libc.refused("openat2", path);
  return descriptor(libc, fd, path);
}

/** Detaches the mount whose root `top` is. */
export function detachMount(libc: Libc, top: Descriptor): void {
  // The link jumps to the very mount that is open, whatever its path is by now.
  if (libc.call.umount2(cstr(`/proc/self/fd/${top.fd}`), UMOUNT_FLAGS.MNT_DETACH) !== 0) {
    throw libc.refused("umount2", top.subject);
  }
}

/** Detaches the mount of that number where it is the one seen at `target`. @throws {SyscallError} `EINVAL`. */
export function detachExactly(libc: Libc, target: string, mountId: number): void {
  using top = openTarget(libc, target);
  const found = statx(libc, "", { dirfd: top.fd, subject: target });
  if (!found.isMountRoot || found.mountId !== mountId) {
    const detail = `mount ${mountId} is not what is seen there`;
    throw new SyscallError({ call: "umount2", errno: ERRNO.EINVAL, subject: target, detail });
  }
  detachMount(libc, top);
}

/** Mounting: mount(2), and the newer calls by descriptor for binds. */
import { AT, MOVE_MOUNT, MS, NR, OPEN_TREE, UMOUNT_FLAGS } from "./constants.ts";
import { type Descriptor, descriptor } from "./descriptor.ts";
import type { BindRequest, FileSystemSize, MountCalls, MountRequest } from "./kernel.ts";
import { cstr, type Libc } from "./libc.ts";

/** Bytes of mount data the kernel reads, NUL included: one page. It drops the rest in silence. */
const DATA_BYTES_MAX = 4096;
/** Bytes of struct mount_attr: four u64. Source: linux/mount.h. */
export const MOUNT_ATTR_BYTES = 32;
/** Bytes of struct statfs. Source: asm-generic/statfs.h. */
export const STATFS_BYTES = 120;
/** What tells a change of propagation from a change of flags. */
const PROPAGATION = MS.PRIVATE | MS.SLAVE | MS.SHARED;

/** The mount calls of Linux but for the waiting one. */
export function mountCalls(libc: Libc): Omit<MountCalls, "mountsChanged"> {
  return {
    mount: (request) => mount(libc, request),

    unmount(target, options = {}) {
      const detach = options.detach === true ? UMOUNT_FLAGS.MNT_DETACH : 0;
      if (libc.call.umount2(cstr(target), UMOUNT_FLAGS.UMOUNT_NOFOLLOW | detach) !== 0) {
        throw libc.refused("umount2", target);
      }
    },

    remount(target, flags) {
      const isPropagation = (flags & PROPAGATION) !== 0n;
      const asked = isPropagation ? flags : flags | MS.REMOUNT;
      if (libc.call.mount(cstr("none"), cstr(target), cstr(""), asked, null) !== 0) {
        throw libc.refused("mount", target);
      }
    },

    moveMount(source, target) {
      if (libc.call.mount(cstr(source), cstr(target), cstr(""), MS.MOVE, null) !== 0) {
        throw libc.refused("move_mount", target);
      }
    },

    bind(request) {
      using clone = cloneMount(libc, request);
      attachClone(libc, clone, { target: request.target, flags: MOVE_MOUNT.T_SYMLINKS });
    },

    replaceBind(request) {
      const { target } = request;
      using clone = cloneMount(libc, request);
      attachClone(libc, clone, { target, flags: MOVE_MOUNT.T_SYMLINKS | MOVE_MOUNT.BENEATH });
      if (libc.call.umount2(cstr(target), UMOUNT_FLAGS.MNT_DETACH) !== 0) {
        throw libc.refused("umount2", target);
      }
    },

    changeRoot(path) {
      // The walk of "/" stops below what was moved over the root; that of "/.." goes up to it.
      const walked = /^\/+$/.test(path) ? "/.." : path;
      if (libc.call.chdir(cstr(walked)) !== 0) throw libc.refused("chdir", path);
      if (libc.call.chroot(cstr(".")) !== 0) throw libc.refused("chroot", path);
    },

    statfs: (path) => statfs(libc, path),
  };
}

function mount(libc: Libc, request: MountRequest): void {
  const { source, target, fstype, flags } = request;
  const data = cstr(request.data);
  if (data.length > DATA_BYTES_MAX) {
    const size = `${data.length - 1} bytes, at most ${DATA_BYTES_MAX - 1}`;
    throw new RangeError(`Cannot mount "${target}": data is ${size}`);
  }
  const rc = libc.call.mount(cstr(source), cstr(target), cstr(fstype), flags, data);
  if (rc !== 0) throw libc.refused("mount", target);
}

/** A mount that hangs nowhere yet, with its attributes set; it is gone when closed without being attached. */
function cloneMount(libc: Libc, request: BindRequest): Descriptor {
  const { source, attributes } = request;
  const flags = OPEN_TREE.CLONE | OPEN_TREE.CLOEXEC;
  const fd = libc.call.open_tree(NR.open_tree, AT.FDCWD, cstr(source), flags);
  if (fd < 0) throw libc.refused("open_tree", source);
  using undo = new DisposableStack();
  const clone = undo.use(descriptor(libc, fd, source));
  const attr = new BigUint64Array([attributes, 0n, 0n, 0n]);
  const size = BigInt(attr.byteLength);
  const path = cstr("");
  if (libc.call.mount_setattr(NR.mount_setattr, fd, path, AT.EMPTY_PATH, attr, size) !== 0) {
    throw libc.refused("mount_setattr", source);
  }
  undo.move();
  return clone;
}

function attachClone(
  libc: Libc,
  clone: Descriptor,
  options: { readonly target: string; readonly flags: number },
): void {
  const { target } = options;
  const flags = MOVE_MOUNT.F_EMPTY_PATH | options.flags;
  const empty = cstr("");
  const to = cstr(target);
  if (libc.call.move_mount(NR.move_mount, clone.fd, empty, AT.FDCWD, to, flags) !== 0) {
    throw libc.refused("move_mount", target);
  }
}

function statfs(libc: Libc, path: string): FileSystemSize {
  const buffer = new Uint8Array(STATFS_BYTES);
  if (libc.call.statfs(cstr(path), buffer) !== 0) throw libc.refused("statfs", path);
  const view = new DataView(buffer.buffer);
  const fragment = view.getBigInt64(72, true);
  const blockBytes = fragment === 0n ? view.getBigInt64(8, true) : fragment;
  return {
    size: view.getBigUint64(16, true) * blockBytes,
    available: view.getBigUint64(32, true) * blockBytes,
  };
}

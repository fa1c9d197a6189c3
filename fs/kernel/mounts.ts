/** Mounting: mount(2) and what goes with it. */
import { bindCalls } from "./binds.ts";
import { MS, UMOUNT_FLAGS } from "./constants.ts";
import { fileSystemCalls } from "./file_systems.ts";
import type { FileSystemSize, MountCalls, MountRequest } from "./kernel.ts";
import { cstr, type Libc } from "./libc.ts";
import { detachExactly } from "./mount_target.ts";

/** Bytes of mount data the kernel reads, NUL included: one page. It drops the rest in silence. */
const DATA_BYTES_MAX = 4096;
/** Bytes of struct statfs. Source: asm-generic/statfs.h. */
export const STATFS_BYTES = 120;
/** What tells a change of propagation from a change of flags. */
const PROPAGATION = MS.PRIVATE | MS.SLAVE | MS.SHARED;

/** The mount calls of Linux but for the waiting one. */
export function mountCalls(libc: Libc): Omit<MountCalls, "mountsChanged"> {
  return {
    ...bindCalls(libc),
    ...fileSystemCalls(libc),
    mount: (request) => mount(libc, request),
    mountOutside: (request) => mountOutside(libc, request),

    unmount(target, options = {}) {
      if ("mountId" in options) return detachExactly(libc, target, options.mountId);
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
  if (libc.call.mount(...mountWords(request)) !== 0) throw libc.refused("mount", request.target);
}

async function mountOutside(libc: Libc, request: MountRequest): Promise<void> {
  const words = mountWords(request);
  const rc = await libc.call.mount_outside(...words);
  // Why is known to the other thread only: ask again. What changed its mind meanwhile has mounted.
  if (rc !== 0 && libc.call.mount(...words) !== 0) throw libc.refused("mount", request.target);
}

type CString = Uint8Array<ArrayBuffer>;

/** The arguments of mount(2). @throws {RangeError} One holds a NUL, or there is too much data. */
function mountWords(request: MountRequest): [CString, CString, CString, bigint, CString] {
  const { source, target, fstype, flags } = request;
  const data = cstr(request.data);
  if (data.length > DATA_BYTES_MAX) {
    const size = `${data.length - 1} bytes, at most ${DATA_BYTES_MAX - 1}`;
    throw new RangeError(`Cannot mount "${target}": data is ${size}`);
  }
  return [cstr(source), cstr(target), cstr(fstype), flags, data];
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

/** Binds: a clone of a mount, attached somewhere else. */
import { AT, MOVE_MOUNT, NR, OPEN_TREE } from "./constants.ts";
import { type Descriptor, descriptor } from "./descriptor.ts";
import type { BindRequest, MountCalls } from "./kernel.ts";
import { cstr, type Libc } from "./libc.ts";
import { detachMount, openTarget } from "./mount_target.ts";

/** Bytes of struct mount_attr: four u64. Source: linux/mount.h. */
export const MOUNT_ATTR_BYTES = 32;

/** The binding calls of Linux. */
export function bindCalls(libc: Libc): Pick<MountCalls, "bind" | "replaceBind"> {
  return {
    bind(request) {
      using clone = cloneMount(libc, request);
      using target = openTarget(libc, request.target);
      attachMount(libc, clone, { target, flags: 0 });
    },

    replaceBind(request) {
      using clone = cloneMount(libc, request);
      using top = openTarget(libc, request.target);
      attachMount(libc, clone, { target: top, flags: MOVE_MOUNT.BENEATH });
      detachMount(libc, top);
    },
  };
}

/** Attaches a mount that hangs nowhere at an open place. */
export function attachMount(
  libc: Libc,
  mount: Descriptor,
  options: { readonly target: Descriptor; readonly flags: number },
): void {
  const { target } = options;
  const flags = MOVE_MOUNT.F_EMPTY_PATH | MOVE_MOUNT.T_EMPTY_PATH | options.flags;
  const empty = cstr("");
  if (libc.call.move_mount(NR.move_mount, mount.fd, empty, target.fd, empty, flags) !== 0) {
    throw libc.refused("move_mount", target.subject);
  }
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

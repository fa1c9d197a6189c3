/** The root file system: a squashfs file held in memory, proven block by block as it is read. */
import { MS } from "./kernel/constants.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { makeDirectory } from "./made_directory.ts";
import { rootHashOf, verityRequest } from "./verity_device.ts";

/** Name of the mapped device under the root. */
export const ROOT_DEVICE = "strata-root";

/** Where the image is, what proves it, and where it goes. */
export interface RootImageRequest {
  /** The squashfs file, in the initramfs. */
  readonly image: string;
  /** Its hash tree, as verity_tree.ts makes it. */
  readonly hashTree: string;
  readonly verity: {
    readonly dataBlocks: number;
    readonly salt: string;
    readonly rootHash: string;
  };
  /** A directory; made when missing. */
  readonly target: string;
}

/** What the root is on, as the kernel says it now. */
export interface RootDeviceFacts {
  readonly path: string;
  readonly readOnly: boolean;
  /** The active root hash; "" when the device is not one of ours. */
  readonly rootHash: string;
  /** Whether a block was read since the boot that did not fit its digest. */
  readonly corrupt: boolean;
}

/**
 * Mounts a squashfs file read-only by way of two loop devices and a verity device.
 *
 * Blocks until the kernel answers. The files stay in memory for as long as the device is there, whether or not they are
 * removed; the loop devices go with it.
 *
 * @returns The verity device's path.
 * @throws {SyscallError} `ENOENT`, `EINVAL` (no squashfs), `EIO` (its first block does not fit the root hash), …; nothing
 * is left behind.
 */
export function mountRootImage(kernel: Kernel, request: RootImageRequest): string {
  const { image, hashTree, target, verity } = request;
  // Let go in every case: once made, the verity device holds them.
  using data = kernel.attachLoop(image);
  using tree = kernel.attachLoop(hashTree);
  using undo = new DisposableStack();
  const path = kernel.createMapped(
    verityRequest({ ...verity, name: ROOT_DEVICE, data: data.path, tree: tree.path }),
  );
  undo.defer(() => kernel.removeMapped(ROOT_DEVICE));
  undo.use(makeDirectory(kernel, target, 0o755));
  const flags = MS.RDONLY | MS.NOSUID | MS.NODEV;
  kernel.mount({ source: path, target, fstype: "squashfs", flags, data: "" });
  undo.move();
  return path;
}

/**
 * Takes back what {@linkcode mountRootImage} did, for a boot that cannot go on. Throws nothing: what refuses to go stays,
 * and who gives up has more to tell than that.
 */
export function unmountRootImage(kernel: Kernel, target: string): void {
  try {
    kernel.unmount(target);
    kernel.removeMapped(ROOT_DEVICE);
    kernel.remove(target);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
  }
}

/** What the kernel says of the device under the root. @throws {SyscallError} `ENXIO`, `ENOENT`: there is none. */
export function rootDeviceFacts(kernel: Kernel): RootDeviceFacts {
  const device = kernel.mappedDevice(ROOT_DEVICE);
  const { path, readOnly, status } = device;
  return { path, readOnly, rootHash: rootHashOf(device) ?? "", corrupt: status !== "V" };
}

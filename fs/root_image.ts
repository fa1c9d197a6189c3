/** The root file system: a squashfs file held in memory. */
import { MS } from "./kernel/constants.ts";
import type { Kernel } from "./kernel/kernel.ts";

/** Where the image is and where it goes. */
export interface RootImageRequest {
  /** The squashfs file, in the initramfs. */
  readonly image: string;
  /** A directory; made when missing. */
  readonly target: string;
}

/**
 * Mounts a squashfs file read-only by way of a loop device.
 *
 * Blocks until the kernel answers. The file stays in memory for as long as it is mounted, whether or not it is
 * removed; the loop device goes with the mount.
 *
 * @returns The loop device's path.
 * @throws {SyscallError} `ENOENT`, `EINVAL` (no squashfs), …; nothing is left behind.
 */
export function mountRootImage(kernel: Kernel, request: RootImageRequest): string {
  const { image, target } = request;
  // Let go in every case: once mounted, the mount holds the device.
  using loop = kernel.attachLoop(image);
  kernel.mkdir(target, 0o755);
  const flags = MS.RDONLY | MS.NOSUID | MS.NODEV;
  kernel.mount({ source: loop.path, target, fstype: "squashfs", flags, data: "" });
  return loop.path;
}

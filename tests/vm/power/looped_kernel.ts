/** The kernel of this host with one disk, an image file: `/dev/vda`, its first partition a loop device. */
import { readGpt } from "../../../fs/gpt.ts";
import type { BlockDevice, FileStatus, Kernel } from "../../../fs/kernel/kernel.ts";

const DISK = "/dev/vda";
const PARTITION = "/dev/vda1";
const ATTRIBUTES = "/sys/block/vda/";

/** What the disk is made of. */
export interface LoopedDisk {
  /** The image file. */
  readonly image: string;
  /** A loop device over its first partition, wherever a table says it is. */
  readonly partition: string;
}

/**
 * `kernel`, seeing but the one disk. As Linux does it shows the partition where it read a table in which it is, at the
 * begin and whenever it is asked to.
 */
export function loopedKernel(kernel: Kernel, disk: LoopedDisk): Kernel {
  let isShown = false;
  const readPartitions = (): void => {
    using device = kernel.openBlockDevice(disk.image, { access: "read-only" });
    const { table, hasProtectiveMbr } = readGpt(device);
    isShown = hasProtectiveMbr && table?.partitions.get(1) !== undefined;
  };
  const real = (path: string): string =>
    path === DISK ? disk.image : path === PARTITION ? disk.partition : path;
  readPartitions();
  return {
    ...kernel,
    names: (path) => path === "/sys/block" ? ["vda"] : kernel.names(path),
    readText(path, options) {
      if (path.startsWith(ATTRIBUTES)) return path.endsWith("/size") ? "1" : "0";
      const text = kernel.readText(path, options);
      return path.endsWith("/mountinfo") ? text.replaceAll(disk.partition, PARTITION) : text;
    },
    lstat(path): FileStatus | undefined {
      if (path === PARTITION && !isShown) return undefined;
      return kernel.lstat(path.startsWith(ATTRIBUTES) ? disk.image : real(path));
    },
    openBlockDevice(path, options): BlockDevice {
      const device = kernel.openBlockDevice(real(path), options);
      const { sizeBytes, sectorBytes } = device;
      return {
        sizeBytes,
        sectorBytes,
        readAt: (offset, length) => device.readAt(offset, length),
        writeAt: (offset, data) => device.writeAt(offset, data),
        sync: () => device.sync(),
        rereadPartitions: readPartitions,
        [Symbol.dispose]: () => device[Symbol.dispose](),
      };
    },
    mountOutside: (request) => kernel.mountOutside({ ...request, source: real(request.source) }),
    runTool: (path, args, options) => kernel.runTool(path, args.map(real), options),
  };
}

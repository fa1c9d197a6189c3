/** Disks, loop devices, watchdogs and modules in {@linkcode FakeKernel}. */
import type { BlockDevice, DeviceCalls, LoopDevice, Watchdog } from "../../fs/kernel/kernel.ts";
import { renewCopies } from "./kernel_content.ts";
import { FakeFiles } from "./kernel_files.ts";
import { type Disk, type Inode, refusal } from "./kernel_tree.ts";

/** A watchdog as the test sees it. */
export interface FakeWatchdog {
  readonly identity: string;
  timeoutSeconds: number;
  causedLastReset: boolean;
  armed: boolean;
  /** How often it heard from us. */
  kept: number;
}

/** They are in kernel_mapped.ts. */
type MappingCalls = "createMapped" | "removeMapped" | "mappedDevice";

/** The part of the fake that has devices. */
export class FakeDevices extends FakeFiles implements Omit<DeviceCalls, MappingCalls> {
  /** Parameters by path, of the modules loaded. */
  readonly modules = new Map<string, string>();
  /** Paths of devices whose content was synced, in order. */
  readonly synced: string[] = [];
  readonly #watchdogs = new Map<string, FakeWatchdog>();
  readonly #rereads = new Map<string, () => void>();
  /** What lets go of a loop device that nobody holds open any more, by its path. */
  readonly #closedLoops = new Map<string, () => void>();
  #images = 0;

  /**
   * Adds a block device, or puts another disk into it.
   *
   * @param bytes Its content, shared: `bytes.subarray(…)` as another disk is a partition of it.
   */
  addDisk(
    path: string,
    bytes: Uint8Array<ArrayBuffer>,
    options: { readonly sectorBytes?: number } = {},
  ): void {
    const disk: Disk = { bytes, sectorBytes: options.sectorBytes ?? 512 };
    this.addNode(path, "block", (inode) => {
      inode.disk = disk;
    });
  }

  /** What happens when the partition table of the disk at `path` is read again; mostly adds disks. */
  onRereadPartitions(path: string, listener: () => void): void {
    this.#rereads.set(path, listener);
  }

  /** Writes a squashfs image that, attached and mounted, shows `files` (contents by path). */
  addImage(path: string, files: Readonly<Record<string, string>>): void {
    const bytes = new Uint8Array(8192);
    this.#images += 1;
    bytes.set(new TextEncoder().encode(`hsqs${this.#images}`));
    this.addNode(path, "file", (inode) => {
      inode.content = bytes;
    });
    const fileSystem = this.fileSystemOn(bytes, "squashfs");
    for (const [name, content] of Object.entries(files)) {
      fileSystem.put(name, "file", 0o644).content = new TextEncoder().encode(content);
    }
  }

  /** Adds a watchdog; what happens to it shows in the result. */
  addWatchdog(path: string, facts: Partial<FakeWatchdog> = {}): FakeWatchdog {
    const watchdog: FakeWatchdog = {
      identity: "Fake Watchdog",
      timeoutSeconds: 60,
      causedLastReset: false,
      armed: false,
      kept: 0,
      ...facts,
    };
    this.addNode(path, "character");
    this.#watchdogs.set(path, watchdog);
    return watchdog;
  }

  attachLoop(file: string): LoopDevice {
    this.enter("LOOP_CONFIGURE", file);
    const backing = this.tree.walk("open", file);
    if (backing.inode.type === "directory") throw refusal("LOOP_CONFIGURE", file, "EINVAL");
    const path = this.#freeLoop();
    const disk: Disk = { bytes: backing.inode.content, sectorBytes: 512 };
    let node: Inode | undefined;
    this.addNode(path, "block", (inode) => {
      inode.disk = disk;
      node = inode;
    });
    backing.mount.holders += 1;
    let isOpen = true;
    return {
      path,
      [Symbol.dispose]: (): void => {
        if (!isOpen) return;
        isOpen = false;
        this.#closedLoops.set(path, () => {
          if (node !== undefined) node.disk = undefined;
          backing.mount.holders -= 1;
        });
        this.releaseLoop(path);
      },
    };
  }

  /** Whether something goes on using a device whose holder closed it. */
  protected isHeld(path: string): boolean {
    return this.tree.mounts.some((mount) => mount.source === path);
  }

  /** Lets go of the loop device at `path` once it is neither open nor held. */
  protected releaseLoop(path: string): void {
    if (this.isHeld(path)) return;
    this.#closedLoops.get(path)?.();
    this.#closedLoops.delete(path);
  }

  openBlockDevice(
    path: string,
    options: { readonly access: "read-only" | "read-write" },
  ): BlockDevice {
    this.enter("open", path);
    const place = this.tree.walk("open", path);
    const { inode } = place;
    if (inode.type === "directory") throw refusal("open", path, "EISDIR");
    const isDisk = inode.type === "file" || inode.disk !== undefined;
    if (!isDisk) throw refusal("open", path, inode.type === "block" ? "ENXIO" : "ENOTBLK");
    const isWritable = options.access === "read-write";
    if (isWritable && inode.disk === undefined) this.assertWritable("open", path, place);
    place.mount.holders += 1;
    let isOpen = true;
    const bytes = (): Uint8Array<ArrayBuffer> => {
      if (!isOpen) throw refusal("pread", path, "EBADF");
      return inode.disk?.bytes ?? inode.content;
    };
    return {
      sizeBytes: BigInt(bytes().length),
      sectorBytes: inode.disk?.sectorBytes ?? 512,
      readAt: (offset, length) => {
        this.enter("pread", path);
        assertInside(path, bytes(), offset, length);
        inode.disk?.check?.(path, Number(offset), length);
        return bytes().slice(Number(offset), Number(offset) + length);
      },
      writeAt: (offset, data) => {
        this.enter("pwrite", path);
        if (!isWritable) throw refusal("pwrite", path, "EBADF");
        assertInside(path, bytes(), offset, data.length);
        bytes().set(data, Number(offset));
      },
      sync: () => {
        this.enter("fsync", path);
        bytes();
        this.synced.push(path);
      },
      rereadPartitions: () => {
        this.enter("BLKRRPART", path);
        if (inode.disk === undefined) throw refusal("BLKRRPART", path, "ENOTTY");
        this.#rereads.get(path)?.();
      },
      [Symbol.dispose]: () => {
        if (isOpen) place.mount.holders -= 1;
        isOpen = false;
      },
    };
  }

  renewXfsCopies(path: string): void {
    this.enter("XFS_IOC_FSGROWFSDATA", path);
    const { mount } = this.tree.walk("open", path);
    if (mount.fileSystem.fstype !== "xfs") throw refusal("XFS_IOC_FSGEOMETRY_V1", path, "ENOTTY");
    const { disk } = this.tree.walk("open", mount.source).inode;
    if (disk !== undefined) renewCopies(disk.bytes);
  }

  openWatchdog(path: string, timeoutSeconds: number): Watchdog {
    this.enter("open", path);
    this.tree.walk("open", path);
    const watchdog = this.#watchdogs.get(path);
    if (watchdog === undefined) throw refusal("WDIOC_GETSUPPORT", path, "ENOTTY");
    if (watchdog.armed) throw refusal("open", path, "EBUSY");
    watchdog.armed = true;
    watchdog.timeoutSeconds = timeoutSeconds;
    return {
      path,
      identity: watchdog.identity,
      timeoutSeconds,
      causedLastReset: watchdog.causedLastReset,
      keepAlive: () => {
        this.enter("WDIOC_KEEPALIVE", path);
        watchdog.kept += 1;
      },
      disarm: () => {
        watchdog.armed = false;
      },
    };
  }

  // deno-lint-ignore require-await -- a refusal must be a rejection
  async loadModule(path: string, parameters: string): Promise<void> {
    this.enter("finit_module", path);
    this.tree.walk("open", path);
    if (!this.modules.has(path)) this.modules.set(path, parameters);
    if (path.endsWith("/dm-mod.ko")) this.addNode("/dev/mapper/control", "character");
  }

  #freeLoop(): string {
    for (let number = 0;; number++) {
      const path = `/dev/loop${number}`;
      const node = this.lstat(path) && this.tree.walk("open", path).inode;
      if (node?.disk === undefined && !this.isHeld(path)) return path;
    }
  }
}

function assertInside(
  path: string,
  bytes: Uint8Array,
  offset: bigint,
  length: number,
): void {
  const end = offset + BigInt(length);
  if (offset >= 0n && end <= BigInt(bytes.length)) return;
  const has = `it has bytes 0 to ${bytes.length}`;
  throw new RangeError(`Cannot use bytes ${offset} to ${end} of "${path}": ${has}`);
}

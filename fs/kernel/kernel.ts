/**
 * Everything asked of Linux. `openLinux()` (linux.ts) is the only implementation that loads libc; the fake under
 * tests/ is the other, and one conformance suite passes on both.
 *
 * Paths are absolute and taken as written. Calls are synchronous and block the whole agent unless they answer a
 * promise. Every refusal of the kernel is a {@linkcode SyscallError}; a path with a NUL is a RangeError.
 */

import type { ExtendedAttribute } from "./extended_attribute.ts";
import type { ProcessCalls, ServiceCalls } from "./process_calls.ts";

/** What mount(2) takes. */
export interface MountRequest {
  readonly source: string;
  readonly target: string;
  readonly fstype: string;
  /** OR of `MS`. */
  readonly flags: bigint;
  /** The file system's own comma-separated options, at most 4095 bytes of UTF-8. */
  readonly data: string;
}

/** A file system made and attached by descriptor, as fsopen(2) and fsmount(2) do. */
export interface FileSystemRequest {
  readonly source: string;
  /** A directory; no part of the path may be a link. */
  readonly target: string;
  readonly fstype: string;
  /** OR of `MOUNT_ATTR`. */
  readonly attributes: bigint;
  /** The file system's own, `NAME=VALUE` or `NAME`, in order; a name may come again (`lowerdir+`). */
  readonly parameters: readonly string[];
}

/** One tree laid over another place. */
export interface BindRequest {
  readonly source: string;
  /** A directory for a directory, a file for anything else; must exist, and no part of the path may be a link. */
  readonly target: string;
  /** OR of `MOUNT_ATTR`, set on the clone before anybody can see it. */
  readonly attributes: bigint;
}

/** Mounting. */
export interface MountCalls {
  /** As mount(2). Blocks until the kernel answers: no network file system may come here. */
  mount(request: MountRequest): void;
  /** As {@linkcode MountCalls.mount}, on another thread: to replay the log of a file system may take seconds. */
  mountOutside(request: MountRequest): Promise<void>;
  /**
   * Makes a file system and attaches it at `target`. In place of the one page of mount(2) each parameter has 255 bytes
   * of UTF-8 for its value. Blocks as {@linkcode MountCalls.mount}.
   *
   * @throws {SyscallError} As mount(2), with what the file system itself said; `ELOOP` when a part of `target` is a link.
   * @throws {RangeError} A value is too long.
   */
  attachFileSystem(request: FileSystemRequest): void;
  /**
   * Changes parameters of the file system seen at `target`, such as `size=8m` of a tmpfs; the others stay. Nobody who
   * waits for mounts is told of it.
   */
  reconfigure(target: string, parameters: readonly string[]): void;
  /**
   * As umount2(2), never following a link at the end of `target`. `detach` takes the mount out of sight at once and
   * frees it when the last user goes.
   *
   * @param options With `mountId` only the mount of that number in mountinfo is detached, and no link is followed on the
   * whole way.
   * @throws {SyscallError} `EINVAL` when nothing, or another mount, is seen at `target`.
   */
  unmount(
    target: string,
    options?: { readonly detach?: boolean } | { readonly detach: true; readonly mountId: number },
  ): void;
  /** Changes flags of the mount at `target` (`MS.REMOUNT` and what is added), or its propagation. */
  remount(target: string, flags: bigint): void;
  /** Takes the mount at `source`, with all below it, to `target`. */
  moveMount(source: string, target: string): void;
  /** Clones the mount of `source`, sets its attributes, and attaches it at `target`. */
  bind(request: BindRequest): void;
  /**
   * As {@linkcode MountCalls.bind}, in place of the topmost mount at `target`: slid beneath it, then that one is
   * taken away, so that a reader sees the old or the new and nothing else (Linux 6.5). What cuts it short between the
   * two steps leaves both mounts, the old one on top: detaching that one ends what was begun.
   *
   * @throws {SyscallError} `EINVAL` when nothing is mounted at `target`.
   */
  replaceBind(request: BindRequest): void;
  /**
   * Makes `path` the root of this process and its working directory. `/` and `/..` go up to what was moved over the
   * root with {@linkcode MountCalls.moveMount}.
   */
  changeRoot(path: string): void;
  /** Sizes of the file system that holds `path`. */
  statfs(path: string): FileSystemSize;
  /**
   * Waits until a mount comes, goes or gets other flags, at most `timeoutMs` (0 … 60 000).
   *
   * One caller at a time.
   *
   * @returns Whether one did. Changes between two calls count for the second, those before the first for none.
   * @throws {RangeError} Another time; the signal's reason.
   */
  mountsChanged(timeoutMs: number, options?: { readonly signal?: AbortSignal }): Promise<boolean>;
}

/** Sizes in bytes. */
export interface FileSystemSize {
  readonly size: bigint;
  /** Free for ordinary users. */
  readonly available: bigint;
}

/** Kinds of file. */
export type FileType =
  | "file"
  | "directory"
  | "symlink"
  | "block"
  | "character"
  | "fifo"
  | "socket";

/** Whose a file is, by number. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** What statx(2) tells of a file. */
export interface FileStatus {
  readonly type: FileType;
  /** Bytes. */
  readonly size: bigint;
  /** The low twelve bits of st_mode. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly modified: bigint;
  /** Identity together with `inode`. */
  readonly device: string;
  readonly inode: bigint;
}

/** A file or directory held open without the right to do anything but what is here. */
export interface RootedFile extends Disposable {
  readonly status: FileStatus;
  /**
   * Reads up to `buffer.length` bytes at `offset` of a regular file. Runs outside the event loop.
   *
   * @returns Bytes read; 0 is the end.
   * @throws {SyscallError} `EISDIR`, `EIO`, …; `EINVAL` for anything but a regular file.
   */
  read(buffer: Uint8Array<ArrayBuffer>, offset: bigint): Promise<number>;
  /** Names in a directory, without `.` and `..`, in no order. @throws {SyscallError} `ENOTDIR`. */
  names(): readonly string[];
  /** What lstat(2) tells of the entry `name` of a directory; its link target where it is one. */
  entry(name: string): { readonly status: FileStatus; readonly link: string };
  /** Target of a symbolic link. @throws {SyscallError} `EINVAL` for anything else. */
  readLink(): string;
  /**
   * Extended attributes of the file itself or of the entry `name` of a directory, a link's own where it is one. Those
   * that the kernel does not tell, and those beyond 1 MiB, are left out; of a list of names over 64 KiB all but the label.
   *
   * @throws {SyscallError} `ENOTDIR`; `ENOENT`, … of the entry.
   */
  attributes(name?: string): readonly ExtendedAttribute[];
}

/** Files. Small ones only: contents are held in memory. */
export interface FileCalls {
  /** Makes a directory and what is missing above it; one that exists is fine and keeps its mode. */
  mkdir(path: string, mode: number): void;
  /**
   * Reads a whole file of at most `maxBytes` (1 MiB unless given).
   *
   * @throws {SyscallError} `ENOENT`, …; `EFBIG` when there is more.
   */
  readFile(path: string, options?: { readonly maxBytes?: number }): Uint8Array<ArrayBuffer>;
  /** {@linkcode FileCalls.readFile} as UTF-8. */
  readText(path: string, options?: { readonly maxBytes?: number }): string;
  /**
   * Writes a whole file: into a new one beside it, synced when `sync`, renamed over `path`, so that a reader (and a
   * power cut, when synced) finds the old content or the new. `direct` writes into the file itself, as /proc and /sys need.
   *
   * @param options `owner` is set before the file has its name; not with `direct`.
   */
  writeFile(
    path: string,
    content: Uint8Array<ArrayBuffer> | string,
    options: {
      readonly mode: number;
      readonly owner?: FileOwner;
      readonly sync?: boolean;
      readonly direct?: boolean;
    },
  ): void;
  /** What lstat(2) tells, or undefined where there is nothing. */
  lstat(path: string): FileStatus | undefined;
  /** Names in a directory, sorted. */
  names(path: string): readonly string[];
  readLink(path: string): string;
  symlink(target: string, path: string): void;
  /** Sets the permission bits. */
  chmod(path: string, mode: number): void;
  /**
   * Removes a file, a link, or with `recursive` a tree, never crossing into what is mounted in it.
   *
   * @throws {SyscallError} `ENOENT`, `ENOTEMPTY`; `EBUSY` at something mounted: it stays, as does what comes after it.
   */
  remove(path: string, options?: { readonly recursive?: boolean }): void;
  /**
   * Opens `path` as seen from `root`, which no link, `..` or absolute target can leave; magic links are refused.
   * Never blocks on what it finds: a fifo or a device is opened by name only.
   *
   * @param options `follow: false` opens a link at the end itself.
   * @throws {SyscallError} `ENOENT`, `ELOOP`, `ENOTDIR`, `EACCES`, …
   */
  openInRoot(root: string, path: string, options?: { readonly follow?: boolean }): RootedFile;
  /**
   * Waits until an entry of a directory is removed or renamed away, or the directory itself is. What happens after this
   * returned its promise counts; it rejects with the signal's reason.
   *
   * @throws {SyscallError} At once: `ENOENT`, `ENOTDIR`, …
   */
  entryGone(directory: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Waits until a file is written to or, of the kernel's own, says that it changed, or goes. What happens after this
   * returned its promise counts; it rejects with the signal's reason.
   *
   * @throws {SyscallError} At once: `ENOENT`, `ENOTDIR`, …
   */
  fileChanged(path: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** A disk or partition, open. */
export interface BlockDevice extends Disposable {
  readonly sizeBytes: bigint;
  /** Bytes a sector: 512 or 4096. */
  readonly sectorBytes: number;
  /** Reads exactly `length` bytes. @throws {SyscallError} `EIO`, …; {RangeError} past the end. */
  readAt(offset: bigint, length: number): Uint8Array<ArrayBuffer>;
  /** Writes all of `data`. */
  writeAt(offset: bigint, data: Uint8Array<ArrayBuffer>): void;
  /** Returns when the device has everything. */
  sync(): void;
  /** Has the kernel read the partition table again. @throws {SyscallError} `EBUSY` while one is in use. */
  rereadPartitions(): void;
}

/** A file as a block device. Disposing of it lets go; the device lives on while it is mounted. */
export interface LoopDevice extends Disposable {
  readonly path: string;
}

/** A read-only block device that the kernel makes of others by one rule, from its first sector to its last. */
export interface MappedDeviceRequest {
  /** Unique among mapped devices; 1 to 127 bytes. */
  readonly name: string;
  /** Unique, too; at most 128 bytes. */
  readonly uuid: string;
  /** The rule's kind, such as `verity`: 1 to 15 bytes. Its module must be loaded. */
  readonly type: string;
  /** Size in sectors of 512 bytes. */
  readonly sectors: bigint;
  /** As the kind wants them. */
  readonly parameters: string;
}

/** What the kernel says of a mapped device. In the parameters it names devices by their numbers, such as `7:0`. */
export interface MappedDeviceFacts extends Omit<MappedDeviceRequest, "name"> {
  readonly path: string;
  readonly readOnly: boolean;
  /** In the kind's own words; verity's is `V`, or `C` once a block was found corrupt. */
  readonly status: string;
}

/** A device that resets the machine unless it hears from us. */
export interface Watchdog {
  readonly path: string;
  /** The driver's name. */
  readonly identity: string;
  /** Seconds it waits, as it said itself. */
  readonly timeoutSeconds: number;
  /** Whether this device caused the last reset, as far as it knows. */
  readonly causedLastReset: boolean;
  keepAlive(): void;
  /** Asks it to stop watching, and closes it. */
  disarm(): void;
}

/** Devices and modules. */
export interface DeviceCalls {
  /** Attaches a file read-only to a free loop device. */
  attachLoop(file: string): LoopDevice;
  /**
   * Makes a mapped device and starts it. It stays until {@linkcode DeviceCalls.removeMapped}, and holds the devices it
   * is made of.
   *
   * @returns Its path.
   * @throws {SyscallError} `EBUSY` when name or uuid is taken; `EINVAL` for what the kind refuses; `ENOENT` without
   * device-mapper; nothing is left behind. {RangeError} A text is too long.
   */
  createMapped(request: MappedDeviceRequest): string;
  /** Takes a mapped device away. @throws {SyscallError} `ENXIO` when there is none, `EBUSY` while it is in use. */
  removeMapped(name: string): void;
  /** The active table of a mapped device, and how it is. @throws {SyscallError} `ENXIO` when there is none. */
  mappedDevice(name: string): MappedDeviceFacts;
  openBlockDevice(
    path: string,
    options: { readonly access: "read-only" | "read-write" },
  ): BlockDevice;
  /** @param timeoutSeconds Asked for; the device may choose another. */
  /**
   * Has the XFS that holds `path` write the copies of its superblock, one in each allocation group, as the superblock is
   * now. Blocks until they are written; {@linkcode BlockDevice.sync} of its device then has them safe.
   *
   * @throws {SyscallError} `ENOTTY` where it is no XFS, `EAGAIN` while somebody grows it, `EIO`.
   */
  renewXfsCopies(path: string): void;
  openWatchdog(path: string, timeoutSeconds: number): Watchdog;
  /**
   * Loads an uncompressed module file. One that is loaded already is fine. Runs outside the event loop.
   *
   * @param parameters As on the kernel's command line, such as `soft_margin=30`.
   */
  loadModule(path: string, parameters: string): Promise<void>;
}

/** Network, enough to be reached. */
export interface NetworkCalls {
  setHostname(name: string): void;
  /** @throws {SyscallError} `ENODEV`. */
  linkUp(name: string): void;
  /**
   * Adds an IPv4 address. One that is there already is fine.
   *
   * @param cidr Such as `10.0.2.15/24`.
   * @throws {RangeError} It is not like that.
   */
  addAddress(name: string, cidr: string): void;
  /** The default route of IPv4. One that is there already is fine. @throws {RangeError} `gateway` is no address. */
  addDefaultRoute(gateway: string, name: string): void;
}

/** The log of the kernel, open at some place. */
export interface KernelLog extends Disposable {
  /**
   * The next record, as Linux's Documentation/ABI/testing/dev-kmsg describes it; at most 8 KiB. Blocks never.
   *
   * @returns Undefined where there is no further one yet; `overrun` where the kernel has written over it: the call after
   * that gives the oldest there is.
   */
  next(): Uint8Array<ArrayBuffer> | "overrun" | undefined;
  /** Waits until {@linkcode KernelLog.next} gives one. Holds a thread meanwhile. Rejects with the signal's reason. */
  more(options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** What the kernel says of itself. */
export interface KernelLogCalls {
  /**
   * Opens the log at its oldest record, or behind its newest.
   *
   * @throws {SyscallError} `ENOENT`; `EPERM`, where only the mighty may read it.
   */
  openKernelLog(from: "oldest" | "newest"): KernelLog;
}

/** The end. */
export interface PowerCalls {
  /** Returns when every file system has written what it holds. Runs outside the event loop. */
  sync(): Promise<void>;
  /** Has ctrl-alt-del send SIGINT to PID 1 instead of resetting at once. */
  catchCtrlAltDel(): void;
  /** Ends the machine at once: nothing is stopped, synced or unmounted. Does not return on Linux. */
  reboot(ending: Ending): void;
}

/** What the machine does after its end. */
export type Ending = "restart" | "power-off";

/** Everything asked of Linux. */
export interface Kernel
  extends
    MountCalls,
    FileCalls,
    DeviceCalls,
    ProcessCalls,
    ServiceCalls,
    NetworkCalls,
    KernelLogCalls,
    PowerCalls {
  /** Milliseconds since the kernel started, suspended time included. */
  uptimeMs(): number;
  /** Effective user id of this process. */
  euid(): number;
}

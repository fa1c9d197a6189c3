/** Mounting in {@linkcode FakeKernel}. */
import { MS } from "../../fs/kernel/constants.ts";
import type {
  BindRequest,
  FileSystemRequest,
  FileSystemSize,
  MountCalls,
  MountRequest,
} from "../../fs/kernel/kernel.ts";
import { copyInto, sizeTmpfs } from "./kernel_content.ts";
import { FakeEvents } from "./kernel_events.ts";
import {
  type ErrorCode,
  FakeFileSystem,
  type FakeMount,
  FakeTree,
  type Inode,
  type Place,
  refusal,
  split,
} from "./kernel_tree.ts";

/** File systems without a device, of which there is one in the machine. */
const SINGLETONS = [
  "proc",
  "sysfs",
  "devtmpfs",
  "cgroup2",
  "securityfs",
  "debugfs",
  "tracefs",
  "bpf",
  "configfs",
  "pstore",
  "efivarfs",
  "mqueue",
];
/** Bytes at the start of a disk by which Linux knows the file system. */
const MAGIC: Readonly<Record<string, string>> = { xfs: "XFSB", squashfs: "hsqs" };
/** What a bind or a remount may change of a mount. */
const ATTRIBUTES = MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC;
const PROPAGATION = MS.PRIVATE | MS.SLAVE | MS.SHARED;

/** What a refusal was asked for by the test. */
interface Refusal {
  readonly key: string;
  readonly code: ErrorCode;
  times: number;
}

/** A file system that outlives its mount. */
interface KeptFileSystem {
  /** What it is on: the bytes of a disk, or a directory. */
  readonly buffer: unknown;
  readonly offset: number;
  /** Another one means that it was made anew. */
  readonly superblock: string;
  readonly fileSystem: FakeFileSystem;
}

/** The part of the fake that mounts. */
export class FakeMounts implements MountCalls {
  /** Targets in the order in which they were unmounted. */
  readonly unmounted: string[] = [];
  protected readonly tree: FakeTree;
  /** Makes minors. */
  #fileSystems = 0;
  #mountIds = 1;
  #peerGroups = 0;
  readonly #singletons = new Map<string, FakeFileSystem>();
  /** Of disks, images and upper directories; what was mounted once is there again. */
  readonly #kept: KeptFileSystem[] = [];
  readonly #refusals: Refusal[] = [];
  readonly #mountEvents = new FakeEvents();

  constructor() {
    this.tree = new FakeTree(this.#fileSystem("rootfs"));
    for (const name of ["/dev", "/etc", "/run", "/sys", "/tmp", "/var"]) {
      this.tree.root.inode.fileSystem.put(name, "directory", 0o755);
    }
    this.#fillProc(this.tree.root.inode.fileSystem, "/proc");
    this.#fillProc(this.singleton("proc"), "");
  }

  /**
   * Refuses calls whose C name or subject (mostly a path) is `key`, until `times` were refused.
   *
   * @param options `times` is without end unless given.
   */
  refuse(key: string, code: ErrorCode, options: { readonly times?: number } = {}): void {
    this.#refusals.push({ key, code, times: options.times ?? Infinity });
  }

  /** Takes back what {@linkcode FakeMounts.refuse} said of `key`. */
  allow(key: string): void {
    for (const each of this.#refusals) if (each.key === key) each.times = 0;
  }

  /** Paths where something is mounted, as this process sees them, in the order in which they came. */
  mountTargets(): Set<string> {
    const paths = this.tree.mounts.map((mount) => this.tree.pathOf(mount));
    return new Set(paths.filter((path) => path !== undefined && path !== "/") as string[]);
  }

  mount(request: MountRequest): void {
    const { source, target, fstype, flags, data } = request;
    this.enter("mount", target, source);
    const place = this.tree.top(this.tree.walk("mount", target));
    const fileSystem = this.#open(request);
    if (place.inode.type !== "directory") throw refusal("mount", target, "ENOTDIR");
    const again = place.mount.fileSystem === fileSystem && place.inode === place.mount.root;
    if (again) throw refusal("mount", target, "EBUSY");
    if (data !== "" && fileSystem.data === "") fileSystem.data = data;
    if ((flags & MS.RDONLY) !== 0n) fileSystem.readOnly = true;
    this.#hang(place, { root: fileSystem.root, source, flags: flags & ATTRIBUTES });
    if (fstype === "tmpfs") sizeTmpfs(fileSystem, data);
  }

  // deno-lint-ignore require-await -- refuses by rejection, as the other thread does
  async mountOutside(request: MountRequest): Promise<void> {
    this.mount(request);
  }

  attachFileSystem(request: FileSystemRequest): void {
    const { target, attributes, parameters, ...rest } = request;
    this.enter("fsopen", target, request.source);
    const tooLong = parameters.find((each) => each.replace(/^[^=]*=?/, "").length > 255);
    if (tooLong !== undefined) {
      throw new RangeError(`Cannot mount "${target}": "${tooLong}" is too long, at most 255`);
    }
    this.tree.walk("openat2", target, { links: "refused" });
    this.mount({ ...rest, target, flags: attributes, data: parameters.join(",") });
  }

  reconfigure(target: string, parameters: readonly string[]): void {
    this.enter("fspick", target);
    this.tree.walk("openat2", target, { links: "refused" });
    const { fileSystem } = this.#mountAt("fspick", target);
    sizeTmpfs(fileSystem, parameters.join(","));
    const names = new Set(parameters.map((each) => each.split("=")[0]));
    const kept = fileSystem.data.split(",").filter((each) => !names.has(each.split("=")[0]));
    fileSystem.data = [...kept, ...parameters].filter((each) => each !== "").join(",");
  }

  unmount(
    target: string,
    options: { readonly detach?: boolean; readonly mountId?: number } = {},
  ): void {
    this.enter("umount2", target);
    if (options.mountId !== undefined) this.tree.walk("openat2", target, { links: "refused" });
    const mount = this.#mountAt("umount2", target, { follow: false });
    if (options.mountId !== undefined && options.mountId !== mount.id) {
      throw refusal("umount2", target, "EINVAL");
    }
    const inside = this.tree.mounts.filter((each) => isBelow(each, mount));
    const isBusy = inside.length > 1 || mount.holders > 0 || mount.parent === undefined ||
      mount === this.tree.root.mount;
    if (isBusy && options.detach !== true) throw refusal("umount2", target, "EBUSY");
    if (mount.parent === undefined) throw refusal("umount2", target, "EINVAL");
    for (const each of inside) this.#drop(each);
    this.unmounted.push(target);
    this.#mountEvents.tell();
  }

  remount(target: string, flags: bigint): void {
    this.enter("mount", target);
    const mount = this.#mountAt("mount", target);
    if ((flags & PROPAGATION) !== 0n) {
      const isRecursive = (flags & MS.REC) !== 0n;
      const changed = this.tree.mounts.filter((each) =>
        each === mount || (isRecursive && isBelow(each, mount))
      );
      for (const each of changed) {
        each.shared = (flags & MS.SHARED) === 0n ? undefined : each.shared ?? ++this.#peerGroups;
      }
      return;
    }
    mount.flags = flags & ATTRIBUTES;
    this.#mountEvents.tell();
    if ((flags & MS.BIND) === 0n) mount.fileSystem.readOnly = (flags & MS.RDONLY) !== 0n;
  }

  moveMount(source: string, target: string): void {
    this.enter("move_mount", target, source);
    const mount = this.#mountAt("move_mount", source);
    const place = this.tree.top(this.tree.walk("move_mount", target));
    const isFixed = mount.parent === undefined || mount === this.tree.root.mount ||
      mount.parent.shared !== undefined;
    if (isFixed) {
      throw refusal("move_mount", source, "EINVAL");
    }
    if (isBelow(place.mount, mount)) throw refusal("move_mount", source, "ELOOP");
    if ((place.inode.type === "directory") !== (mount.root.type === "directory")) {
      throw refusal("move_mount", target, "EINVAL");
    }
    mount.parent = place.mount;
    mount.mountpoint = place.inode;
    this.#mountEvents.tell();
  }

  bind(request: BindRequest): void {
    const { source, target, attributes } = request;
    this.enter("move_mount", target, source);
    const from = this.tree.walk("open_tree", source);
    const place = this.tree.top(this.tree.walk("openat2", target, { links: "refused" }));
    if ((place.inode.type === "directory") !== (from.inode.type === "directory")) {
      throw refusal("move_mount", target, "EINVAL");
    }
    const flags = from.mount.flags | attributes;
    this.#hang(place, { root: from.inode, source: from.mount.source, flags });
  }

  replaceBind(request: BindRequest): void {
    const { source, target, attributes } = request;
    this.enter("move_mount", target, source);
    const from = this.tree.walk("open_tree", source);
    this.tree.walk("openat2", target, { links: "refused" });
    const old = this.#mountAt("move_mount", target);
    if (old.parent === undefined || old.mountpoint === undefined) {
      throw refusal("move_mount", target, "EINVAL");
    }
    if ((old.root.type === "directory") !== (from.inode.type === "directory")) {
      throw refusal("move_mount", target, "EINVAL");
    }
    const place = { mount: old.parent, inode: old.mountpoint };
    for (const each of this.tree.mounts.filter((each) => isBelow(each, old))) this.#drop(each);
    const flags = from.mount.flags | attributes;
    this.#hang(place, { root: from.inode, source: from.mount.source, flags });
  }

  changeRoot(path: string): void {
    this.enter("chroot", path);
    const place = this.tree.walk("chroot", path);
    if (place.inode.type !== "directory") throw refusal("chroot", path, "ENOTDIR");
    this.tree.root = this.tree.top(place);
  }

  statfs(path: string): FileSystemSize {
    this.enter("statfs", path);
    const { size, available } = this.tree.walk("statfs", path).inode.fileSystem;
    return { size, available };
  }

  async mountsChanged(
    timeoutMs: number,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<boolean> {
    if (!(timeoutMs >= 0 && timeoutMs <= 60_000)) {
      throw new RangeError(`Cannot wait ${timeoutMs} ms: it may be 0 to 60000`);
    }
    return await this.#mountEvents.wait(timeoutMs, options.signal);
  }

  /** The one file system of its type, made when first asked for. */
  protected singleton(fstype: string): FakeFileSystem {
    const kept = this.#singletons.get(fstype) ?? this.#fileSystem(fstype);
    this.#singletons.set(fstype, kept);
    return kept;
  }

  /** What mount finds on a device or in an image. Empty when it is new, or made again by a mkfs. */
  protected fileSystemOn(bytes: Uint8Array<ArrayBuffer>, fstype: string): FakeFileSystem {
    const facts = { buffer: bytes.buffer, offset: bytes.byteOffset };
    // What growing changes of an XFS lies before its byte 96.
    const superblock = bytes.subarray(fstype === "xfs" ? 96 : 0, 512).join();
    return this.#keep({ ...facts, superblock }, fstype).fileSystem;
  }

  /** The first thing of every call: NULs, then what the test wants refused. */
  protected enter(call: string, ...subjects: readonly string[]): void {
    for (const subject of subjects) split(subject);
    const found = this.#refusals.find((each) =>
      each.times > 0 && (each.key === call || subjects.includes(each.key))
    );
    if (found === undefined) return;
    found.times -= 1;
    throw refusal(call, subjects[0] ?? "", found.code);
  }

  /** Refuses a change where the mount or the file system is read-only. */
  protected assertWritable(call: string, path: string, place: Place): void {
    const isReadOnly = place.mount.fileSystem.readOnly || (place.mount.flags & MS.RDONLY) !== 0n;
    if (isReadOnly) throw refusal(call, path, "EROFS");
  }

  #fileSystem(fstype: string): FakeFileSystem {
    this.#fileSystems += 1;
    return new FakeFileSystem({ fstype, minor: 20 + this.#fileSystems });
  }

  #keep(
    identity: Omit<KeptFileSystem, "fileSystem">,
    fstype: string,
  ): { readonly fileSystem: FakeFileSystem; readonly isNew: boolean } {
    const found = this.#kept.find((each) =>
      each.buffer === identity.buffer && each.offset === identity.offset &&
      each.superblock === identity.superblock
    );
    if (found !== undefined) return { fileSystem: found.fileSystem, isNew: false };
    const fileSystem = this.#fileSystem(fstype);
    this.#kept.push({ ...identity, fileSystem });
    return { fileSystem, isNew: true };
  }

  #fillProc(fileSystem: FakeFileSystem, at: string): void {
    const link = (path: string, target: string, magic: boolean): void => {
      const inode = fileSystem.put(`${at}${path}`, "symlink", 0o777);
      inode.target = target;
      inode.magic = magic;
    };
    link("/self", "1", false);
    link("/mounts", "self/mounts", false);
    link("/1/exe", "/init", true);
    link("/1/root", "/", true);
    link("/1/cwd", "/", true);
    const info = fileSystem.put(`${at}/1/mountinfo`, "file", 0o444);
    info.generate = () => this.tree.mountinfo();
  }

  #open(request: MountRequest): FakeFileSystem {
    const { source, target, fstype, data } = request;
    if (SINGLETONS.includes(fstype)) return this.singleton(fstype);
    if (fstype === "tmpfs" || fstype === "ramfs" || fstype === "devpts") {
      return this.#fileSystem(fstype);
    }
    if (fstype === "overlay") return this.#overlay(target, data);
    const magic = MAGIC[fstype];
    if (magic === undefined) throw refusal("mount", target, "ENODEV");
    const { disk } = this.tree.walk("mount", source).inode;
    if (disk === undefined) throw refusal("mount", target, "ENOTBLK");
    disk.check?.(source, 0, magic.length);
    const start = new TextDecoder("latin1").decode(disk.bytes.subarray(0, magic.length));
    if (start !== magic) throw refusal("mount", target, "EINVAL");
    const fileSystem = this.fileSystemOn(disk.bytes, fstype);
    if (fstype !== "xfs") fileSystem.readOnly = true;
    fileSystem.size = BigInt(disk.bytes.length);
    return fileSystem;
  }

  /** A merged copy, the same again for the same upper directory. What is written shows in the overlay only. */
  #overlay(target: string, data: string): FakeFileSystem {
    const pairs = data.split(",").map((each) => each.split(/=(.*)/, 2) as [string, string]);
    const options = new Map(pairs);
    const added = pairs.filter(([name]) => name === "lowerdir+").map(([, path]) => path);
    const paths = [...options.get("lowerdir")?.split(":") ?? [], ...added];
    if (paths.length === 0) throw refusal("mount", target, "EINVAL");
    const lowers = paths.map((path) => this.tree.walk("mount", path).inode);
    const upperPath = options.get("upperdir");
    if (upperPath === undefined) {
      const made = this.#fileSystem("overlay");
      made.readOnly = true;
      for (const each of lowers.reverse()) copyInto(each, made.root, made);
      return made;
    }
    const upper = this.tree.walk("mount", upperPath).inode;
    if (!options.has("workdir")) throw refusal("mount", target, "EINVAL");
    this.tree.walk("mount", options.get("workdir") ?? "");
    const identity = { buffer: upper, offset: 0, superblock: "" };
    const { fileSystem, isNew } = this.#keep(identity, "overlay");
    if (!isNew) return fileSystem;
    for (const each of [...lowers.reverse(), upper]) copyInto(each, fileSystem.root, fileSystem);
    return fileSystem;
  }

  #hang(place: Place, facts: { root: Inode; source: string; flags: bigint }): void {
    this.#mountIds += 1;
    this.tree.mounts.push({
      id: this.#mountIds,
      parent: place.mount,
      mountpoint: place.inode,
      root: facts.root,
      fileSystem: facts.root.fileSystem,
      source: facts.source,
      flags: facts.flags,
      shared: undefined,
      holders: 0,
    });
    this.#mountEvents.tell();
  }

  #mountAt(call: string, path: string, options: { readonly follow?: boolean } = {}): FakeMount {
    const place = this.tree.walk(call, path, options);
    if (place.inode !== place.mount.root) throw refusal(call, path, "EINVAL");
    return place.mount;
  }

  #drop(mount: FakeMount): void {
    this.tree.mounts.splice(this.tree.mounts.indexOf(mount), 1);
  }
}

/** Whether `mount` is `top` or hangs, directly or not, on it. */
function isBelow(mount: FakeMount, top: FakeMount): boolean {
  for (let at: FakeMount | undefined = mount; at !== undefined; at = at.parent) {
    if (at === top) return true;
  }
  return false;
}

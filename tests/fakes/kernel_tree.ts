/**
 * The tree of {@linkcode FakeKernel}: inodes, file systems, mounts on mounts, and the walk of a path over them.
 *
 * A mount hangs on an inode of its parent mount. A path that arrives at that inode goes on at the mount's root, so a
 * mount over a mount hangs on the lower one's root, just as in Linux.
 */
import { ERRNO } from "../../fs/kernel/errno.ts";
import type { FileType } from "../../fs/kernel/kernel.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";

/** C name of an errno. */
export type ErrorCode = keyof typeof ERRNO;

/** What a block device holds. */
export interface Disk {
  /** Shared, not copied: a part of it (`subarray`) makes a partition. */
  bytes: Uint8Array<ArrayBuffer>;
  readonly sectorBytes: number;
  /** Asked before bytes of the device at `path` are read; throws what the reader gets. */
  readonly check?: (path: string, offset: number, length: number) => void;
}

/** A file, directory, link or node. */
export interface Inode {
  readonly number: bigint;
  readonly type: FileType;
  readonly fileSystem: FakeFileSystem;
  /** Its place; the root of a file system, and what was removed, has none. */
  parent: Inode | undefined;
  name: string;
  /** Where it was when it was removed; what still shows it is told so by mountinfo. */
  removedFrom: string | undefined;
  mode: number;
  uid: number;
  gid: number;
  modified: bigint;
  /** Of a regular file. */
  content: Uint8Array<ArrayBuffer>;
  /** Makes the content of a file of /proc at each reading. */
  generate: (() => string) | undefined;
  /** Of a directory. */
  readonly entries: Map<string, Inode>;
  /** Of a symbolic link. */
  target: string;
  /** Extended attributes by name. */
  readonly attributes: Map<string, Uint8Array<ArrayBuffer>>;
  /** Whether the link jumps by itself, as those of /proc do. */
  magic: boolean;
  /** Of a block device. */
  disk: Disk | undefined;
  /** Called when an entry of the directory goes, the directory itself, or when the file is written to. */
  readonly watchers: Set<() => void>;
}

/** One file system, mounted or not. */
export class FakeFileSystem {
  readonly fstype: string;
  readonly minor: number;
  readonly root: Inode;
  /** What mountinfo shows after ro or rw. */
  data: string;
  readOnly: boolean;
  size = 1n << 30n;
  available = 1n << 30n;
  #nextInode = 1n;

  constructor(facts: { fstype: string; minor: number; data?: string; readOnly?: boolean }) {
    this.fstype = facts.fstype;
    this.minor = facts.minor;
    this.data = facts.data ?? "";
    this.readOnly = facts.readOnly ?? false;
    this.root = this.inode("directory", 0o755);
  }

  /** A new inode without a place. */
  inode(type: FileType, mode: number): Inode {
    return {
      number: this.#nextInode++,
      type,
      fileSystem: this,
      parent: undefined,
      name: "",
      removedFrom: undefined,
      mode,
      uid: 0,
      gid: 0,
      modified: 1_700_000_000n,
      content: new Uint8Array(),
      generate: undefined,
      entries: new Map(),
      target: "",
      attributes: new Map(),
      magic: false,
      disk: undefined,
      watchers: new Set(),
    };
  }

  /** Puts a new inode at `path` below `from`, making directories; what is there is replaced. */
  put(path: string, type: FileType, mode: number, from: Inode = this.root): Inode {
    const names = split(path);
    const last = names.pop();
    if (last === undefined) throw new RangeError(`Cannot put "${path}": it is the root`);
    let directory = from;
    for (const name of names) {
      directory = directory.entries.get(name) ??
        attach(directory, name, this.inode("directory", 0o755));
    }
    return attach(directory, last, this.inode(type, mode));
  }
}

/** One mount. */
export interface FakeMount {
  readonly id: number;
  parent: FakeMount | undefined;
  /** In the parent's tree. */
  mountpoint: Inode | undefined;
  readonly root: Inode;
  readonly fileSystem: FakeFileSystem;
  readonly source: string;
  /** OR of MS: RDONLY, NOSUID, NODEV, NOEXEC. */
  flags: bigint;
  /** Peer group, when shared. */
  shared: number | undefined;
  /** Open files; the mount is busy while there are any. */
  holders: number;
}

/** Where a path ends. */
export interface Place {
  readonly mount: FakeMount;
  readonly inode: Inode;
}

/** Links Linux follows in one path. */
const LINKS_MAX = 40;

/** Gives `inode` its place. */
export function attach(directory: Inode, name: string, inode: Inode): Inode {
  const before = directory.entries.get(name);
  if (before !== undefined) detach(before);
  inode.parent = directory;
  inode.name = name;
  directory.entries.set(name, inode);
  return inode;
}

/** Takes `inode` out of its directory. */
export function detach(inode: Inode): void {
  if (inode.parent === undefined) return;
  inode.removedFrom = pathInFileSystem(inode);
  inode.parent.entries.delete(inode.name);
  for (const wake of [...inode.watchers, ...inode.parent.watchers]) wake();
  inode.parent = undefined;
}

/** The names of a path. @throws {RangeError} It holds a NUL. */
export function split(path: string): string[] {
  if (path.includes("\0")) {
    throw new RangeError(`Cannot use path ${JSON.stringify(path)}: it holds a NUL`);
  }
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** A refusal with the facts of Linux. */
export function refusal(call: string, subject: string, code: ErrorCode): SyscallError {
  return new SyscallError({ call, errno: ERRNO[code], subject });
}

/** All mounts, and paths over them. */
export class FakeTree {
  /** In the order in which they came. */
  readonly mounts: FakeMount[] = [];
  /** Where "/" begins for the process. */
  root: Place;

  constructor(rootfs: FakeFileSystem) {
    const mount: FakeMount = {
      id: 1,
      parent: undefined,
      mountpoint: undefined,
      root: rootfs.root,
      fileSystem: rootfs,
      source: rootfs.fstype,
      flags: 0n,
      shared: undefined,
      holders: 0,
    };
    this.mounts.push(mount);
    this.root = { mount, inode: rootfs.root };
  }

  /** What hangs directly at a place. */
  childAt(place: Place): FakeMount | undefined {
    return this.mounts.find((each) =>
      each.parent === place.mount && each.mountpoint === place.inode
    );
  }

  /** Up through all mounts that hang at a place. */
  top(place: Place): Place {
    const over = this.childAt(place);
    return over === undefined ? place : this.top({ mount: over, inode: over.root });
  }

  /** Whether anything hangs at an inode, whichever way one comes to it. */
  isMountpoint(inode: Inode): boolean {
    return this.mounts.some((each) => each.mountpoint === inode);
  }

  /**
   * Walks `path`.
   *
   * @param options `root` confines the walk as RESOLVE_IN_ROOT does, and refuses magic links; `links: "refused"` is
   * RESOLVE_NO_SYMLINKS.
   * @throws {SyscallError} `ENOENT`, `ENOTDIR`, `ELOOP`.
   */
  walk(
    call: string,
    path: string,
    options: {
      readonly follow?: boolean;
      readonly root?: Place;
      readonly links?: "followed" | "refused";
    } = {},
  ): Place {
    const root = options.root ?? this.root;
    const pending = split(path).reverse();
    const wantsDirectory = /\/\.?$/.test(path);
    let at = root;
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (at.inode.type !== "directory") throw refusal(call, path, "ENOTDIR");
      if (name === "..") {
        at = this.#up(at, root);
        continue;
      }
      const child = at.inode.entries.get(name);
      if (child === undefined) throw refusal(call, path, "ENOENT");
      const next = this.top({ mount: at.mount, inode: child });
      const follow = pending.length > 0 || wantsDirectory || (options.follow ?? true);
      if (next.inode.type !== "symlink" || !follow) {
        at = next;
        continue;
      }
      links += 1;
      const refused = links > LINKS_MAX || options.links === "refused" ||
        (next.inode.magic && options.root !== undefined);
      if (refused) throw refusal(call, path, "ELOOP");
      if (next.inode.target.startsWith("/")) at = root;
      pending.push(...split(next.inode.target).reverse());
    }
    const isFile = at.inode.type !== "directory" && wantsDirectory;
    if (isFile) throw refusal(call, path, "ENOTDIR");
    return at;
  }

  /** The directory a path's last name is in. @throws {SyscallError} `EBUSY` when it is "/". */
  walkToParent(call: string, path: string): { readonly directory: Place; readonly name: string } {
    const names = split(path);
    const name = names.pop();
    if (name === undefined || name === "..") throw refusal(call, path, "EBUSY");
    const above = path.slice(0, path.lastIndexOf(name));
    const directory = this.walk(call, above);
    return { directory, name };
  }

  /** Path of a mount as this process sees it; undefined where it cannot get there. */
  pathOf(mount: FakeMount): string | undefined {
    return this.#pathOf({ mount, inode: mount.root });
  }

  #pathOf(place: Place): string | undefined {
    const parts: string[] = [];
    let { mount, inode } = place;
    while (mount !== this.root.mount || inode !== this.root.inode) {
      if (inode !== mount.root) {
        if (inode.parent === undefined) return undefined;
        parts.push(inode.name);
        inode = inode.parent;
      } else if (mount.parent === undefined || mount.mountpoint === undefined) {
        return undefined;
      } else {
        [mount, inode] = [mount.parent, mount.mountpoint];
      }
    }
    return `/${parts.reverse().join("/")}`;
  }

  /** Text of /proc/self/mountinfo. */
  mountinfo(): string {
    let text = "";
    for (const mount of this.mounts) {
      const path = this.pathOf(mount);
      if (path === undefined) continue;
      const { fileSystem: { fstype, minor, data, readOnly }, flags, source, shared } = mount;
      const superOptions = [readOnly ? "ro" : "rw", ...(data === "" ? [] : [data])].join(",");
      const peers = shared === undefined ? "" : ` shared:${shared}`;
      const fields = [
        mount.id,
        mount.parent?.id ?? mount.id,
        `0:${minor}`,
        escape(pathInFileSystem(mount.root)),
        escape(path),
        mountOptions(flags),
      ];
      text += `${fields.join(" ")}${peers} - ${fstype} ${escape(source)} ${escape(superOptions)}\n`;
    }
    return text;
  }

  #up(at: Place, root: Place): Place {
    let { mount, inode } = at;
    // As in Linux, ".." at the root goes to what hangs over it.
    while (!(mount === root.mount && inode === root.inode)) {
      if (inode !== mount.root) return this.top({ mount, inode: inode.parent ?? inode });
      if (mount.parent === undefined || mount.mountpoint === undefined) break;
      [mount, inode] = [mount.parent, mount.mountpoint];
    }
    return this.top({ mount, inode });
  }
}

function pathInFileSystem(inode: Inode): string {
  if (inode.removedFrom !== undefined) return `${inode.removedFrom}//deleted`;
  const parts: string[] = [];
  for (let at = inode; at.parent !== undefined; at = at.parent) parts.push(at.name);
  return `/${parts.reverse().join("/")}`;
}

function mountOptions(flags: bigint): string {
  const words = [
    (flags & 1n) === 0n ? "rw" : "ro",
    ...((flags & 2n) === 0n ? [] : ["nosuid"]),
    ...((flags & 4n) === 0n ? [] : ["nodev"]),
    ...((flags & 8n) === 0n ? [] : ["noexec"]),
    "relatime",
  ];
  return words.join(",");
}

function escape(text: string): string {
  return text.replace(
    /[ \t\n\\]/g,
    (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}

/** Files in {@linkcode FakeKernel}. */
import type { FileCalls, FileStatus, FileType, RootedFile } from "../../fs/kernel/kernel.ts";
import type { ExtendedAttribute } from "../../fs/kernel/extended_attribute.ts";
import { attributesOf } from "./kernel_attributes.ts";
import { FakeMounts } from "./kernel_mounts.ts";
import {
  attach,
  detach,
  type ErrorCode,
  type Inode,
  type Place,
  refusal,
  split,
} from "./kernel_tree.ts";

/** Bytes of a file read whole, unless the caller says otherwise. */
const READ_BYTES_MAX = 1 << 20;

/** The part of the fake that holds files. */
export class FakeFiles extends FakeMounts implements FileCalls {
  /** Seconds since 1970 that a change leaves on a file. */
  seconds = 1_700_000_000n;

  /**
   * Puts a file where nobody may write, such as /proc/cmdline or /sys/class/…, with the directories above it: into
   * what is seen at `path` now, and into the file system that will be mounted at /proc, /sys or /dev.
   */
  addFile(path: string, content: string | Uint8Array<ArrayBuffer>): void {
    this.addNode(path, "file", (inode) => {
      inode.content = bytesOf(content);
    });
  }

  /** Puts a link there, as {@linkcode FakeFiles.addFile}. */
  addLink(path: string, target: string): void {
    this.addNode(path, "symlink", (inode) => {
      inode.target = target;
    });
  }

  /** Puts any kind of file there, as {@linkcode FakeFiles.addFile}. */
  addNode(path: string, type: FileType, fill: (inode: Inode) => void = () => {}): void {
    const [top, ...rest] = split(path);
    const fstype = { proc: "proc", sys: "sysfs", dev: "devtmpfs" }[top ?? ""];
    const mode = type === "symlink" ? 0o777 : type === "directory" ? 0o755 : 0o644;
    if (fstype !== undefined && rest.length > 0) {
      fill(this.singleton(fstype).put(rest.join("/"), type, mode));
    }
    const { directory: { inode }, name } = this.#makeAbove(path, 0o755);
    const isMounted = fstype !== undefined && inode.fileSystem === this.singleton(fstype);
    if (isMounted) return;
    fill(attach(inode, name, inode.fileSystem.inode(type, mode)));
  }

  /** Gives a file, or a link itself, an extended attribute. */
  setAttribute(path: string, name: string, data: Uint8Array<ArrayBuffer>): void {
    this.tree.walk("lsetxattr", path, { follow: false }).inode.attributes.set(name, data);
  }

  mkdir(path: string, mode: number): void {
    this.enter("mkdir", path);
    if (split(path).length === 0) return;
    const { directory, name } = this.#makeAbove(path, mode);
    this.#makeDirectory(path, { mount: directory.mount, inode: directory.inode, name, mode });
  }

  readFile(path: string, options: { readonly maxBytes?: number } = {}): Uint8Array<ArrayBuffer> {
    this.enter("open", path);
    const { inode } = this.tree.walk("open", path);
    if (inode.type === "directory") throw refusal("read", path, "EISDIR");
    const content = contentOf(inode);
    if (content.length > (options.maxBytes ?? READ_BYTES_MAX)) {
      throw refusal("read", path, "EFBIG");
    }
    return content.slice();
  }

  readText(path: string, options: { readonly maxBytes?: number } = {}): string {
    return new TextDecoder().decode(this.readFile(path, options));
  }

  writeFile(
    path: string,
    content: Uint8Array<ArrayBuffer> | string,
    options: Parameters<FileCalls["writeFile"]>[2],
  ): void {
    this.enter("open", path);
    const bytes = bytesOf(content);
    const { directory, name } = this.tree.walkToParent("open", path);
    if (directory.inode.type !== "directory") throw refusal("open", path, "ENOTDIR");
    const old = directory.inode.entries.get(name);
    if (options.direct === true && old !== undefined) {
      const place = this.tree.walk("open", path);
      if (place.inode.type === "directory") throw refusal("open", path, "EISDIR");
      this.assertWritable("open", path, place);
      this.#touch(place.inode).content = bytes;
      for (const wake of place.inode.watchers) wake();
      return;
    }
    this.assertWritable("open", path, directory);
    if (old?.type === "directory") throw refusal("rename", path, "EISDIR");
    if (old !== undefined && this.tree.isMountpoint(old)) throw refusal("rename", path, "EBUSY");
    const { fileSystem } = directory.inode;
    const inode = attach(directory.inode, name, fileSystem.inode("file", options.mode));
    this.#touch(inode).content = bytes;
    Object.assign(inode, options.owner);
  }

  lstat(path: string): FileStatus | undefined {
    this.enter("statx", path);
    try {
      return statusOf(this.tree.walk("statx", path, { follow: false }).inode);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  names(path: string): readonly string[] {
    this.enter("getdents64", path);
    const { inode } = this.tree.walk("getdents64", path);
    if (inode.type !== "directory") throw refusal("getdents64", path, "ENOTDIR");
    return [...inode.entries.keys()].sort();
  }

  readLink(path: string): string {
    this.enter("readlink", path);
    const { inode } = this.tree.walk("readlink", path, { follow: false });
    if (inode.type !== "symlink") throw refusal("readlink", path, "EINVAL");
    return inode.target;
  }

  symlink(target: string, path: string): void {
    split(target);
    this.enter("symlink", path);
    const { directory, name } = this.tree.walkToParent("symlink", path);
    if (directory.inode.type !== "directory") throw refusal("symlink", path, "ENOTDIR");
    if (directory.inode.entries.has(name)) throw refusal("symlink", path, "EEXIST");
    this.assertWritable("symlink", path, directory);
    const { inode } = directory;
    this.#touch(attach(inode, name, inode.fileSystem.inode("symlink", 0o777))).target = target;
  }

  chmod(path: string, mode: number): void {
    this.enter("chmod", path);
    const place = this.tree.walk("chmod", path);
    this.assertWritable("chmod", path, place);
    place.inode.mode = mode & 0o7777;
  }

  remove(path: string, options: { readonly recursive?: boolean } = {}): void {
    this.enter("unlink", path);
    const place = this.tree.walk("unlink", path, { follow: false });
    const { inode } = place;
    if (inode.parent === undefined || inode === place.mount.root) {
      throw refusal("unlink", path, "EBUSY");
    }
    this.assertWritable("unlink", path, place);
    this.#removeTree(path, place, options.recursive === true);
  }

  entryGone(
    directory: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    options.signal?.throwIfAborted();
    this.enter("inotify_add_watch", directory);
    const { inode } = this.tree.walk("inotify_add_watch", directory);
    if (inode.type !== "directory") throw refusal("inotify_add_watch", directory, "ENOTDIR");
    return firstOf(inode.watchers, options.signal);
  }

  fileChanged(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.enter("inotify_add_watch", path);
    return firstOf(this.tree.walk("inotify_add_watch", path).inode.watchers, options.signal);
  }

  openInRoot(root: string, path: string, options: { readonly follow?: boolean } = {}): RootedFile {
    this.enter("openat2", path, root);
    const base = this.tree.walk("openat2", root);
    if (base.inode.type !== "directory") throw refusal("openat2", root, "ENOTDIR");
    const follow = options.follow ?? true;
    const place = this.tree.walk("openat2", path, { root: base, follow });
    return rootedFile(path, place, {
      top: (entry) => this.tree.top(entry),
      ask: (call, subject) => this.enter(call, subject),
    });
  }

  #removeTree(path: string, place: Place, recursive: boolean): void {
    const { inode } = place;
    if (this.tree.isMountpoint(inode)) throw refusal("unlink", path, "EBUSY");
    if (inode.entries.size > 0 && !recursive) throw refusal("rmdir", path, "ENOTEMPTY");
    for (const [name, entry] of inode.entries) {
      this.#removeTree(`${path}/${name}`, { mount: place.mount, inode: entry }, true);
    }
    detach(inode);
  }

  #makeAbove(path: string, mode: number): { readonly directory: Place; readonly name: string } {
    const names = split(path);
    const name = names.pop() ?? "";
    let above = "";
    let directory = this.tree.root;
    for (const each of names) {
      above += `/${each}`;
      directory = this.#makeDirectory(above, { ...directory, name: each, mode });
    }
    return { directory, name };
  }

  #makeDirectory(
    path: string,
    facts: { mount: Place["mount"]; inode: Inode; name: string; mode: number },
  ): Place {
    const { mount, inode, name, mode } = facts;
    if (inode.entries.has(name) || name === "..") {
      const place = this.tree.walk("mkdir", path);
      if (place.inode.type !== "directory") throw refusal("mkdir", path, "EEXIST");
      return place;
    }
    this.assertWritable("mkdir", path, { mount, inode });
    const made = this.#touch(attach(inode, name, inode.fileSystem.inode("directory", mode)));
    return { mount, inode: made };
  }

  #touch(inode: Inode): Inode {
    inode.modified = this.seconds;
    return inode;
  }
}

/** Waits until one of the calls that are waited for comes. */
async function firstOf(watchers: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  watchers.add(resolve);
  try {
    await promise;
  } finally {
    watchers.delete(resolve);
    signal?.removeEventListener("abort", abort);
  }
}

/** What is in a regular file now. */
export function contentOf(inode: Inode): Uint8Array<ArrayBuffer> {
  return inode.generate === undefined ? inode.content : new TextEncoder().encode(inode.generate());
}

function bytesOf(content: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function statusOf(inode: Inode): FileStatus {
  const { type, mode, uid, gid, modified, fileSystem, number, target } = inode;
  // Like Linux, which does not know the size of what it makes while it is read.
  const size = type === "symlink" ? new TextEncoder().encode(target).length : inode.content.length;
  const device = `0:${fileSystem.minor}`;
  return { type, size: BigInt(size), mode, uid, gid, modified, device, inode: number };
}

/** What an open file asks of the kernel. */
interface Asked {
  readonly top: (place: Place) => Place;
  /** Throws what the test has it refuse. */
  readonly ask: (call: string, subject: string) => void;
}

function rootedFile(path: string, place: Place, { top, ask }: Asked): RootedFile {
  const { mount, inode } = place;
  let isOpen = true;
  mount.holders += 1;
  const enter = (call: string, wanted: FileType, code: ErrorCode): void => {
    if (!isOpen) throw refusal(call, path, "EBADF");
    if (inode.type !== wanted) throw refusal(call, path, code);
  };
  const child = (call: string, name: string): Inode => {
    if (/^\.{0,2}$|[/\0]/.test(name)) {
      throw new RangeError(
        `Cannot look at ${JSON.stringify(name)}: it is not the name of an entry`,
      );
    }
    enter(call, "directory", "ENOTDIR");
    const found = inode.entries.get(name);
    if (found === undefined) throw refusal(call, `${path}/${name}`, "ENOENT");
    return top({ mount, inode: found }).inode;
  };
  return {
    status: statusOf(inode),
    // deno-lint-ignore require-await -- a refusal must be a rejection
    async read(buffer: Uint8Array<ArrayBuffer>, offset: bigint): Promise<number> {
      enter("pread", "file", inode.type === "directory" ? "EISDIR" : "EINVAL");
      const content = contentOf(inode);
      const start = Math.min(Number(offset), content.length);
      const part = content.subarray(start, start + buffer.length);
      buffer.set(part);
      return part.length;
    },
    names(): readonly string[] {
      enter("getdents64", "directory", "ENOTDIR");
      return [...inode.entries.keys()];
    },
    entry(name: string): { readonly status: FileStatus; readonly link: string } {
      const found = child("statx", name);
      return { status: statusOf(found), link: found.target };
    },
    readLink(): string {
      enter("readlink", "symlink", "EINVAL");
      return inode.target;
    },
    attributes(name?: string): readonly ExtendedAttribute[] {
      if (name === undefined) {
        enter("listxattr", inode.type, "EINVAL");
        return attributesOf(inode, path, ask);
      }
      const found = child("open", name);
      ask("open", `${path}/${name}`);
      return attributesOf(found, `${path}/${name}`, ask);
    },
    [Symbol.dispose](): void {
      if (isOpen) mount.holders -= 1;
      isOpen = false;
    },
  };
}

/** What this host's kernel tells of a tree of files, in the words of the machine's List. */
import { basename, join } from "@std/path/posix";
import type { FileInfo } from "../../proto/gen/machine/machine_pb.ts";

/** Bits of Go's fs.FileMode. */
const GO_DIRECTORY = 2 ** 31;
const GO_LINK = 2 ** 27;
const PERMISSIONS = 0o777;

/** What two kernels say alike of a file. */
export interface TreeEntry {
  readonly relativeName: string;
  readonly isDir: boolean;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly modified: bigint;
  readonly link: string;
  /** Bytes; 0 of a directory, of which each file system has its own idea. */
  readonly size: bigint;
}

/** The part of a List's answer that can be compared. */
export function treeEntry(
  { relativeName, isDir, mode, modified, link, size }: FileInfo,
): TreeEntry {
  return { relativeName, isDir, mode, modified, link, size: isDir ? 0n : size };
}

/** What is at `root` and `levels` below it, in the order of List: a directory before what is in it, names in order. */
export async function fileTree(root: string, levels = Infinity): Promise<readonly TreeEntry[]> {
  const { isDirectory } = await Deno.lstat(root);
  return await entries(root, isDirectory ? "." : basename(root), levels);
}

async function entries(path: string, relativeName: string, levels: number): Promise<TreeEntry[]> {
  const status = await Deno.lstat(path);
  const kind = status.isDirectory ? GO_DIRECTORY : status.isSymlink ? GO_LINK : 0;
  const found: TreeEntry[] = [{
    relativeName,
    isDir: status.isDirectory,
    mode: kind + ((status.mode ?? 0) & PERMISSIONS),
    modified: BigInt(Math.floor((status.mtime?.getTime() ?? 0) / 1000)),
    link: status.isSymlink ? await Deno.readLink(path) : "",
    size: status.isDirectory ? 0n : BigInt(status.size),
  }];
  if (!status.isDirectory || levels === 0) return found;
  const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).toSorted();
  for (const name of names) {
    const below = relativeName === "." ? name : join(relativeName, name);
    found.push(...await entries(join(path, name), below, levels - 1));
  }
  return found;
}

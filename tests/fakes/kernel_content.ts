/** What a file system of {@linkcode FakeKernel} begins with. */
import type { FakeFileSystem, Inode } from "./kernel_tree.ts";

/** Lays what is in the directory `from` over what is in `to`, as an overlay merges layers. */
export function copyInto(from: Inode, to: Inode, fileSystem: FakeFileSystem): void {
  for (const [name, inode] of from.entries) {
    const before = to.entries.get(name);
    const isMerged = before?.type === "directory" && inode.type === "directory";
    const made = isMerged ? before : fileSystem.put(name, inode.type, inode.mode, to);
    made.content = inode.content;
    made.target = inode.target;
    if (inode.type === "directory") copyInto(inode, made, fileSystem);
  }
}

/** Gives a tmpfs the size its options ask for. */
export function sizeTmpfs(fileSystem: FakeFileSystem, data: string): void {
  const found = /(?:^|,)size=(\d+)([kmg]?)(?:,|$)/i.exec(data);
  if (found === null) return;
  const shift = { "": 0n, k: 10n, m: 20n, g: 30n }[(found[2] ?? "").toLowerCase()] ?? 0n;
  fileSystem.size = BigInt(found[1] ?? "0") << shift;
  fileSystem.available = fileSystem.size;
}

/** Writes the first sector of an XFS to the beginning of each allocation group. */
export function renewCopies(bytes: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [groupBytes, groups] = [view.getUint32(4) * view.getUint32(84), view.getUint32(88)];
  for (let group = 1; group < groups; group++) bytes.copyWithin(group * groupBytes, 0, 512);
}

/** Looks at the machine's data disk from the host. */

/** Whether the XFS on the first partition of a disk image needs no log replay and no repair. */
export async function xfsIsClean(disk: string): Promise<boolean> {
  const copy = `${disk}.partition`;
  try {
    await run("dd", [`if=${disk}`, `of=${copy}`, "bs=1M", "skip=1", "conv=sparse", "status=none"]);
    // -n changes nothing; it refuses a log that would have to be replayed, and fails on damage.
    const { code, text } = await output("xfs_repair", ["-n", "-f", copy]);
    return code === 0 && !/dirty log|ALERT|would/.test(text);
  } finally {
    await Deno.remove(copy).catch(() => {});
  }
}

/** Makes a file system other than ours over the whole of `disk`. */
export async function makeForeign(disk: string): Promise<void> {
  await run("mkfs.xfs", ["-q", "-f", "-L", "FOREIGN", disk]);
}

/** SHA-256 of a disk image, without its holes being read into memory at once. */
export async function diskDigest(disk: string): Promise<string> {
  return (await output("sha256sum", [disk])).text.split(" ")[0] ?? "";
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, text } = await output(program, args);
  if (code !== 0) throw new Error(`Cannot run ${program} ${args.join(" ")}: ${text}`);
}

async function output(
  program: string,
  args: readonly string[],
): Promise<{ code: number; text: string }> {
  const path = `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { PATH: path },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code, text };
}

/** Byte of a disk where its first partition begins. */
const PARTITION_AT = 1024 * 1024;

// Offsets in struct xfs_dsb, big-endian. Source: fs/xfs/libxfs/xfs_format.h.
const REALTIME_BITMAP_INODE_AT = 64;
const INODE_BYTES_AT = 104;

/**
 * Damages the XFS on the first partition so that no kernel mounts it, and nothing of its files is lost: spoils the
 * magic of an inode that holds nothing, and lies in one block with that of the root directory. A log with changes of
 * that block cannot be replayed either.
 */
export async function damageXfs(disk: string): Promise<void> {
  using file = await Deno.open(disk, { read: true, write: true });
  const superblock = new Uint8Array(512);
  await file.seek(PARTITION_AT, Deno.SeekMode.Start);
  await file.read(superblock);
  const view = new DataView(superblock.buffer);
  // In the first allocation group an inode's number is its place.
  const inode = Number(view.getBigUint64(REALTIME_BITMAP_INODE_AT));
  await file.seek(PARTITION_AT + inode * view.getUint16(INODE_BYTES_AT), Deno.SeekMode.Start);
  await file.write(new TextEncoder().encode("LOST"));
}

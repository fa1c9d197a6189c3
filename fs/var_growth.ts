/** What becomes of our partition and its file system when the disk has grown. */
import { PARTITION_ALIGNMENT_BYTES } from "./gpt.ts";
import { entrySectors, type GptTable } from "./gpt_format.ts";
import type { BlockDevice, Kernel } from "./kernel/kernel.ts";
import { partitionOf } from "./var_partition.ts";
import { parseXfsSuperblock, XFS_SUPERBLOCK_BYTES } from "./xfs.ts";

const XFS_GROWFS = "/usr/sbin/xfs_growfs";

/** Milliseconds xfs_growfs may take: it writes the headers of the new allocation groups. */
const GROWFS_MS_MAX = 120_000;

/** On the volume itself: there while copies of its superblock may be of an old size. */
const GROWTH_MARK = "/system/growing";

/**
 * The table for the disk as large as it is now, with partition `number` over what was added; undefined where nothing
 * was, or where another partition lies behind ours.
 */
export function grownTable(
  device: Pick<BlockDevice, "sizeBytes" | "sectorBytes">,
  table: GptTable,
  number: number,
): GptTable | undefined {
  const sectors = device.sizeBytes / BigInt(device.sectorBytes);
  if (sectors - 1n <= table.backupLba) return undefined;
  const ours = partitionOf(table, number);
  const others = [...table.partitions.values()];
  if (others.some(({ firstLba }) => firstLba > ours.lastLba)) return undefined;
  const lastUsableLba = sectors - 2n - entrySectors(table.slots, device.sectorBytes);
  const alignment = BigInt(PARTITION_ALIGNMENT_BYTES / device.sectorBytes);
  const lastLba = (lastUsableLba + 1n) / alignment * alignment - 1n;
  if (lastLba <= ours.lastLba) return undefined;
  return {
    ...table,
    lastUsableLba,
    backupLba: sectors - 1n,
    partitions: new Map(table.partitions).set(number, { ...ours, lastLba }),
  };
}

/**
 * Grows the mounted XFS of `device` to the whole of it. To be called once a mount: afterwards the device may still be
 * read as it was before.
 *
 * The kernel writes the copies of the superblock after the growth and outside of its log: a power cut in between leaves
 * some that tell of the old size, and xfs_repair believes the majority. So a file says that they are not safe yet, from
 * before the growth until they are on the disk: where it is found they are written again.
 *
 * @returns Bytes it had before; undefined where there was less than {@linkcode PARTITION_ALIGNMENT_BYTES} to gain.
 * @throws {Error} What xfs_growfs said; the file system is as it was.
 * @throws {SyscallError} The copies cannot be written; the next call tries that again.
 */
export async function growFileSystem(
  kernel: Kernel,
  { device, target }: { readonly device: string; readonly target: string },
): Promise<bigint | undefined> {
  const { fileSystemBytes, deviceBytes } = sizesOf(kernel, device);
  const grows = deviceBytes - fileSystemBytes >= BigInt(PARTITION_ALIGNMENT_BYTES);
  const mark = `${target}${GROWTH_MARK}`;
  if (!grows && kernel.lstat(mark) === undefined) return undefined;
  // Synced before the growth: what the log keeps of the growth it keeps of the file, too.
  kernel.writeFile(mark, "", { mode: 0o600, sync: true });
  if (grows) await runGrowfs(kernel, target);
  kernel.renewXfsCopies(target);
  syncDevice(kernel, device);
  kernel.remove(mark);
  return grows ? fileSystemBytes : undefined;
}

async function runGrowfs(kernel: Kernel, target: string): Promise<void> {
  const { code, signal, stderr } = await kernel.runTool(XFS_GROWFS, ["-d", target], {
    timeoutMs: GROWFS_MS_MAX,
  });
  if (code === 0 && signal === null) return;
  const said = stderr.trim().split("\n", 1)[0] ?? "";
  throw new Error(`Cannot grow "${target}": xfs_growfs ended with ${signal ?? code}: ${said}`);
}

/** Empties the disk's own cache, whatever the file system has to write. */
function syncDevice(kernel: Kernel, path: string): void {
  using device = kernel.openBlockDevice(path, { access: "read-only" });
  device.sync();
}

function sizesOf(
  kernel: Kernel,
  path: string,
): { readonly fileSystemBytes: bigint; readonly deviceBytes: bigint } {
  using device = kernel.openBlockDevice(path, { access: "read-only" });
  const superblock = parseXfsSuperblock(device.readAt(0n, XFS_SUPERBLOCK_BYTES));
  if (superblock === undefined) throw new Error(`Cannot grow "${path}": it is no XFS`);
  return { fileSystemBytes: superblock.sizeBytes, deviceBytes: device.sizeBytes };
}

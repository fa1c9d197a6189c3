/**
 * The volume at /var: an XFS file system on a partition of our own.
 *
 * Found where there is one, made on the first blank disk where there is none. A disk that holds anything else is named
 * and never written. The partition carries a mark from its making until its file system is mounted for the first
 * time, so that what a power cut left of the making is made again, and nothing else ever is.
 */
import { type Disk, type DiskContent, examineDisk, listDisks } from "./data_disk.ts";
import { deviceContent } from "./device_content.ts";
import { writeGpt } from "./gpt.ts";
import type { GptTable } from "./gpt_format.ts";
import { MS } from "./kernel/constants.ts";
import type { BlockDevice, Kernel } from "./kernel/kernel.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";
import {
  markedTable,
  partitionPath,
  VAR_PARTITION_LABEL,
  VAR_PARTITION_UNUSED,
  varPartitionNumber,
  varTable,
} from "./var_partition.ts";
import { parseXfsSuperblock, XFS_SUPERBLOCK_BYTES } from "./xfs.ts";

/** A disk that was left alone, and why. */
export interface RefusedDisk {
  readonly disk: string;
  /** As the end of a sentence: `has an XFS file system`. */
  readonly reason: string;
}

/** What became of the volume. */
export interface VolumeFacts {
  /** `missing`: no disk is ours or blank. `failed`: ours, and not to be mounted. */
  readonly phase: "missing" | "ready" | "failed";
  readonly disk: string;
  readonly device: string;
  /** Of the partition. */
  readonly sizeBytes: bigint;
  readonly formattedNow: boolean;
  /** What is wrong and what may be done; "" when ready. */
  readonly error: string;
  readonly refused: readonly RefusedDisk[];
}

/** How to open it. */
export interface VarVolumeRequest {
  readonly target: string;
  /** Waits that many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** A random GUID in the usual form; `crypto.randomUUID` unless given. */
  newGuid?(): string;
}

const MKFS = "/usr/sbin/mkfs.xfs";

/** Milliseconds mkfs.xfs may take: it writes a few megabytes, and discards the disk before. */
const MKFS_MS_MAX = 120_000;

/** How long the kernel is given to show a partition it was told of, and how often one looks. */
const NODE_WAIT = { timesMax: 100, everyMs: 50 };

/** Bytes an XFS file system needs at least: mkfs.xfs refuses less. */
const XFS_BYTES_MIN = 300n * 1024n * 1024n;

/** The agent's own directory on the volume; everything else there belongs to the workloads. */
const OWN_DIRECTORY = "/system";

/** A disk that was looked at. */
interface Examined {
  readonly disk: Disk;
  readonly content: DiskContent;
}

/** Our partition. */
interface VarPartition {
  readonly disk: string;
  readonly device: string;
  readonly number: number;
  readonly table: GptTable;
  readonly sizeBytes: bigint;
}

/**
 * Finds or makes the volume and mounts it at `request.target`. Where it is mounted already it is left as it is.
 *
 * Blocks for as long as the kernel takes to replay the log.
 *
 * @returns What became of it; a refusal of the kernel is `failed`, not a throw.
 */
export async function openVarVolume(
  kernel: Kernel,
  request: VarVolumeRequest,
): Promise<VolumeFacts> {
  const refused: RefusedDisk[] = [];
  const facts = { disk: "", device: "", sizeBytes: 0n, formattedNow: false, error: "", refused };
  try {
    const examined = listDisks(kernel).map((disk) => examine(kernel, disk, refused));
    const chosen = examined.find((each) => each?.content.kind === "ours") ??
      examined.find((each) => each?.content.kind === "blank");
    if (chosen === undefined) return { ...facts, phase: "missing", error: missing(refused) };
    Object.assign(facts, { disk: chosen.disk.path });
    const partition = preparePartition(kernel, chosen, request);
    const { device, disk, sizeBytes } = partition;
    Object.assign(facts, { device, sizeBytes });
    await waitForNode(kernel, device, request);
    const formattedNow = await ensureFileSystem(kernel, partition);
    mountVolume(kernel, partition, request.target);
    return { ...facts, phase: "ready", disk, formattedNow };
  } catch (error) {
    return {
      ...facts,
      phase: "failed",
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Looks at a disk; one that is foreign or cannot be read is added to `refused`. */
function examine(kernel: Kernel, disk: Disk, refused: RefusedDisk[]): Examined | undefined {
  try {
    using device = kernel.openBlockDevice(disk.path, { access: "read-only" });
    const content = examineDisk(device);
    if (content.kind === "blank" && device.sizeBytes < XFS_BYTES_MIN) {
      refused.push({
        disk: disk.path,
        reason: `has ${device.sizeBytes} bytes, needs ${XFS_BYTES_MIN}`,
      });
      return undefined;
    }
    if (content.kind !== "foreign") return { disk, content };
    refused.push({ disk: disk.path, reason: content.reason });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    refused.push({ disk: disk.path, reason: `cannot be read: ${why}` });
  }
  return undefined;
}

function missing(refused: readonly RefusedDisk[]): string {
  if (refused.length === 0) return "Cannot mount /var: there is no disk";
  const found = refused.map(({ disk, reason }) => `${disk} ${reason}`).join("; ");
  return `Cannot mount /var: no disk is ours or blank: ${found}; wipe one or attach a blank one`;
}

/** Makes the table on a blank disk, repairs the lesser copy on ours. */
function preparePartition(
  kernel: Kernel,
  { disk, content }: Examined,
  request: VarVolumeRequest,
): VarPartition {
  const isWhole = content.kind === "ours" && content.repair === undefined;
  using device = kernel.openBlockDevice(disk.path, {
    access: isWhole ? "read-only" : "read-write",
  });
  if (content.kind === "ours" && content.repair !== undefined) {
    writeGpt(device, content.table, { first: content.repair });
  }
  if (content.kind === "blank") {
    writeGpt(device, varTable(device, request.newGuid ?? (() => crypto.randomUUID())), {
      first: "primary",
    });
    device.rereadPartitions();
  }
  const table = content.kind === "ours" ? content.table : readBack(device);
  const number = varPartitionNumber(table);
  const partition = number === undefined ? undefined : table.partitions.get(number);
  if (number === undefined || partition === undefined) {
    throw new Error(`Cannot use "${disk.path}": our partition is not in the table just written`);
  }
  const sectors = partition.lastLba - partition.firstLba + 1n;
  return {
    disk: disk.path,
    device: partitionPath(disk.path, number),
    number,
    table,
    sizeBytes: sectors * BigInt(device.sectorBytes),
  };
}

function readBack(device: BlockDevice): GptTable {
  const content = examineDisk(device);
  if (content.kind === "ours") return content.table;
  throw new Error("Cannot use the disk: it does not give back the partition table just written");
}

async function waitForNode(
  kernel: Kernel,
  path: string,
  request: VarVolumeRequest,
): Promise<void> {
  for (let times = 0; times < NODE_WAIT.timesMax; times++) {
    if (kernel.lstat(path)?.type === "block") return;
    await request.sleep(NODE_WAIT.everyMs);
  }
  const waitedMs = NODE_WAIT.timesMax * NODE_WAIT.everyMs;
  throw new Error(
    `Cannot open "${path}": the kernel does not show the partition after ${waitedMs} ms`,
  );
}

/** Makes the file system where it never was finished. @returns Whether it did. */
async function ensureFileSystem(kernel: Kernel, partition: VarPartition): Promise<boolean> {
  if (hasFileSystem(kernel, partition)) return false;
  const args = ["-q", "-f", "-L", VAR_PARTITION_LABEL, partition.device];
  const { code, signal, stderr } = await kernel.runTool(MKFS, args, { timeoutMs: MKFS_MS_MAX });
  if (code !== 0 || signal !== null) {
    const said = stderr.trim().split("\n", 1)[0] ?? "";
    throw new Error(
      `Cannot make a file system on "${partition.device}": mkfs.xfs ended with ${
        signal ?? code
      }: ${said}`,
    );
  }
  return true;
}

/** @throws An error that names what is there, where it is neither ours nor free to be overwritten. */
function hasFileSystem(kernel: Kernel, { device, number, table }: VarPartition): boolean {
  using partition = kernel.openBlockDevice(device, { access: "read-only" });
  const superblock = parseXfsSuperblock(partition.readAt(0n, XFS_SUPERBLOCK_BYTES));
  if (superblock !== undefined) return !superblock.isUnfinished;
  const content = deviceContent(partition);
  const isUnused = ((table.partitions.get(number)?.attributes ?? 0n) & VAR_PARTITION_UNUSED) !== 0n;
  if (isUnused && content?.isKnown !== true) return false;
  const found = content === undefined ? "is empty, though it was in use" : content.reason;
  throw new Error(
    `Cannot mount "${device}" at /var: it ${found}; restore its XFS file system, or wipe the disk to begin anew`,
  );
}

/** Mounts, and from then on the partition counts as used. */
function mountVolume(kernel: Kernel, partition: VarPartition, target: string): void {
  const { device, disk, number, table } = partition;
  if (topMountAt(readMounts(kernel), target)?.source === device) return;
  kernel.mount({ source: device, target, fstype: "xfs", flags: MS.NOSUID | MS.NODEV, data: "" });
  kernel.mkdir(`${target}${OWN_DIRECTORY}`, 0o700);
  const isUnused = ((table.partitions.get(number)?.attributes ?? 0n) & VAR_PARTITION_UNUSED) !== 0n;
  if (!isUnused) return;
  using whole = kernel.openBlockDevice(disk, { access: "read-write" });
  writeGpt(whole, markedTable(table, { number, isUnused: false }), { first: "primary" });
}

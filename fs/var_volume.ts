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
import { SyscallError } from "./kernel/syscall_error.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";
import {
  markedTable,
  partitionOf,
  partitionPath,
  VAR_PARTITION_LABEL,
  VAR_PARTITION_UNUSED,
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

/** Bytes a blank disk must have: mkfs.xfs refuses less than 300 MiB, and the table takes up to 1 MiB at each end. */
const DISK_BYTES_MIN = 302n * 1024n * 1024n;

/** The agent's own directory on the volume; everything else there belongs to the workloads. */
const OWN_DIRECTORY = "/system";

/** A disk that may hold the volume. */
interface Candidate {
  readonly disk: Disk;
  readonly content: Exclude<DiskContent, { readonly kind: "foreign" }>;
}

/** Our partition. */
interface VarPartition {
  readonly disk: string;
  readonly device: string;
  readonly number: number;
  readonly table: GptTable;
  readonly sizeBytes: bigint;
  /** Whether its file system was never mounted: what is there may be made again. */
  readonly isUnused: boolean;
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
  let facts: VolumeFacts = {
    phase: "failed",
    disk: "",
    device: "",
    sizeBytes: 0n,
    formattedNow: false,
    error: "",
    refused,
  };
  try {
    const candidates = listDisks(kernel).flatMap((disk) => examine(kernel, disk, refused));
    const chosen = candidates.find(({ content }) => content.kind === "ours") ?? candidates[0];
    if (chosen === undefined) return { ...facts, phase: "missing", error: missing(refused) };
    facts = { ...facts, disk: chosen.disk.path };
    const partition = preparePartition(kernel, chosen, request);
    const { device, sizeBytes } = partition;
    facts = { ...facts, device, sizeBytes };
    await waitForNode(kernel, device, request);
    const formattedNow = await mountOrMake(kernel, partition, request.target);
    return { ...facts, phase: "ready", formattedNow };
  } catch (error) {
    return { ...facts, error: messageOf(error) };
  }
}

/** Looks at a disk; one that is foreign, too small or cannot be read is added to `refused`, and none is returned. */
function examine(kernel: Kernel, disk: Disk, refused: RefusedDisk[]): Candidate[] {
  const refuse = (reason: string): Candidate[] => {
    refused.push({ disk: disk.path, reason });
    return [];
  };
  try {
    using device = kernel.openBlockDevice(disk.path, { access: "read-only" });
    const { sizeBytes } = device;
    const content = examineDisk(device);
    if (content.kind === "foreign") return refuse(content.reason);
    if (content.kind === "blank" && sizeBytes < DISK_BYTES_MIN) {
      return refuse(`has ${sizeBytes} bytes, needs ${DISK_BYTES_MIN}`);
    }
    return [{ disk, content }];
  } catch (error) {
    return refuse(`cannot be read: ${messageOf(error)}`);
  }
}

function missing(refused: readonly RefusedDisk[]): string {
  if (refused.length === 0) return "Cannot mount /var: there is no disk";
  const found = refused.map(({ disk, reason }) => `${disk} ${reason}`).join("; ");
  return `Cannot mount /var: no disk is ours or blank: ${found}; wipe one or attach a blank one`;
}

/** Makes the table on a blank disk, repairs the lesser copy on ours. */
function preparePartition(
  kernel: Kernel,
  { disk, content }: Candidate,
  request: VarVolumeRequest,
): VarPartition {
  const isWhole = content.kind === "ours" && content.repair === undefined;
  using device = kernel.openBlockDevice(disk.path, {
    access: isWhole ? "read-only" : "read-write",
  });
  const { table, number } = content.kind === "ours" ? content : makeTable(device, request);
  const path = partitionPath(disk.path, number);
  if (content.kind === "ours" && content.repair !== undefined) {
    writeGpt(device, table, { first: content.repair });
  }
  // The kernel shows nothing of a table that it found damaged; what it shows may be in use.
  const isShown = content.kind === "ours" && kernel.lstat(path) !== undefined;
  if (!isWhole && !isShown) device.rereadPartitions();
  const { firstLba, lastLba, attributes } = partitionOf(table, number);
  return {
    disk: disk.path,
    device: path,
    number,
    table,
    sizeBytes: (lastLba - firstLba + 1n) * BigInt(device.sectorBytes),
    isUnused: (attributes & VAR_PARTITION_UNUSED) !== 0n,
  };
}

/** Writes a table with our partition on a blank disk. @returns What the disk gives back. */
function makeTable(
  device: BlockDevice,
  request: VarVolumeRequest,
): { readonly table: GptTable; readonly number: number } {
  const newGuid = request.newGuid ?? (() => crypto.randomUUID());
  writeGpt(device, varTable(device, newGuid), { first: "primary" });
  const content = examineDisk(device);
  if (content.kind === "ours") return content;
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

/**
 * Mounts the file system, made before where it never was finished, or where it was and the power went before all of it
 * was on the disk: then the kernel does not take it, and nobody ever wrote a file there.
 *
 * @returns Whether it was made.
 */
async function mountOrMake(
  kernel: Kernel,
  partition: VarPartition,
  target: string,
): Promise<boolean> {
  if (hasFileSystem(kernel, partition)) {
    try {
      mountVolume(kernel, partition, target);
      return false;
    } catch (error) {
      const isTorn = error instanceof SyscallError && error.is("EUCLEAN", "EINVAL");
      if (!partition.isUnused || !isTorn) throw error;
    }
  }
  await makeFileSystem(kernel, partition.device);
  mountVolume(kernel, partition, target);
  return true;
}

async function makeFileSystem(kernel: Kernel, device: string): Promise<void> {
  const args = ["-q", "-f", "-L", VAR_PARTITION_LABEL, device];
  const { code, signal, stderr } = await kernel.runTool(MKFS, args, { timeoutMs: MKFS_MS_MAX });
  if (code === 0 && signal === null) return;
  const said = stderr.trim().split("\n", 1)[0] ?? "";
  throw new Error(
    `Cannot make a file system on "${device}": mkfs.xfs ended with ${signal ?? code}: ${said}`,
  );
}

/** @throws An error that names what is there, where it is neither ours nor free to be overwritten. */
function hasFileSystem(kernel: Kernel, { device, isUnused }: VarPartition): boolean {
  using partition = kernel.openBlockDevice(device, { access: "read-only" });
  const superblock = parseXfsSuperblock(partition.readAt(0n, XFS_SUPERBLOCK_BYTES));
  if (superblock?.isUnfinished === false) return true;
  const content = superblock === undefined
    ? deviceContent(partition)
    : { reason: "has an XFS file system that was never finished", isKnown: false };
  if (isUnused && content?.isKnown !== true) return false;
  const found = content?.reason ?? "is empty, though it was in use";
  throw new Error(
    `Cannot mount "${device}" at /var: it ${found}; restore its XFS file system, or wipe the disk to begin anew`,
  );
}

/** Mounts, and from then on the partition counts as used. */
function mountVolume(kernel: Kernel, partition: VarPartition, target: string): void {
  const { device, disk, number, table, isUnused } = partition;
  if (topMountAt(readMounts(kernel), target)?.source === device) return;
  kernel.mount({ source: device, target, fstype: "xfs", flags: MS.NOSUID | MS.NODEV, data: "" });
  kernel.mkdir(`${target}${OWN_DIRECTORY}`, 0o700);
  if (!isUnused) return;
  using whole = kernel.openBlockDevice(disk, { access: "read-write" });
  writeGpt(whole, markedTable(table, { number, isUnused: false }), { first: "primary" });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

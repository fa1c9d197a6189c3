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
  partitionOf,
  partitionPath,
  VAR_PARTITION_LABEL,
  VAR_PARTITION_UNUSED,
  varTable,
} from "./var_partition.ts";
import { growFileSystem, grownTable } from "./var_growth.ts";
import { parseXfsSuperblock, XFS_SUPERBLOCK_BYTES } from "./xfs.ts";
import { mountRepaired, type XfsRepair } from "./xfs_repair.ts";

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
  /** Bytes the file system had before this boot grew it; 0 when it did not. */
  readonly grownFromBytes: bigint;
  /** What was done to mend the file system, in this boot. */
  readonly repairs: readonly XfsRepair[];
  /** What is not as it should be though the volume is ready; "" when nothing is. */
  readonly warning: string;
  /** What is wrong and what may be done; "" when ready. */
  readonly error: string;
  readonly refused: readonly RefusedDisk[];
}

/** How the volume is mounted, wherever it is. */
export const VAR_MOUNT = {
  fstype: "xfs",
  flags: MS.NOSUID | MS.NODEV,
  data: "",
  /** Why programs may run from what can be written. */
  executable: "container runtimes unpack and run their images there",
} as const;

/** Of a volume that nobody has looked for. */
export const VOLUME_UNOPENED: VolumeFacts = {
  phase: "failed",
  disk: "",
  device: "",
  sizeBytes: 0n,
  formattedNow: false,
  grownFromBytes: 0n,
  repairs: [],
  warning: "",
  error: "",
  refused: [],
};

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
  readonly size: Pick<BlockDevice, "sizeBytes" | "sectorBytes">;
}

/** A disk whose table has our partition. */
type OurContent = Extract<DiskContent, { readonly kind: "ours" }>;

/** The table of our disk, and which partition of it is ours. */
type OurTable = Pick<OurContent, "table" | "number">;

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
 * @returns What became of it; a refusal of the kernel is `failed`, not a throw.
 */
export async function openVarVolume(
  kernel: Kernel,
  request: VarVolumeRequest,
): Promise<VolumeFacts> {
  const refused: RefusedDisk[] = [];
  const repairs: XfsRepair[] = [];
  let facts: VolumeFacts = { ...VOLUME_UNOPENED, repairs, refused };
  try {
    const candidates = listDisks(kernel).flatMap((disk) => examine(kernel, disk, refused));
    const chosen = candidates.find(({ content }) => content.kind === "ours") ?? candidates[0];
    if (chosen === undefined) return { ...facts, phase: "missing", error: missing(refused) };
    facts = { ...facts, disk: chosen.disk.path };
    const partition = preparePartition(kernel, chosen, request);
    const { device, sizeBytes } = partition;
    facts = { ...facts, device, sizeBytes };
    await waitForNode(kernel, device, request);
    const formattedNow = await mountOrMake(kernel, partition, {
      target: request.target,
      repaired: (run) => repairs.push(run),
    });
    const growth = await grow(kernel, partition, request.target);
    return { ...facts, ...growth, phase: "ready", formattedNow };
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
    const { sizeBytes, sectorBytes } = device;
    const content = examineDisk(device);
    if (content.kind === "foreign") return refuse(content.reason);
    if (content.kind === "blank" && sizeBytes < DISK_BYTES_MIN) {
      return refuse(`has ${sizeBytes} bytes, needs ${DISK_BYTES_MIN}`);
    }
    return [{ disk, content, size: { sizeBytes, sectorBytes } }];
  } catch (error) {
    return refuse(`cannot be read: ${messageOf(error)}`);
  }
}

function missing(refused: readonly RefusedDisk[]): string {
  if (refused.length === 0) return "Cannot mount /var: there is no disk";
  const found = refused.map(({ disk, reason }) => `${disk} ${reason}`).join("; ");
  return `Cannot mount /var: no disk is ours or blank: ${found}; wipe one or attach a blank one`;
}

function preparePartition(
  kernel: Kernel,
  candidate: Candidate,
  request: VarVolumeRequest,
): VarPartition {
  const { disk, content, size } = candidate;
  const { table, number } = content.kind === "ours"
    ? settleTable(kernel, { disk, content, size }, request.target)
    : makeTable(kernel, disk, request);
  const { firstLba, lastLba, attributes } = partitionOf(table, number);
  return {
    disk: disk.path,
    device: partitionPath(disk.path, number),
    number,
    table,
    sizeBytes: (lastLba - firstLba + 1n) * BigInt(size.sectorBytes),
    isUnused: (attributes & VAR_PARTITION_UNUSED) !== 0n,
  };
}

/** Repairs the lesser copy of our table, and takes in what the disk has grown by; a mounted volume waits with that. */
function settleTable(
  kernel: Kernel,
  { disk, content, size }: Candidate & { readonly content: OurContent },
  target: string,
): OurTable {
  const { table, number, repair } = content;
  const path = partitionPath(disk.path, number);
  const grown = isMountedAt(kernel, target, path) ? undefined : grownTable(size, table, number);
  if (repair === undefined && grown === undefined) return { table, number };
  using device = kernel.openBlockDevice(disk.path, { access: "read-write" });
  if (repair !== undefined) writeGpt(device, table, { first: repair });
  // Nothing is at the new end of the disk: until the copy there is whole the old table stands.
  if (grown !== undefined) writeGpt(device, grown, { first: "backup" });
  // The kernel shows nothing of a table that it found damaged; what it shows may be in use.
  if (grown !== undefined || kernel.lstat(path) === undefined) device.rereadPartitions();
  return { table: grown ?? table, number };
}

/** Writes a table with our partition on a blank disk. @returns What the disk gives back. */
function makeTable(kernel: Kernel, disk: Disk, request: VarVolumeRequest): OurTable {
  const newGuid = request.newGuid ?? (() => crypto.randomUUID());
  using device = kernel.openBlockDevice(disk.path, { access: "read-write" });
  writeGpt(device, varTable(device, newGuid), { first: "primary" });
  const content = examineDisk(device);
  if (content.kind !== "ours") {
    throw new Error("Cannot use the disk: it does not give back the partition table just written");
  }
  device.rereadPartitions();
  return content;
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

/** Where it is mounted, and who is told of repairs. */
interface MountTask {
  readonly target: string;
  readonly repaired: (run: XfsRepair) => void;
}

/**
 * Mounts the file system, mended before where it is damaged; made before where it never was mounted. One that was made
 * and never mounted is made again even if the kernel would take it: a power cut may have kept its superblock from the
 * disk's cache and lost what that counts on, and nobody ever wrote a file there.
 *
 * @returns Whether it was made.
 */
async function mountOrMake(
  kernel: Kernel,
  partition: VarPartition,
  task: MountTask,
): Promise<boolean> {
  if (isMountedAt(kernel, task.target, partition.device)) return false;
  const mount = (): Promise<void> => mountVolume(kernel, partition, task.target);
  if (hasFileSystem(kernel, partition)) {
    await mountRepaired(kernel, partition.device, { mount, repaired: task.repaired });
    return false;
  }
  await makeFileSystem(kernel, partition.device);
  await mount();
  return true;
}

/** A volume that cannot grow is still a volume: then it says why. */
async function grow(
  kernel: Kernel,
  { device }: VarPartition,
  target: string,
): Promise<Pick<VolumeFacts, "grownFromBytes" | "warning">> {
  try {
    const grownFromBytes = await growFileSystem(kernel, { device, target }) ?? 0n;
    return { grownFromBytes, warning: "" };
  } catch (error) {
    return { grownFromBytes: 0n, warning: messageOf(error) };
  }
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

/**
 * Whether there is a file system to be kept.
 *
 * @throws An error that names what is there, where it is neither ours nor free to be overwritten.
 */
function hasFileSystem(kernel: Kernel, { device, isUnused }: VarPartition): boolean {
  using partition = kernel.openBlockDevice(device, { access: "read-only" });
  const superblock = parseXfsSuperblock(partition.readAt(0n, XFS_SUPERBLOCK_BYTES));
  if (isUnused && superblock?.label === VAR_PARTITION_LABEL) return false;
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

/** Mounts, and from then on the partition counts as used. What cannot hold our directory is unmounted again. */
async function mountVolume(
  kernel: Kernel,
  partition: VarPartition,
  target: string,
): Promise<void> {
  const { device, disk, number, table, isUnused } = partition;
  await kernel.mountOutside({ ...VAR_MOUNT, source: device, target });
  try {
    kernel.mkdir(`${target}${OWN_DIRECTORY}`, 0o700);
  } catch (error) {
    kernel.unmount(target);
    throw error;
  }
  if (!isUnused) return;
  using whole = kernel.openBlockDevice(disk, { access: "read-write" });
  writeGpt(whole, markedTable(table, { number, isUnused: false }), { first: "primary" });
}

function isMountedAt(kernel: Kernel, target: string, device: string): boolean {
  return topMountAt(readMounts(kernel), target)?.source === device;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reading and writing GUID partition tables on a disk. Format: gpt_format.ts. */
import {
  decodeEntries,
  decodeHeader,
  encodeEntries,
  encodeHeader,
  encodeProtectiveMbr,
  entriesCrc,
  entrySectors,
  GPT_ENTRY_BYTES,
  GPT_SLOTS,
  type GptCopyName,
  type GptHeader,
  type GptPartition,
  type GptTable,
  hasGptSignature,
  isProtectiveMbr,
  PRIMARY_ENTRIES_LBA,
  PRIMARY_LBA,
} from "./gpt_format.ts";
import type { BlockDevice } from "./kernel/kernel.ts";

/** One copy of a table as found. */
export type GptCopy =
  | { readonly state: "none" }
  | {
    readonly state: "damaged";
    /** What is wrong, as the end of a sentence. */
    readonly reason: string;
  }
  | { readonly state: "intact"; readonly table: GptTable };

/** Both copies, and what lies before them. */
export interface GptReading {
  readonly primary: GptCopy;
  readonly backup: GptCopy;
  readonly hasProtectiveMbr: boolean;
  /** The primary's table when it is intact, else the backup's. */
  readonly table: GptTable | undefined;
  /** Whether nothing is to be repaired: both copies intact and equal, the protective MBR there. */
  readonly isWhole: boolean;
}

/** One partition over a whole disk. */
export interface WholeDiskRequest {
  readonly typeGuid: string;
  readonly name: string;
  readonly attributes: bigint;
  readonly diskGuid: string;
  readonly partitionGuid: string;
}

/** Partitions begin and end at multiples of this, as every tool does: no flash or RAID has larger pieces. */
export const PARTITION_ALIGNMENT_BYTES = 1024 * 1024;

type Sectors = Pick<BlockDevice, "sizeBytes" | "sectorBytes">;
type ReadableSectors = Sectors & Pick<BlockDevice, "readAt">;

/**
 * Reads both copies and verifies the checksums of header and entries of each. The backup is looked for where the
 * primary says it is, and in the last sector when the primary does not say.
 *
 * @throws {SyscallError} `EIO`, …
 */
export function readGpt(device: ReadableSectors): GptReading {
  const primary = readCopy(device, "primary", PRIMARY_LBA);
  const lastLba = sectorsOf(device) - 1n;
  const backupLba = primary.state === "intact" ? primary.table.backupLba : lastLba;
  const backup = readCopy(device, "backup", backupLba);
  const hasProtectiveMbr = isProtectiveMbr(device.readAt(0n, device.sectorBytes));
  const found = primary.state === "intact" ? primary : backup;
  const table = found.state === "intact" ? found.table : undefined;
  const isWhole = hasProtectiveMbr && primary.state === "intact" && backup.state === "intact" &&
    isSame(primary.table, backup.table);
  return { primary, backup, hasProtectiveMbr, table, isWhole };
}

/**
 * Writes both copies and the protective MBR, each step synced before the next, so that a power cut at any moment
 * leaves one copy whole where one was whole before. On a blank disk the first sector that is not zero holds the first
 * entry, which tells whose it is.
 *
 * @param options `first` is the copy to write first: one that is damaged, where one is.
 * @throws {RangeError} The table does not fit the disk.
 * @throws {SyscallError} `EIO`, `ENOSPC`, …
 */
export function writeGpt(
  device: BlockDevice,
  table: GptTable,
  options: { readonly first: GptCopyName },
): void {
  const { sectorBytes } = device;
  if (table.backupLba >= sectorsOf(device)) {
    throw new RangeError(
      `Cannot write partition table: it is for ${table.backupLba + 1n} sectors, the disk has ${
        sectorsOf(device)
      }`,
    );
  }
  const second = options.first === "primary" ? "backup" : "primary";
  for (const copy of [options.first, second] as const) {
    const isPrimary = copy === "primary";
    const entriesLba = isPrimary
      ? PRIMARY_ENTRIES_LBA
      : table.backupLba - entrySectors(table.slots, sectorBytes);
    write(device, entriesLba, encodeEntries(table, sectorBytes));
    const headerLba = isPrimary ? PRIMARY_LBA : table.backupLba;
    write(device, headerLba, encodeHeader(table, { copy, sectorBytes }));
  }
  write(device, 0n, encodeProtectiveMbr(sectorsOf(device), sectorBytes));
}

/**
 * A table with one partition over everything between the two copies, aligned to 1 MiB at both ends.
 *
 * @throws {RangeError} The disk has no room for it: it needs 3 MiB.
 */
export function wholeDiskTable(device: Sectors, request: WholeDiskRequest): GptTable {
  const { sectorBytes } = device;
  const sectors = sectorsOf(device);
  const entries = entrySectors(GPT_SLOTS, sectorBytes);
  const firstUsableLba = PRIMARY_ENTRIES_LBA + entries;
  const lastUsableLba = sectors - 2n - entries;
  const alignment = BigInt(PARTITION_ALIGNMENT_BYTES / sectorBytes);
  const firstLba = alignment;
  const lastLba = (lastUsableLba + 1n) / alignment * alignment - 1n;
  if (lastLba <= firstLba) {
    throw new RangeError(
      `Cannot make a partition on a disk of ${device.sizeBytes} bytes: must be at least 3 MiB`,
    );
  }
  const partition: GptPartition = {
    typeGuid: request.typeGuid,
    guid: request.partitionGuid,
    firstLba,
    lastLba,
    attributes: request.attributes,
    name: request.name,
  };
  return {
    diskGuid: request.diskGuid,
    firstUsableLba,
    lastUsableLba,
    backupLba: sectors - 1n,
    slots: GPT_SLOTS,
    partitions: new Map([[1, partition]]),
  };
}

function sectorsOf(device: Sectors): bigint {
  return device.sizeBytes / BigInt(device.sectorBytes);
}

function write(device: BlockDevice, lba: bigint, data: Uint8Array<ArrayBuffer>): void {
  device.writeAt(lba * BigInt(device.sectorBytes), data);
  device.sync();
}

function readCopy(device: ReadableSectors, copy: GptCopyName, lba: bigint): GptCopy {
  const { sectorBytes } = device;
  const sectors = sectorsOf(device);
  if (lba < PRIMARY_LBA || lba >= sectors) {
    return { state: "damaged", reason: `its ${copy} copy is beyond the end of the disk` };
  }
  const sector = device.readAt(lba * BigInt(sectorBytes), sectorBytes);
  if (!hasGptSignature(sector)) return { state: "none" };
  const header = decodeHeader(sector);
  if (typeof header === "string") return { state: "damaged", reason: header };
  const wrongPlace = misplaced(header, { copy, lba, sectorBytes, sectors });
  if (wrongPlace !== undefined) return { state: "damaged", reason: wrongPlace };
  const length = Number(entrySectors(header.slots, sectorBytes)) * sectorBytes;
  const bytes = device.readAt(header.entriesLba * BigInt(sectorBytes), length);
  if (entriesCrc(bytes, header.slots) !== header.entriesCrc) {
    return { state: "damaged", reason: "the checksum of its entries is wrong" };
  }
  const partitions = decodeEntries(bytes.subarray(0, header.slots * GPT_ENTRY_BYTES));
  const { diskGuid, firstUsableLba, lastUsableLba, slots } = header;
  for (const [number, { firstLba, lastLba }] of partitions) {
    const isInside = firstUsableLba <= firstLba && firstLba <= lastLba && lastLba <= lastUsableLba;
    if (!isInside) {
      return { state: "damaged", reason: `its partition ${number} is not where one may be` };
    }
  }
  const backupLba = copy === "primary" ? header.alternateLba : header.ownLba;
  const table = { diskGuid, firstUsableLba, lastUsableLba, backupLba, slots, partitions };
  return { state: "intact", table };
}

/** What is wrong with the places a header names, if anything is. Tables of unusual layout are not understood. */
function misplaced(
  header: GptHeader,
  place: {
    readonly copy: GptCopyName;
    readonly lba: bigint;
    readonly sectorBytes: number;
    readonly sectors: bigint;
  },
): string | undefined {
  const { copy, lba, sectorBytes, sectors } = place;
  const length = entrySectors(header.slots, sectorBytes);
  if (header.ownLba !== lba) return `its header says it is at sector ${header.ownLba}, not ${lba}`;
  const entriesLba = copy === "primary" ? PRIMARY_ENTRIES_LBA : lba - length;
  if (header.entriesLba !== entriesLba || entriesLba < 0n) {
    return `its entries are at sector ${header.entriesLba}, must be ${entriesLba}`;
  }
  const backupLba = copy === "primary" ? header.alternateLba : lba;
  const isOrdered = PRIMARY_ENTRIES_LBA + entrySectors(header.slots, sectorBytes) <=
      header.firstUsableLba &&
    header.firstUsableLba <= header.lastUsableLba &&
    header.lastUsableLba < backupLba - length && backupLba < sectors;
  return isOrdered ? undefined : "what it says of usable sectors does not fit the disk";
}

/** Whether both copies say the same. Where each of them lies is its own. */
function isSame(one: GptTable, other: GptTable): boolean {
  return one.diskGuid === other.diskGuid && one.slots === other.slots &&
    one.firstUsableLba === other.firstUsableLba && one.lastUsableLba === other.lastUsableLba &&
    one.partitions.size === other.partitions.size &&
    [...one.partitions].every(([number, each]) =>
      isSamePartition(each, other.partitions.get(number))
    );
}

function isSamePartition(one: GptPartition, other: GptPartition | undefined): boolean {
  return other !== undefined && one.typeGuid === other.typeGuid && one.guid === other.guid &&
    one.firstLba === other.firstLba && one.lastLba === other.lastLba &&
    one.attributes === other.attributes && one.name === other.name;
}

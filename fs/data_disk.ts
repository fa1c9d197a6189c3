/** The machine's disks, and which of them may hold /var. */
import {
  deviceContent,
  EDGE_BYTES,
  firstDataOffset,
  knownContent,
  type ReadableDevice,
} from "./device_content.ts";
import { type GptReading, readGpt } from "./gpt.ts";
import {
  decodeEntries,
  encodeProtectiveMbr,
  entrySectors,
  GPT_ENTRY_BYTES,
  GPT_SIGNATURE,
  GPT_SLOTS,
  type GptCopyName,
  type GptTable,
  hasGptSignature,
  isProtectiveMbr,
} from "./gpt_format.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { VAR_PARTITION_LABEL, VAR_PARTITION_TYPE, varPartitionNumber } from "./var_partition.ts";
import { firstNonZero } from "./zero_bytes.ts";

/** A disk that can be written. */
export interface Disk {
  /** The kernel's name, such as `vda`. */
  readonly name: string;
  /** Such as `/dev/vda`. */
  readonly path: string;
}

/** What is on a disk, as far as we are concerned. */
export type DiskContent =
  | {
    readonly kind: "ours";
    readonly table: GptTable;
    /** Of our partition. */
    readonly number: number;
    /** The copy of the table to write first, where it must be repaired. */
    readonly repair: GptCopyName | undefined;
  }
  /** Nothing, or what a power cut left of the table we were writing. */
  | { readonly kind: "blank" }
  | {
    readonly kind: "foreign";
    /** As the end of a sentence: `has a GPT with partitions 1 "root"`. */
    readonly reason: string;
  };

/** Block devices that are no disks: made by software, or without a medium of their own. */
const NOT_DISKS_REGEXP = /^(loop|ram|zram|dm-|fd|sr|md|nbd)\d/;
/** Partitions named in a reason: enough to know the disk by. */
const NAMED_PARTITIONS_MAX = 8;

/** Disks that can be written, in the order of their names: `vdb` before `vdaa`. */
export function listDisks(kernel: Kernel): Disk[] {
  const names = kernel.names("/sys/block").filter((name) => !NOT_DISKS_REGEXP.test(name));
  const present = names.filter((name) => {
    const attribute = (file: string): string =>
      kernel.lstat(`/sys/block/${name}/${file}`) === undefined
        ? "0"
        : kernel.readText(`/sys/block/${name}/${file}`).trim();
    return attribute("ro") === "0" && attribute("hidden") === "0" && attribute("size") !== "0";
  });
  present.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  // The kernel writes "!" for the "/" of names such as cciss/c0d0.
  return present.map((name) => ({ name, path: `/dev/${name.replaceAll("!", "/")}` }));
}

/**
 * Judges a disk by its partition table, and by the places that {@linkcode deviceContent} looks at.
 *
 * In doubt a disk is foreign: only what we recognise sector by sector is ours or blank.
 *
 * @throws {SyscallError} `EIO`, …
 */
export function examineDisk(device: ReadableDevice): DiskContent {
  const reading = readGpt(device);
  const { table } = reading;
  if (table !== undefined) return examineTable(device, reading, table);
  if (isUnfinishedTable(device)) return { kind: "blank" };
  const damaged = [reading.primary, reading.backup].find((copy) => copy.state === "damaged");
  const content = deviceContent(device);
  if (damaged?.state === "damaged") {
    // A damaged backup is what another format left at the end of the disk.
    const isStale = reading.primary.state === "none" && content?.isKnown === true;
    if (!isStale) return { kind: "foreign", reason: `has a damaged GPT: ${damaged.reason}` };
  }
  return content === undefined ? { kind: "blank" } : { kind: "foreign", reason: content.reason };
}

function examineTable(
  device: ReadableDevice,
  reading: GptReading,
  table: GptTable,
): DiskContent {
  const isFromBackup = reading.primary.state !== "intact";
  const start = device.readAt(0n, Number(minimum(device.sizeBytes, BigInt(EDGE_BYTES))));
  const mbr = start.subarray(0, device.sectorBytes);
  if (isFromBackup && !isLostPrimary(start, table, device.sectorBytes)) {
    const reason = deviceContent(device)?.reason ?? "has data";
    return { kind: "foreign", reason: `${reason}, and the backup of a GPT at its end` };
  }
  const number = varPartitionNumber(table);
  if (number === undefined) {
    return { kind: "foreign", reason: `has a GPT ${partitionNames(table)}` };
  }
  if (!reading.hasProtectiveMbr && !isCutShort(mbr, protectiveMbr(device))) {
    return { kind: "foreign", reason: "has a GPT and other data in its first sector" };
  }
  if (reading.isWhole) return { kind: "ours", table, number, repair: undefined };
  return { kind: "ours", table, number, repair: isFromBackup ? "primary" : "backup" };
}

/**
 * Whether the start of a disk may be that of a disk whose table is known from its backup alone: nothing there but
 * what may be the remains of the primary.
 */
function isLostPrimary(start: Uint8Array, table: GptTable, sectorBytes: number): boolean {
  const mbr = start.subarray(0, sectorBytes);
  const header = start.subarray(sectorBytes, 2 * sectorBytes);
  const entriesEnd = Number(2n + entrySectors(table.slots, sectorBytes)) * sectorBytes;
  const firstUsed = [...table.partitions.values()].reduce(
    (least, { firstLba }) => minimum(least, firstLba * BigInt(sectorBytes)),
    BigInt(start.length),
  );
  return (firstNonZero(mbr) === -1 || isProtectiveMbr(mbr)) &&
    (firstNonZero(header) === -1 || hasGptSignature(header)) &&
    knownContent(start) === undefined &&
    firstNonZero(start.subarray(entriesEnd, Number(firstUsed))) === -1;
}

/**
 * Whether a disk without an intact table holds nothing but pieces of the one we were writing when the power went:
 * each sector is zero or what writeGpt() puts there, perhaps not to its end, and at least one has the type of our
 * partition in it.
 */
function isUnfinishedTable(device: ReadableDevice): boolean {
  const { sizeBytes, sectorBytes } = device;
  if (sizeBytes < 3n * BigInt(EDGE_BYTES)) return false;
  const last = sizeBytes / BigInt(sectorBytes) - 1n;
  const sectorAt = (lba: bigint): Uint8Array<ArrayBuffer> =>
    device.readAt(lba * BigInt(sectorBytes), sectorBytes);
  const isHeader = (sector: Uint8Array): boolean =>
    hasGptSignature(sector) || isCutShort(sector, new TextEncoder().encode(GPT_SIGNATURE));
  const isEntries = (sector: Uint8Array<ArrayBuffer>): boolean => {
    const [entry, ...others] = decodeEntries(sector).values();
    return entry !== undefined && others.length === 0 && entry.typeGuid === VAR_PARTITION_TYPE &&
      VAR_PARTITION_LABEL.startsWith(entry.name) &&
      firstNonZero(sector.subarray(GPT_ENTRY_BYTES)) === -1;
  };
  const entriesLbas = [2n, last - entrySectors(GPT_SLOTS, sectorBytes)];
  const allowed = new Map([
    [0n, isProtectiveMbr],
    [1n, isHeader],
    [last, isHeader],
    ...entriesLbas.map((lba) => [lba, isEntries] as const),
  ]);
  if (!entriesLbas.some((lba) => isEntries(sectorAt(lba)))) return false;
  const masked: ReadableDevice = {
    sizeBytes,
    sectorBytes,
    readAt: (offset, length) => {
      const bytes = device.readAt(offset, length);
      for (const [lba, isOurs] of allowed) {
        const at = Number(lba * BigInt(sectorBytes) - offset);
        const sector = bytes.subarray(at, at + sectorBytes);
        if (at >= 0 && at < length && isOurs(sector)) sector.fill(0);
      }
      return bytes;
    },
  };
  return firstDataOffset(masked) === undefined;
}

/** Whether a sector is `whole` up to some byte, perhaps the first or the last, and zero from there on. */
function isCutShort(sector: Uint8Array, whole: Uint8Array): boolean {
  const end = sector.findLastIndex((byte) => byte !== 0) + 1;
  return end <= whole.length && sector.subarray(0, end).every((byte, at) => byte === whole[at]);
}

function protectiveMbr({ sizeBytes, sectorBytes }: ReadableDevice): Uint8Array {
  return encodeProtectiveMbr(sizeBytes / BigInt(sectorBytes), sectorBytes);
}

function partitionNames(table: GptTable): string {
  if (table.partitions.size === 0) return "without partitions";
  const names = [...table.partitions].map(([number, { name }]) =>
    name === "" ? String(number) : `${number} ${JSON.stringify(name)}`
  );
  const rest = names.splice(NAMED_PARTITIONS_MAX).length;
  return `with partitions ${names.join(", ")}${rest === 0 ? "" : ` and ${rest} more`}`;
}

function minimum(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

/** What a disk or partition holds, in words for a person, judged by a few places where formats put their names. */
import { hasGptSignature, mbrTypes } from "./gpt_format.ts";
import type { BlockDevice } from "./kernel/kernel.ts";
import { firstNonZero } from "./zero_bytes.ts";

/** A device that is only looked at. */
export type ReadableDevice = Pick<BlockDevice, "sizeBytes" | "sectorBytes" | "readAt">;

/** What was found. */
export interface DeviceContent {
  /** As the end of a sentence that begins with the device: `has an ext4 file system`. */
  readonly reason: string;
  /** Whether a format is known by its name; else it is just data. */
  readonly isKnown: boolean;
}

/** One megabyte: where every format has its name, and where partition tables and backups of names end. */
export const EDGE_BYTES = 1024 * 1024;
/** Where btrfs keeps a copy of its superblock, which outlives a wiped start. */
const BTRFS_MIRROR_AT = 64n * 1024n * 1024n;
const BTRFS_MIRROR_BYTES = 4096;

// deno-fmt-ignore: a table
const SIGNATURES: readonly { readonly at: number; readonly magic: string; readonly what: string }[] = [
  { at: 0,      magic: "XFSB",               what: "an XFS file system" },
  { at: 0,      magic: "hsqs",               what: "a squashfs file system" },
  { at: 0,      magic: "LUKS\xba\xbe",       what: "an encrypted volume (LUKS)" },
  { at: 3,      magic: "NTFS    ",           what: "an NTFS file system" },
  { at: 3,      magic: "EXFAT   ",           what: "an exFAT file system" },
  { at: 54,     magic: "FAT",                what: "a FAT file system" },
  { at: 82,     magic: "FAT32",              what: "a FAT file system" },
  { at: 512,    magic: "LABELONE",           what: "an LVM physical volume" },
  { at: 1024,   magic: "\xe2\xe1\xf5\xe0",   what: "an EROFS file system" },
  { at: 1024,   magic: "\x10\x20\xf5\xf2",   what: "an F2FS file system" },
  { at: 1080,   magic: "\x53\xef",           what: "an ext2, ext3 or ext4 file system" },
  { at: 4096,   magic: "\xfc\x4e\x2b\xa9",   what: "a member of a Linux RAID" },
  { at: 4086,   magic: "SWAPSPACE2",         what: "swap space" },
  { at: 32769,  magic: "CD001",              what: "an ISO 9660 file system" },
  { at: 65600,  magic: "_BHRfS_M",           what: "a btrfs file system" },
];

/**
 * Looks at the first two megabytes (partitions mostly begin at the second, and outlive their table), the last one, and
 * the mirror of btrfs at 64 MiB.
 *
 * Blocks for as long as the device takes to read them.
 *
 * @returns undefined when all of it is zero: the device is blank.
 * @throws {SyscallError} `EIO`, …
 */
export function deviceContent(device: ReadableDevice): DeviceContent | undefined {
  const start = device.readAt(0n, edgeBytes(device));
  const known = knownContent(start);
  if (known !== undefined) return known;
  if (hasGptSignature(start.subarray(device.sectorBytes))) {
    return { reason: "has a GPT", isKnown: true };
  }
  const dos = dosContent(start);
  if (dos !== undefined) return dos;
  const offset = firstDataOffset(device);
  if (offset === undefined) return undefined;
  const lost = device.sizeBytes < 2n * BigInt(EDGE_BYTES)
    ? undefined
    : knownContent(device.readAt(BigInt(EDGE_BYTES), EDGE_BYTES));
  return lost === undefined
    ? { reason: `has data at offset ${offset}`, isKnown: false }
    : { reason: `${lost.reason} at offset ${EDGE_BYTES}`, isKnown: false };
}

/** The format whose name is in the first megabyte of a device, partition tables left out. */
export function knownContent(start: Uint8Array): DeviceContent | undefined {
  const found = SIGNATURES.find(({ at, magic }) =>
    [...magic].every((letter, index) => start[at + index] === letter.charCodeAt(0))
  );
  return found && { reason: `has ${found.what}`, isKnown: true };
}

/** Offset of the first byte that is not zero in the places looked at, or undefined. */
export function firstDataOffset(device: ReadableDevice): bigint | undefined {
  const { sizeBytes } = device;
  const length = edgeBytes(device);
  const places: readonly (readonly [bigint, number])[] = [
    [0n, length],
    [BigInt(EDGE_BYTES), EDGE_BYTES],
    [BTRFS_MIRROR_AT, BTRFS_MIRROR_BYTES],
    [sizeBytes - BigInt(length), length],
  ];
  for (const [offset, bytes] of places) {
    if (offset + BigInt(bytes) > sizeBytes) continue;
    const found = firstNonZero(device.readAt(offset, bytes));
    if (found !== -1) return offset + BigInt(found);
  }
  return undefined;
}

function dosContent(start: Uint8Array): DeviceContent | undefined {
  const types = mbrTypes(start);
  if (types === undefined) return undefined;
  const count = `${types.length} partition${types.length === 1 ? "" : "s"}`;
  const reason = types.length === 0
    ? "has a boot sector"
    : `has a DOS partition table with ${count}`;
  return { reason, isKnown: true };
}

function edgeBytes(device: ReadableDevice): number {
  return Number(device.sizeBytes < BigInt(EDGE_BYTES) ? device.sizeBytes : EDGE_BYTES);
}

/**
 * The bytes of a GUID partition table: a header sector and an array of entries, each with a CRC-32, once near the
 * start of the disk and once at its end; before them a protective MBR that shows old programs a full disk.
 *
 * Source: UEFI specification 2.10, chapter 5.
 */
import { crc32 } from "./crc32.ts";
import { decodeGuid, encodeGuid, GUID_BYTES } from "./guid.ts";

/** One partition. */
export interface GptPartition {
  readonly typeGuid: string;
  readonly guid: string;
  readonly firstLba: bigint;
  /** The last one that belongs to it. */
  readonly lastLba: bigint;
  /** 64 bits; 48 … 63 belong to the type. */
  readonly attributes: bigint;
  /** At most 36 UTF-16 units. */
  readonly name: string;
}

/** A whole table. */
export interface GptTable {
  readonly diskGuid: string;
  readonly firstUsableLba: bigint;
  readonly lastUsableLba: bigint;
  /** Where the backup's header is: the disk's last sector when the table was made. */
  readonly backupLba: bigint;
  /** Places for partitions, used or not. */
  readonly slots: number;
  /** By number, which begins at 1. */
  readonly partitions: ReadonlyMap<number, GptPartition>;
}

/** Which of the two copies. */
export type GptCopyName = "primary" | "backup";

/** What a header says. */
export interface GptHeader {
  readonly diskGuid: string;
  readonly ownLba: bigint;
  readonly alternateLba: bigint;
  readonly firstUsableLba: bigint;
  readonly lastUsableLba: bigint;
  readonly entriesLba: bigint;
  readonly slots: number;
  readonly entriesCrc: number;
}

/** Sector of the primary header. */
export const PRIMARY_LBA = 1n;
/** Sector where the primary's entries begin. */
export const PRIMARY_ENTRIES_LBA = 2n;
/** Places in a table of ours: what the specification asks for at least, and everybody makes. */
export const GPT_SLOTS = 128;
/** Places in a table we read: eight times the usual, 128 KiB. */
export const GPT_SLOTS_MAX = 1024;
/** Bytes of an entry. The specification allows multiples; nobody uses them, and neither do we. */
export const GPT_ENTRY_BYTES = 128;

/** What a header begins with. */
export const GPT_SIGNATURE = "EFI PART";
const REVISION = 0x0001_0000;
const HEADER_BYTES = 92;
const CRC_AT = 16;
const NAME_AT = 56;
const NAME_UNITS_MAX = 36;
/** The type that says "whole disk, GPT". */
const MBR_TYPE_PROTECTIVE = 0xee;
const MBR_ENTRIES_AT = 446;
const MBR_ENTRY_BYTES = 16;

/** Sectors that the entries of a table take. */
export function entrySectors(slots: number, sectorBytes: number): bigint {
  return BigInt(Math.ceil(slots * GPT_ENTRY_BYTES / sectorBytes));
}

/** The entries, padded with zeros to whole sectors. */
export function encodeEntries(table: GptTable, sectorBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Number(entrySectors(table.slots, sectorBytes)) * sectorBytes);
  for (const [number, partition] of table.partitions) {
    if (!(number >= 1 && number <= table.slots)) {
      throw new RangeError(`Cannot write partition ${number}: must be 1 to ${table.slots}`);
    }
    bytes.set(encodeEntry(partition), (number - 1) * GPT_ENTRY_BYTES);
  }
  return bytes;
}

/** Partitions by number. */
export function decodeEntries(bytes: Uint8Array<ArrayBuffer>): Map<number, GptPartition> {
  const partitions = new Map<number, GptPartition>();
  for (let at = 0; at + GPT_ENTRY_BYTES <= bytes.length; at += GPT_ENTRY_BYTES) {
    const entry = bytes.subarray(at, at + GPT_ENTRY_BYTES);
    if (hasType(entry)) partitions.set(at / GPT_ENTRY_BYTES + 1, decodeEntry(entry));
  }
  return partitions;
}

/** CRC-32 of the entries, without the padding. */
export function entriesCrc(bytes: Uint8Array<ArrayBuffer>, slots: number): number {
  return crc32(bytes.subarray(0, slots * GPT_ENTRY_BYTES));
}

/** The header sector of one copy. */
export function encodeHeader(
  table: GptTable,
  options: { readonly copy: GptCopyName; readonly sectorBytes: number },
): Uint8Array<ArrayBuffer> {
  const { copy, sectorBytes } = options;
  const isPrimary = copy === "primary";
  const entries = encodeEntries(table, sectorBytes);
  const backupEntriesLba = table.backupLba - entrySectors(table.slots, sectorBytes);
  const bytes = new Uint8Array(sectorBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(GPT_SIGNATURE));
  view.setUint32(8, REVISION, true);
  view.setUint32(12, HEADER_BYTES, true);
  view.setBigUint64(24, isPrimary ? PRIMARY_LBA : table.backupLba, true);
  view.setBigUint64(32, isPrimary ? table.backupLba : PRIMARY_LBA, true);
  view.setBigUint64(40, table.firstUsableLba, true);
  view.setBigUint64(48, table.lastUsableLba, true);
  bytes.set(encodeGuid(table.diskGuid), 56);
  view.setBigUint64(72, isPrimary ? PRIMARY_ENTRIES_LBA : backupEntriesLba, true);
  view.setUint32(80, table.slots, true);
  view.setUint32(84, GPT_ENTRY_BYTES, true);
  view.setUint32(88, entriesCrc(entries, table.slots), true);
  view.setUint32(CRC_AT, crc32(bytes.subarray(0, HEADER_BYTES)), true);
  return bytes;
}

/** Whether a sector begins as a GPT header does. */
export function hasGptSignature(sector: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(sector.subarray(0, GPT_SIGNATURE.length)) ===
    GPT_SIGNATURE;
}

/** Reads a header sector that has the signature; says what is wrong with it, as the end of a sentence, else. */
export function decodeHeader(sector: Uint8Array<ArrayBuffer>): GptHeader | string {
  const view = new DataView(sector.buffer, sector.byteOffset, sector.byteLength);
  const length = view.getUint32(12, true);
  if (length < HEADER_BYTES || length > sector.length) {
    return `its header has ${length} bytes, must be ${HEADER_BYTES} to ${sector.length}`;
  }
  const summed = sector.slice(0, length);
  new DataView(summed.buffer).setUint32(CRC_AT, 0);
  if (crc32(summed) !== view.getUint32(CRC_AT, true)) return "the checksum of its header is wrong";
  const entryBytes = view.getUint32(84, true);
  if (entryBytes !== GPT_ENTRY_BYTES) {
    return `its entries have ${entryBytes} bytes, must be ${GPT_ENTRY_BYTES}`;
  }
  const slots = view.getUint32(80, true);
  if (slots < 1 || slots > GPT_SLOTS_MAX) {
    return `it has places for ${slots} partitions, must be 1 to ${GPT_SLOTS_MAX}`;
  }
  return {
    ownLba: view.getBigUint64(24, true),
    alternateLba: view.getBigUint64(32, true),
    firstUsableLba: view.getBigUint64(40, true),
    lastUsableLba: view.getBigUint64(48, true),
    diskGuid: decodeGuid(sector.subarray(56, 72)),
    entriesLba: view.getBigUint64(72, true),
    slots,
    entriesCrc: view.getUint32(88, true),
  };
}

/** The protective MBR, padded with zeros to a whole sector. */
export function encodeProtectiveMbr(sectors: bigint, sectorBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sectorBytes);
  const view = new DataView(bytes.buffer, MBR_ENTRIES_AT);
  // From cylinder, head, sector 0/0/2 to as far as three bytes reach.
  bytes.set([0x00, 0x00, 0x02, 0x00, MBR_TYPE_PROTECTIVE, 0xff, 0xff, 0xff], MBR_ENTRIES_AT);
  view.setUint32(8, 1, true);
  view.setUint32(12, Number(sectors > 0xffff_ffffn ? 0xffff_ffffn : sectors - 1n), true);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

/** Types of the partitions in a DOS table, without empty places; undefined where the sector is no MBR. */
export function mbrTypes(sector: Uint8Array): number[] | undefined {
  if (sector[510] !== 0x55 || sector[511] !== 0xaa) return undefined;
  return [0, 1, 2, 3].map((at) => sector[MBR_ENTRIES_AT + at * MBR_ENTRY_BYTES + 4] ?? 0).filter(
    (type) => type !== 0,
  );
}

/** Whether the sector is an MBR that shows one partition, the protective one. */
export function isProtectiveMbr(sector: Uint8Array): boolean {
  const types = mbrTypes(sector);
  return types?.length === 1 && types[0] === MBR_TYPE_PROTECTIVE;
}

function encodeEntry(partition: GptPartition): Uint8Array<ArrayBuffer> {
  const { name } = partition;
  if (name.length > NAME_UNITS_MAX) {
    throw new RangeError(
      `Cannot name partition "${name}": must be at most ${NAME_UNITS_MAX} units`,
    );
  }
  const bytes = new Uint8Array(GPT_ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(encodeGuid(partition.typeGuid));
  bytes.set(encodeGuid(partition.guid), 16);
  view.setBigUint64(32, partition.firstLba, true);
  view.setBigUint64(40, partition.lastLba, true);
  view.setBigUint64(48, partition.attributes, true);
  for (let unit = 0; unit < name.length; unit++) {
    view.setUint16(NAME_AT + unit * 2, name.charCodeAt(unit), true);
  }
  return bytes;
}

/** An entry whose type is no GUID is empty, whatever else it holds. */
function hasType(entry: Uint8Array): boolean {
  for (let at = 0; at < GUID_BYTES; at++) {
    if (entry[at] !== 0) return true;
  }
  return false;
}

function decodeEntry(bytes: Uint8Array<ArrayBuffer>): GptPartition {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = new TextDecoder("utf-16le").decode(bytes.subarray(NAME_AT, GPT_ENTRY_BYTES));
  return {
    typeGuid: decodeGuid(bytes.subarray(0, 16)),
    guid: decodeGuid(bytes.subarray(16, 32)),
    firstLba: view.getBigUint64(32, true),
    lastLba: view.getBigUint64(40, true),
    attributes: view.getBigUint64(48, true),
    name: name.split("\0", 1)[0] ?? "",
  };
}

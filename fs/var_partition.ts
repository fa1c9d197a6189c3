/** How the partition of /var is known, and how it is laid on a disk. */
import { wholeDiskTable } from "./gpt.ts";
import type { GptPartition, GptTable } from "./gpt_format.ts";
import type { BlockDevice } from "./kernel/kernel.ts";

/**
 * GPT type of the partition that holds /var. Drawn at random once for Strata; no other system knows it, so none
 * mounts, grows or formats the partition by itself.
 */
export const VAR_PARTITION_TYPE = "1F607995-EEB0-4C54-8601-F051BB9D47ED";
/** GPT name of that partition, and label of its file system (which may have 12 letters). */
export const VAR_PARTITION_LABEL = "STRATA-VAR";
/**
 * Attribute of the partition, the first bit that belongs to the type: set when the partition is made, cleared when
 * its file system has been mounted for the first time. As long as it is set nobody ever wrote a file there, so that
 * the remains of a power cut may be made again.
 */
export const VAR_PARTITION_UNUSED = 1n << 48n;

/** Number of our partition in a table, or undefined. Both type and name must be ours. */
export function varPartitionNumber(table: GptTable): number | undefined {
  return [...table.partitions].find(([, partition]) => isVarPartition(partition))?.[0];
}

/** Partition `number`. @throws {RangeError} There is none. */
export function partitionOf(table: GptTable, number: number): GptPartition {
  const partition = table.partitions.get(number);
  if (partition === undefined) throw new RangeError(`Cannot use partition ${number}: not there`);
  return partition;
}

/** Whether type and name are ours. */
function isVarPartition(partition: GptPartition): boolean {
  return partition.typeGuid === VAR_PARTITION_TYPE && partition.name === VAR_PARTITION_LABEL;
}

/** A table with our partition, marked as unused, over the whole disk. */
export function varTable(
  device: Pick<BlockDevice, "sizeBytes" | "sectorBytes">,
  newGuid: () => string,
): GptTable {
  return wholeDiskTable(device, {
    typeGuid: VAR_PARTITION_TYPE,
    name: VAR_PARTITION_LABEL,
    attributes: VAR_PARTITION_UNUSED,
    diskGuid: newGuid(),
    partitionGuid: newGuid(),
  });
}

/** The same table with partition `number` marked as unused or used. */
export function markedTable(
  table: GptTable,
  mark: { readonly number: number; readonly isUnused: boolean },
): GptTable {
  const partition = partitionOf(table, mark.number);
  const attributes = mark.isUnused
    ? partition.attributes | VAR_PARTITION_UNUSED
    : partition.attributes & ~VAR_PARTITION_UNUSED;
  return {
    ...table,
    partitions: new Map(table.partitions).set(mark.number, { ...partition, attributes }),
  };
}

/** Device of partition `number`: `/dev/vda` has `/dev/vda1`, `/dev/nvme0n1` has `/dev/nvme0n1p1`. */
export function partitionPath(disk: string, number: number): string {
  return `${disk}${/\d$/.test(disk) ? "p" : ""}${number}`;
}

/** What the first sector of an XFS file system tells. */

/** Facts of a superblock. */
export interface XfsSuperblock {
  /** Bytes of the file system. */
  readonly sizeBytes: bigint;
  /** At most 12 letters. */
  readonly label: string;
  /** Whether mkfs.xfs began it and has not ended: there is no file system to mount. */
  readonly isUnfinished: boolean;
}

/** Bytes of a device that `parseXfsSuperblock` wants to see: the smallest sector. */
export const XFS_SUPERBLOCK_BYTES = 512;

const MAGIC = "XFSB";
// Offsets in struct xfs_dsb, all big-endian. Source: fs/xfs/libxfs/xfs_format.h.
const BLOCK_BYTES_AT = 4;
const BLOCKS_AT = 8;
const LABEL_AT = 108;
const LABEL_BYTES = 12;
const IN_PROGRESS_AT = 126;

/**
 * Reads the first sector of a device.
 *
 * @param sector At least {@linkcode XFS_SUPERBLOCK_BYTES}.
 * @returns undefined where the magic `XFSB` is not.
 */
export function parseXfsSuperblock(sector: Uint8Array<ArrayBuffer>): XfsSuperblock | undefined {
  if (sector.length < XFS_SUPERBLOCK_BYTES) {
    throw new RangeError(
      `Cannot read an XFS superblock of ${sector.length} bytes: must be ${XFS_SUPERBLOCK_BYTES}`,
    );
  }
  const view = new DataView(sector.buffer, sector.byteOffset, sector.byteLength);
  const latin1 = new TextDecoder("latin1");
  if (latin1.decode(sector.subarray(0, 4)) !== MAGIC) return undefined;
  const label = latin1.decode(sector.subarray(LABEL_AT, LABEL_AT + LABEL_BYTES));
  return {
    sizeBytes: BigInt(view.getUint32(BLOCK_BYTES_AT)) * view.getBigUint64(BLOCKS_AT),
    label: label.split("\0", 1)[0] ?? "",
    isUnfinished: view.getUint8(IN_PROGRESS_AT) !== 0,
  };
}

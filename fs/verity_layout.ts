/** Where the levels of a dm-verity hash tree lie in its file: verity_tree.ts makes it. */

/** Bytes of a block, of data and of the tree. */
export const VERITY_BLOCK_BYTES = 4096;

/** Bytes of a digest, and how many a block of the tree holds. */
export const VERITY_DIGEST_BYTES = 32;
const DIGESTS_A_BLOCK = VERITY_BLOCK_BYTES / VERITY_DIGEST_BYTES;

/** Blocks of data at most: 4 GiB, whose tree of 32 MiB is held in memory while it is made. */
export const VERITY_DATA_BLOCKS_MAX = 2 ** 20;

/** A level of the tree. */
export interface VerityLevel {
  /** Where it begins in the tree, in blocks. */
  readonly at: number;
  readonly blocks: number;
}

/** Blocks of the tree over so many blocks of data. @throws {RangeError} There are none, or too many. */
export function verityTreeBlocks(dataBlocks: number): number {
  return verityLevels(dataBlocks).reduce((sum, { blocks }) => sum + blocks, 0);
}

/** The levels, the lowest (over the data) first. One block of data has none: its digest is the root hash. */
export function verityLevels(dataBlocks: number): readonly VerityLevel[] {
  if (!Number.isInteger(dataBlocks) || dataBlocks < 1 || dataBlocks > VERITY_DATA_BLOCKS_MAX) {
    const may = `it may be 1 to ${VERITY_DATA_BLOCKS_MAX}`;
    throw new RangeError(`Cannot make a hash tree over ${dataBlocks} blocks: ${may}`);
  }
  const counts: number[] = [];
  for (let below = dataBlocks; below > 1;) {
    below = Math.ceil(below / DIGESTS_A_BLOCK);
    counts.push(below);
  }
  let end = counts.reduce((sum, blocks) => sum + blocks, 0);
  return counts.map((blocks) => ({ at: end -= blocks, blocks }));
}

/**
 * The hash tree of dm-verity (format 1, SHA-256, blocks of 4096 bytes), as veritysetup makes it with `--no-superblock`.
 *
 * A digest is SHA-256 of salt and block. 128 digests fill a block of the next level, the rest of a level's last block is
 * zeros; the levels lie behind one another, the highest, of one block, first. Its digest is the root hash. Nothing else
 * is in the file, so that no bit of it escapes the root hash: what a superblock would say stands in the signed manifest.
 *
 * @see https://docs.kernel.org/admin-guide/device-mapper/verity.html
 */
import { createHash } from "node:crypto";
import {
  VERITY_BLOCK_BYTES,
  VERITY_DIGEST_BYTES,
  type VerityLevel,
  verityLevels,
  verityTreeBlocks,
} from "./verity_layout.ts";

/** Bytes of the salt: as many as a digest has. */
const SALT_BYTES = 32;

/** A finished tree. */
export interface VerityTree {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** 64 hexadecimal digits. */
  readonly rootHash: string;
}

/** Makes the tree of data that comes in pieces of any size. */
export class VerityTreeBuilder {
  readonly #levels: readonly VerityLevel[];
  readonly #tree: Uint8Array<ArrayBuffer>;
  readonly #salted: ReturnType<typeof createHash>;
  readonly #dataBlocks: number;
  /** The beginning of a block whose end has not come. */
  readonly #rest = new Uint8Array(VERITY_BLOCK_BYTES);
  #restBytes = 0;
  #done = 0;
  #only = new Uint8Array();

  /**
   * @param salt 32 bytes.
   * @throws {RangeError} Another salt, no blocks or too many.
   */
  constructor(of: { readonly dataBlocks: number; readonly salt: Uint8Array }) {
    if (of.salt.length !== SALT_BYTES) {
      throw new RangeError(`Cannot use a salt of ${of.salt.length} bytes: it has ${SALT_BYTES}`);
    }
    this.#dataBlocks = of.dataBlocks;
    this.#levels = verityLevels(of.dataBlocks);
    this.#tree = new Uint8Array(verityTreeBlocks(of.dataBlocks) * VERITY_BLOCK_BYTES);
    this.#salted = createHash("sha256").update(of.salt);
  }

  /** Takes the next bytes of the data. @throws {RangeError} More than was announced. */
  push(piece: Uint8Array): void {
    let at = 0;
    if (this.#restBytes > 0) {
      at = Math.min(VERITY_BLOCK_BYTES - this.#restBytes, piece.length);
      this.#rest.set(piece.subarray(0, at), this.#restBytes);
      this.#restBytes += at;
      if (this.#restBytes < VERITY_BLOCK_BYTES) return;
      this.#block(this.#rest);
      this.#restBytes = 0;
    }
    for (; at + VERITY_BLOCK_BYTES <= piece.length; at += VERITY_BLOCK_BYTES) {
      this.#block(piece.subarray(at, at + VERITY_BLOCK_BYTES));
    }
    this.#rest.set(piece.subarray(at));
    this.#restBytes = piece.length - at;
  }

  /** The tree of all that was pushed. @throws {RangeError} Less came than was announced. */
  finish(): VerityTree {
    if (this.#done !== this.#dataBlocks || this.#restBytes > 0) {
      const came = this.#done * VERITY_BLOCK_BYTES + this.#restBytes;
      const want = `${this.#dataBlocks} blocks of ${VERITY_BLOCK_BYTES}`;
      throw new RangeError(`Cannot finish a hash tree: ${came} bytes came of ${want}`);
    }
    for (const [index, level] of this.#levels.entries()) {
      const above = this.#levels[index + 1];
      if (above === undefined) break;
      for (let block = 0; block < level.blocks; block++) {
        this.#put(above, block, this.#digest(this.#blockOf(level, block)));
      }
    }
    const top = this.#levels.at(-1);
    const root = top === undefined ? this.#only : this.#digest(this.#blockOf(top, 0));
    return { bytes: this.#tree, rootHash: root.toHex() };
  }

  #block(block: Uint8Array): void {
    if (this.#done === this.#dataBlocks) {
      throw new RangeError(`Cannot go on: more came than ${this.#dataBlocks} blocks`);
    }
    const digest = this.#digest(block);
    const [lowest] = this.#levels;
    if (lowest === undefined) this.#only = digest;
    else this.#put(lowest, this.#done, digest);
    this.#done += 1;
  }

  #digest(block: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#salted.copy().update(block).digest());
  }

  #put(level: VerityLevel, index: number, digest: Uint8Array): void {
    this.#tree.set(digest, level.at * VERITY_BLOCK_BYTES + index * VERITY_DIGEST_BYTES);
  }

  #blockOf(level: VerityLevel, block: number): Uint8Array {
    const at = (level.at + block) * VERITY_BLOCK_BYTES;
    return this.#tree.subarray(at, at + VERITY_BLOCK_BYTES);
  }
}

/**
 * Blocks of the data by whose digests two trees of equal size differ, in order.
 *
 * @param most How many to find at most.
 */
export function differingDataBlocks(
  trees: { readonly one: Uint8Array; readonly other: Uint8Array; readonly dataBlocks: number },
  most: number,
): readonly number[] {
  const { one, other, dataBlocks } = trees;
  const [lowest] = verityLevels(dataBlocks);
  if (lowest === undefined) return [];
  const from = lowest.at * VERITY_BLOCK_BYTES;
  const to = from + dataBlocks * VERITY_DIGEST_BYTES;
  const unit = { from, to, bytes: VERITY_DIGEST_BYTES };
  return differing(one, other, unit, most);
}

/** Blocks of 4096 bytes in which two byte strings differ, in order, at most `most`. */
export function differingBlocks(
  one: Uint8Array,
  other: Uint8Array,
  most: number,
): readonly number[] {
  const to = Math.max(one.length, other.length);
  return differing(one, other, { from: 0, to, bytes: VERITY_BLOCK_BYTES }, most);
}

function differing(
  one: Uint8Array,
  other: Uint8Array,
  unit: { readonly from: number; readonly to: number; readonly bytes: number },
  most: number,
): number[] {
  const found: number[] = [];
  let index = 0;
  for (let at = unit.from; at < unit.to && found.length < most; at += unit.bytes, index++) {
    const end = at + unit.bytes;
    if (!equalBytes(one.subarray(at, end), other.subarray(at, end))) found.push(index);
  }
  return found;
}

/** Whether two byte strings are the same. Says by its time where they differ: not for secrets. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

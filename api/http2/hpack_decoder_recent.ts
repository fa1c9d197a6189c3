import type { DecodedHeaders } from "./hpack_decoder.ts";

/** Blocks remembered: a client has a handful of methods that it calls again and again. A power of two. */
const SLOTS = 16;

/** Bytes of a remembered block: once the tables are warm, common ones have some ten. */
const BLOCK_BYTES_MAX = 96;

/** Strings of a remembered list, so that short blocks of many references do not fill memory. */
const STRINGS_MAX = 64;

interface Remembered {
  readonly block: Uint8Array;
  readonly decoded: DecodedHeaders;
}

/**
 * What recent header blocks meant, valid for one content of the dynamic table. A block is remembered
 * when it comes a second time, as many never do.
 */
export class RecentBlocks {
  /** By slot the digest of the block that came last. */
  readonly #digests = new Int32Array(SLOTS);
  readonly #slots: (Remembered | undefined)[] = new Array(SLOTS).fill(undefined);
  #used = false;

  /** What `block` meant, or undefined. */
  find(block: Uint8Array): DecodedHeaders | undefined {
    if (!this.#used || block.length > BLOCK_BYTES_MAX) return undefined;
    const found = this.#slots[slotOf(digest(block))];
    return found !== undefined && sameBytes(found.block, block) ? found.decoded : undefined;
  }

  /** Tells of a block that was decoded without a change of the table. Copies it where it remembers it. */
  offer(block: Uint8Array, decoded: DecodedHeaders): void {
    if (block.length > BLOCK_BYTES_MAX || decoded.pairs.length > STRINGS_MAX) return;
    const mark = digest(block);
    const slot = slotOf(mark);
    if (this.#digests[slot] !== mark) {
      this.#digests[slot] = mark;
      return;
    }
    // Not slice(): that of a Buffer shares its bytes.
    this.#slots[slot] = { block: new Uint8Array(block), decoded };
    this.#used = true;
  }

  /** Forgets everything: the table has changed. */
  clear(): void {
    if (!this.#used) return;
    this.#slots.fill(undefined);
    this.#used = false;
  }
}

function slotOf(mark: number): number {
  return (mark ^ mark >>> 15) & (SLOTS - 1);
}

/** FNV-1a. Who sends blocks of one digest on purpose only loses the advantage. */
function digest(block: Uint8Array): number {
  let mark = 0x811c9dc5 | 0;
  for (let at = 0; at < block.length; at++) mark = Math.imul(mark ^ (block[at] ?? 0), 0x01000193);
  return mark;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) {
    if (left[at] !== right[at]) return false;
  }
  return true;
}

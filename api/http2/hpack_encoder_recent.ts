import type { HeaderPairs } from "./header_pairs.ts";

/** Lists looked at for coming again: more than are sent between two uses of a constant one. */
const CANDIDATES = 8;

/** Bytes of a block that is kept: of constant lists each connection has its own. */
const BLOCK_BYTES_MAX = 256;

interface Encoded {
  readonly block: Uint8Array;
  readonly version: number;
}

/**
 * The blocks of lists that are sent again and again, by the identity of the list and valid for one version of the table.
 * A list is kept when it comes a second time: most that are made for one answer never do.
 */
export class RecentLists {
  readonly #blocks = new WeakMap<HeaderPairs, Encoded>();
  readonly #candidates: (HeaderPairs | undefined)[] = new Array(CANDIDATES).fill(undefined);
  #next = 0;

  /** The block of `pairs` at `version` of the table, or undefined. */
  find(pairs: HeaderPairs, version: number): Uint8Array | undefined {
    const encoded = this.#blocks.get(pairs);
    return encoded !== undefined && encoded.version === version ? encoded.block : undefined;
  }

  /** Tells what `pairs` gave without a change of the table. Copies the block where it keeps it. */
  offer(pairs: HeaderPairs, encoded: Encoded): void {
    if (encoded.block.length > BLOCK_BYTES_MAX) return;
    if (this.#blocks.has(pairs) || this.#candidates.includes(pairs)) {
      this.#blocks.set(pairs, { ...encoded, block: encoded.block.slice() });
      return;
    }
    this.#candidates[this.#next] = pairs;
    this.#next = (this.#next + 1) % CANDIDATES;
  }
}

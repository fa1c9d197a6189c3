import { DynamicTable, TABLE_BYTES_DEFAULT } from "./dynamic_table.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import { RecentLists } from "./hpack_encoder_recent.ts";
import { IndexingRules } from "./hpack_encoder_rules.ts";
import { BlockCursor, INTEGER_BYTES_MAX, writeInteger } from "./hpack_integers.ts";
import { huffmanLength, writeHuffman } from "./huffman.ts";
import { findStatic, STATIC_COUNT } from "./static_table.ts";

/**
 * Bytes that blocks are cut from one after the other: to make an array for each would cost several times the
 * encoding of a short one.
 */
const SLAB_BYTES = 2048;

/** Bytes that a block may take at most to be cut from there; a greater one gets an array of its own. */
const SLAB_BLOCK_BYTES_MAX = 512;

/** What a field takes beside its name and value: an index and two lengths. */
const FIELD_BYTES_MAX = 3 * INTEGER_BYTES_MAX;

const INDEXED = { pattern: 0x80, prefix: 0x7f };
const SIZE_UPDATE = { pattern: 0x20, prefix: 0x1f };
const LITERALS = {
  yes: { pattern: 0x40, prefix: 0x3f },
  not: { pattern: 0x00, prefix: 0x0f },
  never: { pattern: 0x10, prefix: 0x0f },
} as const;
const PLAIN_STRING = { pattern: 0, prefix: 0x7f };
const HUFFMAN_STRING = { pattern: 0x80, prefix: 0x7f };

/** The bounds of one encoder. */
export interface HpackEncoderOptions {
  /** Bytes of the dynamic table at most, whatever the peer would allow. */
  readonly tableBytesMax: number;
}

/**
 * Encodes the header blocks of one connection, to be sent in their order: RFC 7541.
 *
 * Strings are Huffman coded where that is shorter. Secrets are never put into a table, values that are
 * another each time not into ours.
 */
export class HpackEncoder {
  readonly #table: DynamicTable;
  readonly #recent = new RecentLists();
  readonly #rules = new IndexingRules();
  readonly #tableBytesMax: number;
  #slab: Uint8Array | undefined;
  #slabUsed = 0;
  /** The least and the last bound that the peer is still to be told of. */
  #owed: { least: number; last: number } | undefined;

  constructor(options: HpackEncoderOptions) {
    this.#tableBytesMax = options.tableBytesMax;
    this.#table = new DynamicTable(TABLE_BYTES_DEFAULT);
    if (options.tableBytesMax < TABLE_BYTES_DEFAULT) this.setTableBytesMax(TABLE_BYTES_DEFAULT);
  }

  /** Bytes in the dynamic table, as the RFC counts them. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /**
   * Takes the peer's SETTINGS_HEADER_TABLE_SIZE. The table has the lesser of that and our own bound from
   * now on, and the next block tells the peer.
   */
  setTableBytesMax(bytesMax: number): void {
    const last = Math.min(bytesMax, this.#tableBytesMax);
    if (last === this.#table.bytesMax) return;
    this.#owed = { least: Math.min(last, this.#owed?.least ?? last), last };
    this.#table.resize(last);
  }

  /**
   * Encodes one list, which is never changed afterwards: it is known again by its identity.
   *
   * @returns The block, which may be the very one of an earlier call, and a part of a greater buffer: the caller never writes
   *   to it, and copies it to keep it.
   * @throws {RangeError} A character is beyond Latin-1, or a name has no value. Nothing has changed then.
   */
  encode(pairs: HeaderPairs): Uint8Array {
    if (this.#owed === undefined) {
      const recent = this.#recent.find(pairs, this.#table.version);
      if (recent !== undefined) return recent;
    }
    const { version } = this.#table;
    const cursor = this.#place(blockBytesMax(pairs));
    const begin = cursor.at;
    this.#writeSizeUpdates(cursor);
    const constant = cursor.at === begin;
    for (let index = 0; index + 1 < pairs.length; index += 2) {
      this.#writeField(cursor, pairs[index] ?? "", pairs[index + 1] ?? "");
    }
    if (cursor.bytes === this.#slab) this.#slabUsed = cursor.at;
    const block = cursor.bytes.subarray(begin, cursor.at);
    if (constant && version === this.#table.version) this.#recent.offer(pairs, { block, version });
    return block;
  }

  /** Where a block of at most `bytesMax` bytes may be written: what was cut before is never written again. */
  #place(bytesMax: number): BlockCursor {
    if (bytesMax > SLAB_BLOCK_BYTES_MAX) return new BlockCursor(new Uint8Array(bytesMax));
    if (this.#slab === undefined || this.#slabUsed + bytesMax > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#slabUsed = 0;
    }
    const cursor = new BlockCursor(this.#slab);
    cursor.at = this.#slabUsed;
    return cursor;
  }

  #writeSizeUpdates(cursor: BlockCursor): void {
    if (this.#owed === undefined) return;
    const { least, last } = this.#owed;
    this.#owed = undefined;
    if (least < last) writeInteger(cursor, least, SIZE_UPDATE);
    writeInteger(cursor, last, SIZE_UPDATE);
  }

  #writeField(cursor: BlockCursor, name: string, value: string): void {
    const secret = this.#rules.isSecret(name);
    const inStatic = findStatic(name, value);
    if (inStatic > 0 && !secret) return writeInteger(cursor, inStatic, INDEXED);
    const inDynamic = this.#table.find(name, value);
    if (inDynamic > 0 && !secret) return writeInteger(cursor, STATIC_COUNT + inDynamic, INDEXED);
    const indexing = this.#rules.decide(name, value);
    const named = inStatic !== 0 ? Math.abs(inStatic) : nameIndex(inDynamic);
    writeInteger(cursor, named, LITERALS[indexing]);
    if (named === 0) writeString(cursor, name);
    writeString(cursor, value);
    if (indexing === "yes") this.#table.insert(name, value);
  }
}

/** The index that stands for the name of what `find` of the dynamic table gave; 0 for none. */
function nameIndex(found: number): number {
  return found === 0 ? 0 : STATIC_COUNT + Math.abs(found);
}

/** Bytes that the block of `pairs` takes at most, after a look at every character. */
function blockBytesMax(pairs: HeaderPairs): number {
  if (pairs.length % 2 !== 0) {
    throw new RangeError(`Cannot encode headers: name "${pairs.at(-1)}" has no value`);
  }
  let bytes = 2 * INTEGER_BYTES_MAX + pairs.length / 2 * FIELD_BYTES_MAX;
  for (let index = 0; index < pairs.length; index++) {
    const text = pairs[index] ?? "";
    let bits = 0;
    for (let at = 0; at < text.length; at++) bits |= text.charCodeAt(at);
    if (bits > 0xff) {
      const name = pairs[index - index % 2];
      throw new RangeError(
        `Cannot encode header "${name}": it has characters beyond U+00FF, may be Latin-1`,
      );
    }
    bytes += text.length;
  }
  return bytes;
}

function writeString(cursor: BlockCursor, text: string): void {
  const coded = huffmanLength(text);
  if (coded < text.length) {
    writeInteger(cursor, coded, HUFFMAN_STRING);
    cursor.at = writeHuffman(cursor.bytes, text, cursor.at);
    return;
  }
  writeInteger(cursor, text.length, PLAIN_STRING);
  for (let index = 0; index < text.length; index++) {
    cursor.bytes[cursor.at++] = text.charCodeAt(index);
  }
}

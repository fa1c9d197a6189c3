import { DynamicTable, ENTRY_OVERHEAD_BYTES, TABLE_BYTES_DEFAULT } from "./dynamic_table.ts";
import { compressionFault } from "./hpack_decoder_fault.ts";
import { RecentBlocks } from "./hpack_decoder_recent.ts";
import { StringReader } from "./hpack_decoder_strings.ts";
import { BlockCursor, readInteger } from "./hpack_integers.ts";
import { STATIC_COUNT, STATIC_NAMES, STATIC_VALUES } from "./static_table.ts";

/** Size updates of one block: the least bound since the last one, and the present one. RFC 7541 §4.2. */
const SIZE_UPDATES_MAX = 2;

/** The representations of RFC 7541 §6, by the greatest bit of the first byte; the others are literals. */
const INDEXED = 0x80;
const LITERAL_INDEXED = 0x40;
const SIZE_UPDATE = 0x20;

const NOTHING = new Uint8Array(0);

/** What a header block said. */
export interface DecodedHeaders {
  /** Shared with later blocks of the same bytes: whoever gets it never writes to it. */
  readonly pairs: string[];
  /** Whether the list was greater than allowed; `pairs` then has the beginning of it. */
  readonly tooLarge: boolean;
}

/** The bounds of one decoder. */
export interface HpackDecoderOptions {
  /** What our SETTINGS say of SETTINGS_HEADER_TABLE_SIZE. */
  readonly tableBytesMax: number;
  /** Bytes of a list, each name and value and 32 bytes more: RFC 9113 §6.5.2. */
  readonly listBytesMax: number;
}

/**
 * Decodes the header blocks of one connection, in their order: RFC 7541.
 *
 * Its table has 4096 bytes as both ends begin with, and where our SETTINGS allow more, more as soon as the
 * peer says so. A lower bound counts from {@linkcode settingsAcknowledged} on.
 *
 * Time is bounded by the bytes of the block, memory by these, the table and the list. After a fault
 * the decoder is worth nothing, and the connection ends.
 */
export class HpackDecoder {
  readonly #table = new DynamicTable(TABLE_BYTES_DEFAULT);
  readonly #recent = new RecentBlocks();
  readonly #strings = new StringReader();
  readonly #cursor = new BlockCursor(NOTHING);
  readonly #listBytesMax: number;
  /** What a size update may set. */
  #tableBytesMax: number;
  /** The least bound acknowledged that the table is still beyond: the next block begins with an update to it, or below. */
  #owedBytesMax: number | undefined;

  constructor(options: HpackDecoderOptions) {
    this.#tableBytesMax = Math.max(TABLE_BYTES_DEFAULT, options.tableBytesMax);
    this.#listBytesMax = options.listBytesMax;
  }

  /** Bytes in the dynamic table, as the RFC counts them. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /**
   * Tells that the peer has acknowledged SETTINGS that say `tableBytesMax` of the table. Where that is less than
   * the peer's table now has, the next block must begin with a size update.
   */
  settingsAcknowledged(tableBytesMax: number): void {
    this.#tableBytesMax = tableBytesMax;
    if (tableBytesMax < Math.min(this.#table.bytesMax, this.#owedBytesMax ?? Infinity)) {
      this.#owedBytesMax = tableBytesMax;
    }
  }

  /**
   * Decodes one whole block, which may be changed afterwards. A list beyond its bound stops growing, and the rest of the
   * block still counts for the table. Does not judge names and values.
   *
   * A block that comes again and again and adds nothing to the table gives the same object each time.
   *
   * @throws {ConnectionFault} COMPRESSION_ERROR: the block breaks a rule of RFC 7541.
   */
  decode(block: Uint8Array): DecodedHeaders {
    if (this.#owedBytesMax === undefined) {
      const recent = this.#recent.find(block);
      if (recent !== undefined) return recent;
    }
    const cursor = this.#cursor;
    cursor.bytes = block;
    cursor.at = 0;
    const { version } = this.#table;
    this.#takeSizeUpdates(cursor);
    const decoded = this.#readFields(cursor);
    cursor.bytes = NOTHING;
    if (this.#table.version !== version) this.#recent.clear();
    else if (!decoded.tooLarge) this.#recent.offer(block, decoded);
    return decoded;
  }

  #takeSizeUpdates(cursor: BlockCursor): void {
    const { bytes } = cursor;
    for (let updates = 0; ((bytes[cursor.at] ?? 0) & 0xe0) === SIZE_UPDATE; updates++) {
      if (updates === SIZE_UPDATES_MAX) {
        throw compressionFault(`a block begins with more than ${SIZE_UPDATES_MAX} size updates`);
      }
      const bound = this.#owedBytesMax ?? this.#tableBytesMax;
      const bytesMax = readInteger(cursor, 0x1f);
      if (bytesMax > bound) {
        throw compressionFault(`a size update to ${bytesMax} bytes, may be ${bound} at most`);
      }
      this.#table.resize(bytesMax);
      this.#owedBytesMax = undefined;
    }
    if (this.#owedBytesMax !== undefined) {
      throw compressionFault(
        `no size update to ${this.#owedBytesMax} bytes, which SETTINGS require`,
      );
    }
  }

  #readFields(cursor: BlockCursor): DecodedHeaders {
    const { bytes } = cursor;
    const pairs: string[] = [];
    let left = this.#listBytesMax;
    while (cursor.at < bytes.length) {
      const first = bytes[cursor.at] ?? 0;
      let name: string;
      let value: string;
      if (first >= INDEXED) {
        const index = this.#readIndex(cursor, 0x7f);
        name = this.#nameAt(index);
        value = index > STATIC_COUNT
          ? this.#table.value(index - STATIC_COUNT)
          : STATIC_VALUES[index] ?? "";
      } else if (first >= LITERAL_INDEXED) {
        name = this.#readName(cursor, 0x3f);
        value = this.#strings.read(cursor);
        this.#table.insert(name, value);
      } else if (first >= SIZE_UPDATE) {
        throw compressionFault("a size update behind a field, may only begin a block");
      } else {
        name = this.#readName(cursor, 0x0f);
        value = this.#strings.read(cursor);
      }
      // Once below zero it stays so: what comes after a field that is too great is no list any more.
      if (left >= 0) left -= name.length + value.length + ENTRY_OVERHEAD_BYTES;
      if (left >= 0) pairs.push(name, value);
    }
    return { pairs, tooLarge: left < 0 };
  }

  #readName(cursor: BlockCursor, prefix: number): string {
    if (((cursor.bytes[cursor.at] ?? 0) & prefix) !== 0) {
      return this.#nameAt(this.#readIndex(cursor, prefix));
    }
    cursor.at++;
    return this.#strings.read(cursor);
  }

  /** Reads an index that stands for something. */
  #readIndex(cursor: BlockCursor, prefix: number): number {
    const index = readInteger(cursor, prefix);
    const last = STATIC_COUNT + this.#table.count;
    if (index === 0 || index > last) {
      throw compressionFault(`index ${index}, may be 1 to ${last}`);
    }
    return index;
  }

  #nameAt(index: number): string {
    return index > STATIC_COUNT
      ? this.#table.name(index - STATIC_COUNT)
      : STATIC_NAMES[index] ?? "";
  }
}

/**
 * Header compression read by the letter of RFC 7541, slowly: a judge of both directions. Static table and Huffman code
 * are those of api/http2, which tests/host/hpack_test.ts holds against another implementation; all else is its own.
 */
import { huffmanRoom, readHuffman } from "../../api/http2/huffman.ts";
import { STATIC_NAMES, STATIC_VALUES } from "../../api/http2/static_table.ts";

const STATIC_COUNT = 61;
const ENTRY_BYTES = 32;
/** Bytes of an integer behind the first one that are taken: 28 bits. */
const INTEGER_BYTES_MAX = 4;
const SIZE_UPDATES_MAX = 2;

/** A block that must be refused. */
export class HpackRefusal extends Error {
  override readonly name = "HpackRefusal";
}

export class HpackReader {
  /** Newest first: name, value. */
  readonly #entries: (readonly [string, string])[] = [];
  #bytes = 0;
  /** What the table has now, and what the reader's settings allow. */
  #size = 4096;
  #allowed = 4096;
  /** What the next block must begin by going down to. */
  #owed: number | undefined;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** The writer has acknowledged settings that bound the table by `least` for a while, then by `last`. */
  allow(least: number, last: number): void {
    if (least < this.#size) this.#owed = Math.min(least, this.#owed ?? least);
    this.#allowed = last;
  }

  /** @returns Name, value, name, value, … @throws {HpackRefusal} */
  read(block: Uint8Array): string[] {
    this.#block = block;
    this.#at = 0;
    this.#updates();
    const pairs: string[] = [];
    while (this.#at < block.length) {
      const byte = block[this.#at] ?? 0;
      if (byte >= 0x80) {
        pairs.push(...this.#entry(this.#integer(7)));
      } else if (byte >= 0x40) {
        const field = this.#literal(6);
        pairs.push(...field);
        this.#insert(field);
      } else if (byte >= 0x20) {
        throw new HpackRefusal("a size update behind a field");
      } else {
        pairs.push(...this.#literal(4));
      }
    }
    return pairs;
  }

  #updates(): void {
    let count = 0;
    while (((this.#block[this.#at] ?? 0) & 0xe0) === 0x20) {
      const size = this.#integer(5);
      if (++count > SIZE_UPDATES_MAX) throw new HpackRefusal("too many size updates");
      if (this.#owed !== undefined && size <= this.#owed) this.#owed = undefined;
      // On the way to the last one the least may be passed, no more.
      if (size > this.#allowed) throw new HpackRefusal(`a table of ${size} bytes`);
      this.#size = size;
      this.#evict(size);
    }
    if (this.#owed !== undefined && this.#block.length > 0) {
      throw new HpackRefusal(`no size update down to ${this.#owed}`);
    }
  }

  #literal(bits: number): readonly [string, string] {
    const index = this.#integer(bits);
    const name = index === 0 ? this.#string() : this.#entry(index)[0];
    return [name, this.#string()];
  }

  #entry(index: number): readonly [string, string] {
    if (index > 0 && index <= STATIC_COUNT) {
      return [STATIC_NAMES[index] ?? "", STATIC_VALUES[index] ?? ""];
    }
    const entry = this.#entries[index - STATIC_COUNT - 1];
    if (index === 0 || entry === undefined) throw new HpackRefusal(`index ${index}`);
    return entry;
  }

  #insert(field: readonly [string, string]): void {
    const bytes = field[0].length + field[1].length + ENTRY_BYTES;
    this.#evict(this.#size - bytes);
    if (bytes > this.#size) return;
    this.#entries.unshift(field);
    this.#bytes += bytes;
  }

  #evict(bytes: number): void {
    while (this.#bytes > bytes) {
      const oldest = this.#entries.pop();
      if (oldest === undefined) break;
      this.#bytes -= oldest[0].length + oldest[1].length + ENTRY_BYTES;
    }
  }

  #integer(bits: number): number {
    const mask = (1 << bits) - 1;
    if (this.#at >= this.#block.length) throw new HpackRefusal("no integer");
    let value = (this.#block[this.#at++] ?? 0) & mask;
    if (value < mask) return value;
    for (let count = 0; count < INTEGER_BYTES_MAX; count++) {
      const byte = this.#block[this.#at++];
      if (byte === undefined) throw new HpackRefusal("half an integer");
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) return value;
    }
    throw new HpackRefusal("a long integer");
  }

  #string(): string {
    const isHuffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const end = this.#at + length;
    if (end > this.#block.length) throw new HpackRefusal("half a string");
    const raw = this.#block.subarray(this.#at, end);
    this.#at = end;
    if (!isHuffman) return latin1(raw, raw.length);
    const plain = new Uint8Array(huffmanRoom(length));
    try {
      return latin1(plain, readHuffman(raw, 0, length, plain));
    } catch (error) {
      throw new HpackRefusal(`a Huffman string: ${error}`);
    }
  }
}

function latin1(bytes: Uint8Array, length: number): string {
  let text = "";
  for (let at = 0; at < length; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

/** Bytes that an entry takes beside its name and value: RFC 7541 §4.1. */
export const ENTRY_OVERHEAD_BYTES = 32;

/** Bytes of a table of which SETTINGS have said nothing: RFC 9113 §6.5.2. */
export const TABLE_BYTES_DEFAULT = 4096;

/** Entries that room is made for at first; it doubles up to what the bytes allow. */
const CAPACITY_FIRST = 16;

/** Bytes of an entry, as a table and a header list count them. */
export function entryBytes(name: string, value: string): number {
  return name.length + value.length + ENTRY_OVERHEAD_BYTES;
}

/**
 * The dynamic table of one direction, RFC 7541 §2.3.2: a ring of entries whose bytes, as the RFC
 * counts them, never exceed its bound; the oldest go first. Index 1 is the newest.
 */
export class DynamicTable {
  /** Rings of a power of two; what was evicted is overwritten with "" so that nothing holds it. */
  #names: string[] = new Array<string>(CAPACITY_FIRST).fill("");
  #values: string[] = new Array<string>(CAPACITY_FIRST).fill("");
  #newest = 0;
  #count = 0;
  #bytes = 0;
  #bytesMax: number;
  #version = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of all entries, as the RFC counts them. */
  get bytes(): number {
    return this.#bytes;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  /** Another number after each change: while it stays, an index means the same. */
  get version(): number {
    return this.#version;
  }

  /** The name at `index`, which is 1 to `count`. */
  name(index: number): string {
    return this.#names[this.#slot(index)] ?? "";
  }

  /** The value at `index`, which is 1 to `count`. */
  value(index: number): string {
    return this.#values[this.#slot(index)] ?? "";
  }

  /** Adds an entry and evicts for it. One that is greater than the table empties it and is not added: §4.4. */
  insert(name: string, value: string): void {
    this.#version++;
    const bytes = entryBytes(name, value);
    this.#evictDownTo(this.#bytesMax - bytes);
    if (bytes > this.#bytesMax) return;
    if (this.#count === this.#names.length) this.#grow();
    this.#newest = (this.#newest + 1) & (this.#names.length - 1);
    this.#names[this.#newest] = name;
    this.#values[this.#newest] = value;
    this.#count++;
    this.#bytes += bytes;
  }

  /** Sets the bound, and evicts what is beyond it. */
  resize(bytesMax: number): void {
    this.#version++;
    this.#bytesMax = bytesMax;
    this.#evictDownTo(bytesMax);
  }

  /**
   * The index of an entry that has both; else the negative index of one that has the name; else 0.
   * Looks at all entries: at 4096 bytes there are 128 at most.
   */
  find(name: string, value: string): number {
    let named = 0;
    for (let index = 1; index <= this.#count; index++) {
      const slot = this.#slot(index);
      if (this.#names[slot] !== name) continue;
      if (this.#values[slot] === value) return index;
      if (named === 0) named = -index;
    }
    return named;
  }

  #slot(index: number): number {
    return (this.#newest - index + 1) & (this.#names.length - 1);
  }

  #evictDownTo(bytes: number): void {
    while (this.#count > 0 && this.#bytes > bytes) {
      const slot = this.#slot(this.#count);
      this.#bytes -= entryBytes(this.#names[slot] ?? "", this.#values[slot] ?? "");
      this.#names[slot] = "";
      this.#values[slot] = "";
      this.#count--;
    }
  }

  /** Doubles a full ring; its oldest entry comes to slot 0. */
  #grow(): void {
    const oldest = this.#slot(this.#count);
    const empty = new Array<string>(this.#count).fill("");
    this.#names = [...this.#names.slice(oldest), ...this.#names.slice(0, oldest), ...empty];
    this.#values = [...this.#values.slice(oldest), ...this.#values.slice(0, oldest), ...empty];
    this.#newest = this.#count - 1;
  }
}

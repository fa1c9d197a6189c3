/** Reads a connection in pieces of known length. */

/** Bytes asked of the connection at once. */
const CHUNK_BYTES = 256 * 1024;

/** What is read from. */
export interface ByteSource {
  /** As `Deno.Reader`: null is the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Holds at most what was asked for and one chunk more. */
export class ByteStream {
  readonly #source: ByteSource;
  #held: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** What came already, up to `length` bytes, left in place. */
  peek(length: number): Uint8Array {
    return this.#held.subarray(0, length);
  }

  /** Bytes that came already. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** Takes exactly `length` bytes. @returns undefined where the stream ends before. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#held.length < length && !(await this.#fill(length))) return undefined;
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  async #fill(length: number): Promise<boolean> {
    const room = new Uint8Array(length + CHUNK_BYTES);
    let end = this.#held.length;
    room.set(this.#held);
    while (end < length) {
      const count = await this.#source.read(room.subarray(end));
      if (count === null) return false;
      end += count;
    }
    this.#held = room.subarray(0, end);
    return true;
  }
}

/** The spec of a resource whose type this process does not know: passed through untouched. */

/**
 * Encoded content as a foreign client gave it.
 *
 * Bytes are taken in by copy and given out by copy, so that nobody who holds one can change it.
 */
export class OpaqueSpec {
  static {
    // Methods are part of what a holder reaches.
    Object.freeze(this.prototype);
  }

  readonly #proto: Uint8Array<ArrayBuffer> | undefined;
  /** The content for people; may be empty. */
  readonly yaml: string;

  /** @param proto Absent and empty are different, and both are kept. */
  constructor(proto: Uint8Array | undefined, yaml: string) {
    this.#proto = proto === undefined ? undefined : new Uint8Array(proto);
    this.yaml = yaml;
    Object.freeze(this);
  }

  /** A copy of the bytes, or undefined where there were none. */
  proto(): Uint8Array<ArrayBuffer> | undefined {
    return this.#proto?.slice();
  }

  /** Whether `value` was made by this class itself: neither by a subclass nor to look like it. */
  static isOne(value: object): value is OpaqueSpec {
    return #proto in value && Object.getPrototypeOf(value) === OpaqueSpec.prototype;
  }

  /** Whether bytes and text are the same. */
  equals(other: OpaqueSpec): boolean {
    const [ours, theirs] = [this.#proto, other.#proto];
    if (this.yaml !== other.yaml || ours?.length !== theirs?.length) return false;
    return ours?.every((byte, index) => byte === theirs?.[index]) ?? true;
  }
}

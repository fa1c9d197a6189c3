/** One frame as bytes say it. */
export interface CutFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

/** Cuts a stream of bytes into frames, in whatever pieces it comes. The frames stay as they are. */
export class FrameCutter {
  /** Never written to twice, as payloads are parts of it. */
  #bytes = new Uint8Array(512);
  #at = 0;
  #end = 0;

  /** Bytes of a frame that is not whole. */
  get rest(): number {
    return this.#end - this.#at;
  }

  /** The length of the frame that has begun, once its header is here. */
  get begun(): number | undefined {
    return this.rest < 9 ? undefined : uint32(this.#bytes, this.#at) >>> 8;
  }

  add(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.rest + bytes.length) + 512);
      grown.set(this.#bytes.subarray(this.#at, this.#end));
      this.#end = this.rest;
      this.#at = 0;
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  next(): CutFrame | undefined {
    const length = this.begun;
    if (length === undefined || this.rest < 9 + length) return undefined;
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at += 9 + length;
    return {
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      streamId: uint32(bytes, at + 5) & 0x7fff_ffff,
      payload: bytes.subarray(at + 9, at + 9 + length),
    };
  }
}

export function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24 | (bytes[at + 1] ?? 0) << 16 | (bytes[at + 2] ?? 0) << 8 |
    (bytes[at + 3] ?? 0)) >>> 0;
}

/** For people. */
export function describeFrame({ type, flags, streamId, payload }: CutFrame): string {
  const names = ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING"];
  const name = [...names, "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"][type] ?? `type ${type}`;
  const bytes = [...payload.subarray(0, 24)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `${name} flags ${flags.toString(16)} stream ${streamId} bytes ${payload.length}: ${
    bytes.join("")
  }`;
}

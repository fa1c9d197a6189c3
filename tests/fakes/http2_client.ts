/** A client of HTTP/2 in memory, which says what it is told to, right or wrong. */
import type { Duplex } from "../../api/http2/duplex.ts";
import {
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  PREFACE,
  readUint31,
  readUint32,
} from "../../api/http2/frame_types.ts";
import { HpackDecoder } from "../../api/http2/hpack_decoder.ts";
import { HpackEncoder } from "../../api/http2/hpack_encoder.ts";

/** A frame that the server sent. */
export interface SentFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

export const REQUEST: readonly string[] = [
  ":method",
  "POST",
  ":scheme",
  "http",
  ":path",
  "/service/Method",
  ":authority",
  "localhost",
];

/** How the byte stream takes what the server writes. */
export type Taking = "all" | "nothing" | "one byte" | "failure" | "thrown" | "nonsense";

export class FakeHttp2Client {
  readonly duplex: Duplex;
  /** Frames of the server in their order. */
  readonly frames: SentFrame[] = [];
  /** Bytes of each write. */
  readonly writes: number[] = [];
  taking: Taking = "all";
  closed = false;
  /** How often the server asked for bytes. */
  reads = 0;
  readonly #encoder = new HpackEncoder({ tableBytesMax: 4096 });
  readonly #decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 1 << 20 });
  #toServer: Uint8Array[] = [];
  #reader: { into: Uint8Array; resolve: (count: number | null) => void } | undefined;
  #ended = false;
  #fromServer = new Uint8Array(0);
  #held: (() => void) | undefined;
  #skipped: number;

  /** @param skipped Bytes before the peer's first frame. */
  constructor(skipped = 0) {
    this.#skipped = skipped;
    this.duplex = {
      read: (into) => {
        this.reads++;
        return new Promise((resolve) => {
          this.#reader = { into, resolve };
          this.#serve();
        });
      },
      write: (bytes) => this.#write(bytes),
      close: () => {
        this.closed = true;
        this.end();
      },
    };
  }

  /** Bytes as they are. */
  send(...parts: Uint8Array[]): void {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#toServer.push(bytes);
    this.#serve();
  }

  /** Preface, settings and the acknowledgement of the server's. */
  greet(settings: readonly number[] = []): void {
    const payload: number[] = [];
    for (let index = 0; index + 1 < settings.length; index += 2) {
      const identifier = settings[index] ?? 0;
      payload.push(identifier >> 8, identifier & 0xff, ...uint32(settings[index + 1] ?? 0));
    }
    this.send(
      Uint8Array.from(PREFACE),
      frame(FrameType.SETTINGS, 0, 0, payload),
      frame(FrameType.SETTINGS, Flag.ACK, 0, []),
    );
  }

  /** The header block of `pairs`. */
  block(pairs: readonly string[]): Uint8Array {
    return this.#encoder.encode([...pairs]).slice();
  }

  /** HEADERS with all of a request's headers. */
  headers(
    streamId: number,
    { pairs = REQUEST, end = true }: {
      readonly pairs?: readonly string[];
      readonly end?: boolean;
    } = {},
  ): Uint8Array {
    const flags = Flag.END_HEADERS | (end ? Flag.END_STREAM : 0);
    return frame(FrameType.HEADERS, flags, streamId, this.block(pairs));
  }

  /** What the HEADERS of the server say; to be called once for each, in their order. */
  decode(sent: SentFrame): readonly string[] {
    return this.#decoder.decode(sent.payload).pairs;
  }

  /** Frames of `type`, of one stream where given. */
  of(type: number, streamId?: number): SentFrame[] {
    return this.frames.filter((sent) =>
      sent.type === type && (streamId === undefined || sent.streamId === streamId)
    );
  }

  /** The code of each GOAWAY. */
  get goaways(): number[] {
    return this.of(FrameType.GOAWAY).map(({ payload }) => readUint32(payload, 4));
  }

  /** The text of the last GOAWAY. */
  get farewell(): string {
    const last = this.of(FrameType.GOAWAY).at(-1);
    return new TextDecoder().decode(last?.payload.subarray(8));
  }

  /** The codes by which a stream was reset. */
  resets(streamId: number): number[] {
    return this.of(FrameType.RST_STREAM, streamId).map(({ payload }) => readUint32(payload, 0));
  }

  /** Bytes of DATA of a stream. */
  received(streamId: number): number {
    return this.of(FrameType.DATA, streamId).reduce((sum, { payload }) => sum + payload.length, 0);
  }

  /** The client is gone. */
  end(): void {
    this.#ended = true;
    this.#serve();
  }

  /** Takes the write that was held back, and all to come. */
  release(): void {
    this.taking = "all";
    this.#held?.();
    this.#held = undefined;
  }

  /** Everything that is under way has happened. */
  async turn(): Promise<void> {
    for (let count = 0; count < 3; count++) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  #serve(): void {
    if (this.#reader === undefined) return;
    const { into, resolve } = this.#reader;
    const first = this.#toServer.shift();
    if (first === undefined) {
      if (!this.#ended) return;
      this.#reader = undefined;
      return resolve(null);
    }
    this.#reader = undefined;
    const count = Math.min(first.length, into.length);
    into.set(first.subarray(0, count));
    if (count < first.length) this.#toServer.unshift(first.subarray(count));
    resolve(count);
  }

  #write(bytes: Uint8Array): Promise<number> {
    switch (this.taking) {
      case "all":
        this.#take(bytes);
        return Promise.resolve(bytes.length);
      case "one byte":
        this.#take(bytes.subarray(0, 1));
        return Promise.resolve(1);
      case "nothing":
        return new Promise((resolve) => {
          this.#held = () => {
            this.#take(bytes);
            resolve(bytes.length);
          };
        });
      case "failure":
        return Promise.reject(new Error("broken pipe"));
      case "nonsense":
        return Promise.resolve(-1);
      case "thrown":
        throw new Error("no such stream");
    }
  }

  #take(bytes: Uint8Array): void {
    this.writes.push(bytes.length);
    const all = new Uint8Array(this.#fromServer.length + bytes.length);
    all.set(this.#fromServer);
    all.set(bytes, this.#fromServer.length);
    if (all.length < this.#skipped) {
      this.#fromServer = all;
      return;
    }
    let at = this.#skipped;
    this.#skipped = 0;
    while (all.length - at >= FRAME_HEADER_BYTES) {
      const length = readUint32(all, at) >>> 8;
      const next = at + FRAME_HEADER_BYTES + length;
      if (next > all.length) break;
      this.frames.push({
        type: all[at + 3] ?? 0,
        flags: all[at + 4] ?? 0,
        streamId: readUint31(all, at + 5),
        payload: all.slice(at + FRAME_HEADER_BYTES, next),
      });
      at = next;
    }
    this.#fromServer = all.slice(at);
  }
}

/** The bytes of a frame. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: ArrayLike<number> = [],
): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  bytes.set(uint32(payload.length).slice(1));
  bytes[3] = type;
  bytes[4] = flags;
  bytes.set(uint32(streamId), 5);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/** DATA of `length` bytes. */
export function data(streamId: number, length: number, end = false): Uint8Array {
  return frame(FrameType.DATA, end ? Flag.END_STREAM : 0, streamId, new Uint8Array(length));
}

export function rstStream(streamId: number, code: number): Uint8Array {
  return frame(FrameType.RST_STREAM, 0, streamId, uint32(code));
}

export function windowUpdate(streamId: number, increment: number): Uint8Array {
  return frame(FrameType.WINDOW_UPDATE, 0, streamId, uint32(increment));
}

export function uint32(value: number): number[] {
  return [value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff];
}

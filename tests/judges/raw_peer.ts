/** A client of HTTP/2 that sends what it is told to, right or wrong, and keeps what comes back. */
import {
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  PREFACE,
  readUint31,
  readUint32,
  Setting,
} from "../../api/http2/frame_types.ts";
import { HpackDecoder } from "../../api/http2/hpack_decoder.ts";
import { HpackEncoder } from "../../api/http2/hpack_encoder.ts";
import { frame, uint32, windowUpdate } from "../fakes/http2_client.ts";

/** A window that a test never uses up. */
const WIDE_BYTES = 2 ** 30;

/** A byte stream to a server. */
export type RawStream = Pick<Deno.Conn, "read" | "write" | "close">;

/** Where a server is: the path of its unix socket, or what makes a stream to it. */
export type RawPlace = string | (() => Promise<RawStream>);

/** What is said at first. */
export interface Greeting {
  /** Bytes of each stream that the server may send; so many that nothing waits unless given. */
  readonly streamWindowBytes?: number;
  /** Whether the server's SETTINGS are acknowledged; yes unless given. */
  readonly acknowledges?: boolean;
}

/** What came on one stream. */
export interface Received {
  readonly headers: string[];
  /** Bytes of DATA. */
  bytes: number;
  /** Why it was reset by the server. */
  resetBy: number | undefined;
  ended: boolean;
}

export class RawPeer {
  /** Streams that anything came on, by number. */
  readonly streams = new Map<number, Received>();
  /** The code and the text of the last GOAWAY. */
  farewell: { readonly code: number; readonly text: string } | undefined;
  /** Answers to PING. */
  pongs = 0;
  /** Whether the server has closed the connection. */
  isClosed = false;
  readonly #socket: RawStream;
  readonly #encoder = new HpackEncoder({ tableBytesMax: 4096 });
  readonly #decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 1 << 20 });
  #waiting: (() => void)[] = [];
  #rest = new Uint8Array(0);
  #reading: Promise<void>;

  private constructor(socket: RawStream, reads: boolean) {
    this.#socket = socket;
    this.#reading = reads ? this.#read() : Promise.resolve();
  }

  /** Connects and says nothing. @param reads Whether it ever reads. */
  static async silent(place: RawPlace, reads = true): Promise<RawPeer> {
    const made = typeof place === "string"
      ? Deno.connect({ transport: "unix", path: place })
      : place();
    return new RawPeer(await made, reads);
  }

  /** Connects and says what each client says first. */
  static async greeted(place: RawPlace, greeting: Greeting = {}): Promise<RawPeer> {
    const { streamWindowBytes = WIDE_BYTES, acknowledges = true } = greeting;
    const peer = await RawPeer.silent(place);
    await peer.send(
      PREFACE.slice(),
      frame(FrameType.SETTINGS, 0, 0, [
        ...[0, Setting.INITIAL_WINDOW_SIZE],
        ...uint32(streamWindowBytes),
      ]),
      ...(acknowledges ? [frame(FrameType.SETTINGS, Flag.ACK, 0)] : []),
      windowUpdate(0, WIDE_BYTES),
    );
    return peer;
  }

  /** Whether it is of no use to send more. */
  get isOver(): boolean {
    return this.isClosed || this.farewell !== undefined;
  }

  /** Streams that the server reset with `code`. */
  resets(code: number): number {
    return [...this.streams.values()].filter(({ resetBy }) => resetBy === code).length;
  }

  /** Sends all of it. @returns Whether the connection took it. */
  async send(...parts: readonly Uint8Array[]): Promise<boolean> {
    const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    try {
      for (let sent = 0; sent < bytes.length;) {
        sent += await this.#socket.write(bytes.subarray(sent));
      }
      return true;
    } catch {
      return false; // The server has closed it, as the reader says too.
    }
  }

  /** HEADERS of a request. */
  headers(streamId: number, pairs: readonly string[], end = false): Uint8Array {
    const flags = Flag.END_HEADERS | (end ? Flag.END_STREAM : 0);
    return frame(FrameType.HEADERS, flags, streamId, this.#encoder.encode([...pairs]));
  }

  /** Waits until something is so, which is looked at whenever bytes come. @throws {Error} The connection closed first. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.isClosed) throw new Error(`Cannot see ${what}: the connection was closed`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits until the server has closed the connection. */
  async closed(): Promise<void> {
    await this.#reading;
  }

  /** Leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await this.#socket.read(buffer);
        if (count === null) break;
        this.#take(buffer.subarray(0, count));
        this.#wake();
      }
    } catch {
      // Closed by us, or reset: nothing more comes.
    }
    this.isClosed = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #take(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    let at = 0;
    while (all.length - at >= FRAME_HEADER_BYTES) {
      const next = at + FRAME_HEADER_BYTES + (readUint32(all, at) >>> 8);
      if (next > all.length) break;
      const [type = 0, flags = 0] = all.subarray(at + 3, at + 5);
      const payload = all.subarray(at + FRAME_HEADER_BYTES, next);
      this.#frame(type, flags, readUint31(all, at + 5), payload);
      at = next;
    }
    this.#rest = all.slice(at);
  }

  #frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    if (type === FrameType.GOAWAY) {
      const text = new TextDecoder().decode(payload.subarray(8));
      this.farewell = { code: readUint32(payload, 4), text };
    }
    if (type === FrameType.PING && (flags & Flag.ACK) !== 0) this.pongs++;
    if (streamId === 0) return;
    const stream = this.#stream(streamId);
    if (type === FrameType.RST_STREAM) stream.resetBy = readUint32(payload, 0);
    if (type === FrameType.DATA) stream.bytes += payload.length;
    if (type === FrameType.HEADERS) stream.headers.push(...this.#decoder.decode(payload).pairs);
    if (type !== FrameType.DATA && type !== FrameType.HEADERS) return;
    if ((flags & Flag.END_STREAM) !== 0) stream.ended = true;
  }

  #stream(streamId: number): Received {
    const found = this.streams.get(streamId);
    if (found !== undefined) return found;
    const stream: Received = { headers: [], bytes: 0, resetBy: undefined, ended: false };
    this.streams.set(streamId, stream);
    return stream;
  }
}

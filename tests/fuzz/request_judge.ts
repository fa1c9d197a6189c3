/**
 * What the bytes of a client deserve by the table of RFC 9113: which connection errors must follow, which may. Reads the same
 * bytes as the server, with a reader of its own, and knows nothing of what the server makes of them.
 */
import { Http2Code } from "../../api/http2/fault.ts";
import { PREFACE } from "../../api/http2/frame_types.ts";
import { type CutFrame, FrameCutter, uint32 } from "./frame_cutter.ts";
import { HpackReader, HpackRefusal } from "./hpack_reader.ts";

const { PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, COMPRESSION_ERROR } =
  Http2Code;
const FRAME_BYTES_MAX = 16_384;
const INT31_MAX = 2 ** 31 - 1;

/** A stream that the client has begun. */
export interface AskedStream {
  readonly id: number;
  readonly pairs: readonly string[];
  /** Whether the header list is within the server's bound. */
  readonly isSmall: boolean;
  readonly dependsOnItself: boolean;
  readonly endsAtOnce: boolean;
  /** Payloads of DATA without padding, in order, up to the end of the request. */
  readonly body: Uint8Array[];
  /** Bytes of DATA, padding and all. */
  counted: number;
  /** The greatest `counted` that was not the stream's last frame. */
  countedBeforeLast: number;
  ended: boolean;
  reset: boolean;
  /** Whether a frame came that the stream must be reset for. */
  isFaulty: boolean;
  /** Header blocks behind the first. */
  trailersCount: number;
  /** What WINDOW_UPDATE frames add. */
  credit: number;
}

/** Settings of one frame that mean something to a server. */
export interface ClientSettings {
  readonly initialWindow: number | undefined;
  readonly table: { readonly least: number; readonly last: number } | undefined;
}

export interface RequestBounds {
  readonly headerBytesMax: number;
  readonly continuationsMax: number;
}

export class RequestJudge {
  readonly streams = new Map<number, AskedStream>();
  /** Frames of SETTINGS and PING that are not answered yet; the answer's judge takes them. */
  readonly settings: ClientSettings[] = [];
  readonly pings: Uint8Array[] = [];
  /** Frames of both sides, in their order. */
  readonly trace: { readonly by: ">" | "<"; readonly frame: CutFrame }[] = [];
  lastStream = 0;
  /** Bytes of DATA on all streams. */
  counted = 0;
  /** Bytes of DATA on all streams that the server has told it takes. */
  granted = 65_535;
  /** What WINDOW_UPDATE frames of the connection add. */
  credit = 0;
  /** The codes of which one must come; undefined while nothing was wrong. */
  must: Set<number> | undefined;
  readonly may = new Set<number>();
  acknowledged = false;
  readonly #bounds: RequestBounds;
  readonly #cutter = new FrameCutter();
  readonly #hpack = new HpackReader();
  /** Streams passed over that a frame was for: they are reset, and what comes late for them is nothing. */
  readonly #strayed = new Set<number>();
  #prefaceAt = 0;
  #greeted = false;
  #greatestWindow = 65_535;
  #greatestCredit = 0;
  #block:
    | { readonly id: number; readonly head: CutFrame; bytes: number[]; frames: number }
    | undefined;

  constructor(bounds: RequestBounds) {
    this.#bounds = bounds;
  }

  /** Bytes are handed to the server. */
  take(bytes: Uint8Array): void {
    if (this.must !== undefined) return;
    let at = 0;
    while (this.#prefaceAt < PREFACE.length && at < bytes.length) {
      if (bytes[at++] !== PREFACE[this.#prefaceAt++]) return this.#wrong(PROTOCOL_ERROR);
    }
    this.#cutter.add(bytes.subarray(at));
    while (this.must === undefined) {
      // Its payload need not come.
      if ((this.#cutter.begun ?? 0) > FRAME_BYTES_MAX) {
        if (!this.#greeted) this.may.add(PROTOCOL_ERROR);
        return this.#wrong(FRAME_SIZE_ERROR);
      }
      const frame = this.#cutter.next();
      if (frame === undefined) return;
      this.trace.push({ by: ">", frame });
      this.#frame(frame);
    }
  }

  #wrong(...codes: number[]): void {
    this.must ??= new Set();
    for (const code of codes) this.must.add(code);
  }

  #frame(frame: CutFrame): void {
    const { type, flags } = frame;
    if (!this.#greeted && (type !== 4 || (flags & 1) !== 0)) this.#wrong(PROTOCOL_ERROR);
    this.#greeted = true;
    if (this.#block !== undefined && (type !== 9 || frame.streamId !== this.#block.id)) {
      this.#wrong(PROTOCOL_ERROR);
    }
    if (type === 5) this.#wrong(PROTOCOL_ERROR);
    this.#form(frame);
    if (this.must !== undefined) return;
    switch (type) {
      case 0:
        return this.#data(frame);
      case 1:
        return this.#headers(frame);
      case 2:
        return this.#priority(frame);
      case 3:
        return this.#rst(frame);
      case 4:
        return this.#settings(frame);
      case 6:
        if ((flags & 1) === 0) this.pings.push(frame.payload.slice());
        return;
      case 8:
        return this.#windowUpdate(frame);
      case 9:
        return this.#continuation(frame);
    }
  }

  /** Rules of size, place and padding, which ask for no state. */
  #form({ type, flags, streamId, payload }: CutFrame): void {
    const { length } = payload;
    const isOfConnection = type === 4 || type === 6 || type === 7;
    const isOfStream = type <= 3 || type === 9;
    if (isOfConnection && streamId !== 0) this.#wrong(PROTOCOL_ERROR);
    if (isOfStream && streamId === 0) this.#wrong(PROTOCOL_ERROR);
    if ((type === 3 || type === 8) && length !== 4) this.#wrong(FRAME_SIZE_ERROR);
    if (type === 6 && length !== 8) this.#wrong(FRAME_SIZE_ERROR);
    if (type === 7 && length < 8) this.#wrong(FRAME_SIZE_ERROR);
    if (type === 4 && ((flags & 1) !== 0 ? length > 0 : length % 6 !== 0)) {
      this.#wrong(FRAME_SIZE_ERROR);
    }
    if (type === 1 && streamId % 2 === 0) this.#wrong(PROTOCOL_ERROR);
    if (type > 1) return;
    const isPadded = (flags & 8) !== 0;
    if (isPadded && (length === 0 || (payload[0] ?? 0) >= length)) this.#wrong(PROTOCOL_ERROR);
    const room = length - (isPadded ? 1 + (payload[0] ?? 0) : 0);
    if (type === 1 && (flags & 0x20) !== 0 && room < 5) this.#wrong(FRAME_SIZE_ERROR);
  }

  #isIdle(id: number): boolean {
    return id > this.lastStream || id % 2 === 0;
  }

  #data({ flags, streamId, payload }: CutFrame): void {
    if (this.#isIdle(streamId)) return this.#wrong(PROTOCOL_ERROR, FLOW_CONTROL_ERROR);
    this.counted += payload.length;
    // Whether it must be depends on what the server is about to give back.
    if (this.counted > this.granted) this.may.add(FLOW_CONTROL_ERROR);
    const stream = this.streams.get(streamId);
    if (stream === undefined) this.#strayed.add(streamId);
    if (stream === undefined || stream.ended || stream.reset) return;
    const isLast = (flags & 1) !== 0;
    stream.counted += payload.length;
    if (!isLast) stream.countedBeforeLast = stream.counted;
    const isPadded = (flags & 8) !== 0;
    const end = payload.length - (isPadded ? payload[0] ?? 0 : 0);
    stream.body.push(payload.slice(isPadded ? 1 : 0, end));
    stream.ended = isLast;
  }

  #headers(frame: CutFrame): void {
    const { flags, payload, streamId: id } = frame;
    const from = ((flags & 8) !== 0 ? 1 : 0) + ((flags & 0x20) !== 0 ? 5 : 0);
    const end = payload.length - ((flags & 8) !== 0 ? payload[0] ?? 0 : 0);
    this.#block = { id, head: frame, bytes: [...payload.subarray(from, end)], frames: 1 };
    if ((flags & 4) === 0) return this.#bounded();
    this.#blockEnds();
  }

  #continuation({ payload, flags }: CutFrame): void {
    if (this.#block === undefined) return this.#wrong(PROTOCOL_ERROR);
    this.#block.bytes.push(...payload);
    this.#block.frames++;
    this.#bounded();
    if ((flags & 4) !== 0) this.#blockEnds();
  }

  #bounded(): void {
    const { headerBytesMax, continuationsMax } = this.#bounds;
    const { bytes = [], frames = 0 } = this.#block ?? {};
    if (bytes.length <= headerBytesMax && frames <= continuationsMax) return;
    this.#wrong(Http2Code.ENHANCE_YOUR_CALM);
  }

  #blockEnds(): void {
    const block = this.#block;
    this.#block = undefined;
    if (block === undefined) return;
    let pairs: string[];
    try {
      pairs = this.#hpack.read(Uint8Array.from(block.bytes));
    } catch (error) {
      if (!(error instanceof HpackRefusal)) throw error;
      return this.#wrong(COMPRESSION_ERROR);
    }
    const { head, id } = block;
    const endsAtOnce = (head.flags & 1) !== 0;
    const stream = this.streams.get(id);
    if (stream !== undefined) return this.#again(stream, pairs, endsAtOnce);
    // A stream that was passed over is closed.
    if (id <= this.lastStream && this.#strayed.has(id)) return;
    if (id <= this.lastStream) return this.#wrong(PROTOCOL_ERROR, STREAM_CLOSED);
    this.lastStream = id;
    this.streams.set(id, {
      id,
      pairs,
      isSmall: listBytes(pairs) <= this.#bounds.headerBytesMax,
      dependsOnItself: dependsOn(head) === id,
      endsAtOnce,
      body: [],
      counted: 0,
      countedBeforeLast: 0,
      ended: endsAtOnce,
      reset: false,
      isFaulty: false,
      trailersCount: 0,
      credit: 0,
    });
  }

  #again(stream: AskedStream, pairs: readonly string[], ends: boolean): void {
    stream.trailersCount++;
    // The server may have reset it before: then this is late, and nothing.
    if (stream.ended || stream.reset) {
      this.may.add(STREAM_CLOSED);
      stream.isFaulty = true;
      return;
    }
    if (!ends || pairs.some((name, index) => index % 2 === 0 && name.startsWith(":"))) {
      stream.isFaulty = true;
    }
    if (ends) stream.ended = true;
  }

  #priority({ payload, streamId }: CutFrame): void {
    const dependsOnItself = payload.length === 5 && (uint32(payload, 0) & INT31_MAX) === streamId;
    if (payload.length === 5 && !dependsOnItself) return;
    const stream = this.streams.get(streamId);
    if (stream !== undefined) stream.isFaulty = true;
    else this.#strayed.add(streamId);
    // An error of a stream that cannot be reset, for it is idle.
    if (this.#isIdle(streamId)) this.#wrong(dependsOnItself ? PROTOCOL_ERROR : FRAME_SIZE_ERROR);
  }

  #rst({ streamId }: CutFrame): void {
    if (this.#isIdle(streamId)) return this.#wrong(PROTOCOL_ERROR);
    const stream = this.streams.get(streamId);
    if (stream !== undefined) stream.reset = true;
  }

  #settings({ flags, payload }: CutFrame): void {
    if ((flags & 1) !== 0) {
      this.acknowledged = true;
      return;
    }
    let initialWindow: number | undefined;
    let table: { least: number; last: number } | undefined;
    for (let at = 0; at < payload.length; at += 6) {
      const identifier = uint32(payload, at) >>> 16;
      const value = uint32(payload, at + 2);
      if (identifier === 1) table = { least: Math.min(value, table?.least ?? value), last: value };
      if (identifier === 2 && value > 1) this.#wrong(PROTOCOL_ERROR);
      if (identifier === 4 && value > INT31_MAX) this.#wrong(FLOW_CONTROL_ERROR);
      if (identifier === 4) initialWindow = value;
      if (identifier === 5 && (value < 16_384 || value > 2 ** 24 - 1)) this.#wrong(PROTOCOL_ERROR);
    }
    if (this.must !== undefined) return;
    this.settings.push({ initialWindow, table });
    this.#greatestWindow = Math.max(this.#greatestWindow, initialWindow ?? 0);
    this.#mayOverflow();
  }

  #windowUpdate({ streamId, payload }: CutFrame): void {
    const increment = uint32(payload, 0) & INT31_MAX;
    if (streamId === 0) {
      if (increment === 0) return this.#wrong(PROTOCOL_ERROR);
      this.credit += increment;
      if (65_535 + this.credit > INT31_MAX) this.may.add(FLOW_CONTROL_ERROR);
      return;
    }
    if (this.#isIdle(streamId)) return this.#wrong(PROTOCOL_ERROR);
    const stream = this.streams.get(streamId);
    if (stream === undefined) return;
    if (increment === 0) stream.isFaulty = true;
    stream.credit += increment;
    this.#greatestCredit = Math.max(this.#greatestCredit, stream.credit);
    // Only of this stream; but see what settings make of it.
    if (this.#greatestWindow + stream.credit > INT31_MAX) stream.isFaulty = true;
  }

  /** Settings widen the windows of streams that were widened before. */
  #mayOverflow(): void {
    if (this.#greatestWindow + this.#greatestCredit > INT31_MAX) this.may.add(FLOW_CONTROL_ERROR);
  }
}

function listBytes(pairs: readonly string[]): number {
  return pairs.reduce((sum, text) => sum + text.length + 16, 0);
}

function dependsOn({ flags, payload }: CutFrame): number | undefined {
  if ((flags & 0x20) === 0) return undefined;
  return uint32(payload, (flags & 8) !== 0 ? 1 : 0) & INT31_MAX;
}

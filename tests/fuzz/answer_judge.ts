/** Whether what the server sends is HTTP/2 to the letter: frames, their order, header blocks, windows. */
import { type CutFrame, FrameCutter, uint32 } from "./frame_cutter.ts";
import { HpackReader, HpackRefusal } from "./hpack_reader.ts";
import type { RequestJudge } from "./request_judge.ts";

const INT31_MAX = 2 ** 31 - 1;
/** The last code of RFC 9113 §7. */
const LAST_CODE = 0xd;

/** The length of the pattern that answers are made of, which no frame is a multiple of. */
export const PATTERN_PERIOD = 251;

/** What the server has said on one stream. */
export interface AnsweredStream {
  phase: "nothing" | "headers" | "ended";
  /** The code of RST_STREAM. */
  reset: number | undefined;
  status: string;
  data: number;
  trailers: readonly string[] | undefined;
  /** What WINDOW_UPDATE frames of the server add. */
  credit: number;
}

export class AnswerJudge {
  readonly faults: string[] = [];
  readonly streams = new Map<number, AnsweredStream>();
  /** Code and text of each GOAWAY. */
  readonly goaways: { readonly code: number; readonly last: number }[] = [];
  /** Bytes of DATA on all streams. */
  data = 0;
  readonly #request: RequestJudge;
  readonly #cutter = new FrameCutter();
  readonly #hpack = new HpackReader();
  #greeted = false;
  #initialWindow = 65_535;
  #block: { readonly id: number; readonly ends: boolean; bytes: number[] } | undefined;

  constructor(request: RequestJudge) {
    this.#request = request;
  }

  /** Whether the connection was given up. */
  get error(): number | undefined {
    return this.goaways.find(({ code }) => code !== 0)?.code;
  }

  /** Bytes of a frame that is not whole. */
  get rest(): number {
    return this.#cutter.rest;
  }

  /** Bytes that the client's windows would still take of a stream. */
  room(id: number): number {
    const { credit = 0 } = this.#request.streams.get(id) ?? {};
    const stream = this.#initialWindow + credit - this.#of(id).data;
    return Math.min(stream, 65_535 + this.#request.credit - this.data);
  }

  take(bytes: Uint8Array): void {
    this.#cutter.add(bytes);
    for (;;) {
      const frame = this.#cutter.next();
      if (frame === undefined) return;
      this.#request.trace.push({ by: "<", frame });
      this.#frame(frame);
    }
  }

  #fault(text: string): void {
    this.faults.push(text);
  }

  #of(id: number): AnsweredStream {
    let stream = this.streams.get(id);
    if (stream === undefined) {
      stream = {
        phase: "nothing",
        reset: undefined,
        status: "",
        data: 0,
        trailers: undefined,
        credit: 0,
      };
      this.streams.set(id, stream);
    }
    return stream;
  }

  #frame(frame: CutFrame): void {
    const { type, flags, streamId, payload } = frame;
    if (this.error !== undefined) this.#fault("a frame behind the last GOAWAY");
    if (!this.#greeted && (type !== 4 || (flags & 1) !== 0)) this.#fault("no SETTINGS first");
    if (payload.length > 16_384) this.#fault(`a frame of ${payload.length} bytes`);
    if (this.#block !== undefined && (type !== 9 || streamId !== this.#block.id)) {
      this.#fault("a frame within a header block");
    }
    const isOfConnection = type === 4 || type === 6 || type === 7;
    if (isOfConnection && streamId !== 0) this.#fault(`type ${type} on a stream`);
    const isKnown = streamId % 2 === 1 && streamId <= this.#request.lastStream;
    if (!isOfConnection && !(type === 8 && streamId === 0) && !isKnown) {
      this.#fault(`type ${type} on stream ${streamId}, which nobody has begun`);
    }
    switch (type) {
      case 0:
        return this.#data(frame);
      case 1:
        return this.#headers(frame);
      case 3:
        return this.#rst(frame);
      case 4:
        return this.#settings(frame);
      case 6:
        return this.#ping(frame);
      case 7:
        return this.#goaway(frame);
      case 8:
        return this.#windowUpdate(frame);
      case 9:
        return this.#continuation(frame);
      default:
        return this.#fault(`a frame of type ${type}`);
    }
  }

  /** A frame of the answer: not behind its end. */
  #mustBeOpen(id: number): AnsweredStream {
    const stream = this.#of(id);
    if (stream.reset !== undefined) this.#fault(`a frame on stream ${id}, which is reset`);
    if (stream.phase === "ended") this.#fault(`a frame on stream ${id}, which has ended`);
    return stream;
  }

  #data({ flags, streamId, payload }: CutFrame): void {
    const stream = this.#mustBeOpen(streamId);
    const { length } = payload;
    if (stream.phase === "nothing") this.#fault(`DATA before HEADERS on stream ${streamId}`);
    if ((flags & ~1) !== 0) this.#fault(`DATA with flags ${flags}`);
    if (length > 0 && length > this.room(streamId)) {
      this.#fault(`${length} bytes where ${this.room(streamId)} may go on stream ${streamId}`);
    }
    // The pattern tells what is lost, doubled or of another stream's.
    const first = (streamId + stream.data) % PATTERN_PERIOD;
    const last = (streamId + stream.data + length - 1) % PATTERN_PERIOD;
    if (length > 0 && (payload[0] !== first || payload[length - 1] !== last)) {
      this.#fault(`other bytes than were written on stream ${streamId}`);
    }
    stream.data += length;
    this.data += length;
    if ((flags & 1) !== 0) stream.phase = "ended";
  }

  #headers({ flags, streamId, payload }: CutFrame): void {
    this.#mustBeOpen(streamId);
    if ((flags & ~5) !== 0) this.#fault(`HEADERS with flags ${flags}`);
    this.#block = { id: streamId, ends: (flags & 1) !== 0, bytes: [...payload] };
    if ((flags & 4) !== 0) this.#blockEnds();
  }

  #continuation({ flags, payload }: CutFrame): void {
    if (this.#block === undefined) return this.#fault("CONTINUATION of nothing");
    this.#block.bytes.push(...payload);
    if ((flags & 4) !== 0) this.#blockEnds();
  }

  #blockEnds(): void {
    const block = this.#block;
    this.#block = undefined;
    if (block === undefined) return;
    const { id, ends } = block;
    const stream = this.#of(id);
    try {
      this.#list(stream, this.#hpack.read(Uint8Array.from(block.bytes)), ends);
    } catch (error) {
      if (!(error instanceof HpackRefusal)) throw error;
      this.#fault(`a header block that cannot be read: ${error.message}`);
    }
    if (ends) stream.phase = "ended";
  }

  #list(stream: AnsweredStream, pairs: readonly string[], ends: boolean): void {
    const names = pairs.filter((_, index) => index % 2 === 0);
    if (names.some((name) => !/^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name))) {
      this.#fault(`names ${JSON.stringify(names)}`);
    }
    const pseudo = names.filter((name) => name.startsWith(":"));
    if (stream.phase === "headers") {
      if (!ends || pseudo.length > 0) this.#fault(`HEADERS ${pairs} in the middle of an answer`);
      stream.trailers = pairs;
      return;
    }
    const [first, status = ""] = pairs;
    if (first !== ":status" || pseudo.length !== 1 || !/^[1-5][0-9][0-9]$/.test(status)) {
      this.#fault(`HEADERS ${pairs} without a status`);
    }
    if (status.startsWith("1") && ends) this.#fault(`status ${status} at the end`);
    if (status.startsWith("1")) return;
    stream.phase = "headers";
    stream.status = status;
  }

  #rst({ flags, streamId, payload }: CutFrame): void {
    if (payload.length !== 4 || flags !== 0) this.#fault("RST_STREAM of a wrong form");
    const code = uint32(payload, 0);
    if (code > LAST_CODE) this.#fault(`RST_STREAM with code ${code}`);
    const stream = this.#of(streamId);
    if (stream.reset !== undefined) {
      this.#fault(`a second RST_STREAM on stream ${streamId}`);
    }
    stream.reset = code;
  }

  #settings({ flags, payload }: CutFrame): void {
    if ((flags & 1) === 0) {
      if (this.#greeted || payload.length % 6 !== 0) this.#fault("SETTINGS of a wrong form");
      this.#greeted = true;
      return;
    }
    const taken = this.#request.settings.shift();
    if (taken === undefined || payload.length > 0) {
      return this.#fault("an acknowledgement of nothing");
    }
    this.#initialWindow = taken.initialWindow ?? this.#initialWindow;
    if (taken.table !== undefined) this.#hpack.allow(taken.table.least, taken.table.last);
  }

  #ping({ flags, payload }: CutFrame): void {
    if (payload.length !== 8) this.#fault("PING of a wrong size");
    if ((flags & 1) === 0) return;
    const asked = this.#request.pings.shift();
    if (asked === undefined || asked.some((byte, index) => byte !== payload[index])) {
      this.#fault("PING answered by other bytes");
    }
  }

  #goaway({ payload }: CutFrame): void {
    if (payload.length < 8) return this.#fault("GOAWAY of a wrong size");
    const last = uint32(payload, 0);
    const code = uint32(payload, 4);
    const before = this.goaways.at(-1)?.last ?? INT31_MAX;
    if (code > LAST_CODE) this.#fault(`GOAWAY with code ${code}`);
    if (last > before) this.#fault(`GOAWAY up to ${last} after one up to ${before}`);
    if (last > this.#request.lastStream && !(last === INT31_MAX && code === 0)) {
      this.#fault(`GOAWAY up to stream ${last}, which nobody has begun`);
    }
    this.goaways.push({ code, last });
  }

  #windowUpdate({ streamId, payload }: CutFrame): void {
    const increment = uint32(payload, 0);
    if (payload.length !== 4 || increment === 0 || increment > INT31_MAX) {
      this.#fault(`WINDOW_UPDATE by ${increment} on stream ${streamId}`);
    }
    if (streamId === 0) this.#request.granted += increment;
    else this.#mustBeOpen(streamId).credit += increment;
  }
}

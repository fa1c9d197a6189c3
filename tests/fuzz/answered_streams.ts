/** Streams of the server's answers: DATA within the windows, of the right bytes, and nothing behind an end. */
import { type CutFrame, uint32 } from "./frame_cutter.ts";
import type { RequestJudge } from "./request_judge.ts";

/** The first window of a stream, and the one of the connection. */
const WINDOW_BYTES = 65_535;
/** The last code of RFC 9113 §7. */
export const LAST_CODE = 0xd;

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

export class AnsweredStreams {
  readonly byId = new Map<number, AnsweredStream>();
  /** Bytes of DATA on all streams. */
  data = 0;
  /** What the client's settings let a stream begin with. */
  initialWindow = WINDOW_BYTES;
  readonly #request: RequestJudge;
  readonly #faults: string[];

  constructor(request: RequestJudge, faults: string[]) {
    this.#request = request;
    this.#faults = faults;
  }

  of(id: number): AnsweredStream {
    let stream = this.byId.get(id);
    if (stream === undefined) {
      stream = {
        phase: "nothing",
        reset: undefined,
        status: "",
        data: 0,
        trailers: undefined,
        credit: 0,
      };
      this.byId.set(id, stream);
    }
    return stream;
  }

  /** Bytes that the client's windows would still take of a stream. */
  room(id: number): number {
    const { credit = 0 } = this.#request.streams.get(id) ?? {};
    const stream = this.initialWindow + credit - this.of(id).data;
    return Math.min(stream, WINDOW_BYTES + this.#request.credit - this.data);
  }

  /** A frame of the answer: not behind its end. */
  mustBeOpen(id: number): AnsweredStream {
    const stream = this.of(id);
    if (stream.reset !== undefined) this.#fault(`a frame on stream ${id}, which is reset`);
    if (stream.phase === "ended") this.#fault(`a frame on stream ${id}, which has ended`);
    return stream;
  }

  onData({ flags, streamId, payload }: CutFrame): void {
    const stream = this.mustBeOpen(streamId);
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

  onReset({ flags, streamId, payload }: CutFrame): void {
    if (payload.length !== 4 || flags !== 0) this.#fault("RST_STREAM of a wrong form");
    const code = uint32(payload, 0);
    if (code > LAST_CODE) this.#fault(`RST_STREAM with code ${code}`);
    const stream = this.of(streamId);
    if (stream.reset !== undefined) {
      this.#fault(`a second RST_STREAM on stream ${streamId}`);
    }
    stream.reset = code;
  }

  #fault(text: string): void {
    this.#faults.push(text);
  }
}

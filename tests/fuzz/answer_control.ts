/** What the server says of the connection as a whole: SETTINGS, PING, GOAWAY, and windows that it opens. */
import type { AnswerBlocks } from "./answer_blocks.ts";
import { type AnsweredStreams, LAST_CODE } from "./answered_streams.ts";
import { type CutFrame, uint32 } from "./frame_cutter.ts";
import type { RequestJudge } from "./request_judge.ts";

const INT31_MAX = 2 ** 31 - 1;

/** What is told of by whom. */
export interface ControlParts {
  readonly request: RequestJudge;
  readonly streams: AnsweredStreams;
  readonly blocks: AnswerBlocks;
  readonly faults: string[];
}

export class AnswerControl {
  /** Code and last stream of each GOAWAY. */
  readonly goaways: { readonly code: number; readonly last: number }[] = [];
  readonly #parts: ControlParts;
  #greeted = false;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** The code that the connection was given up with. */
  get error(): number | undefined {
    return this.goaways.find(({ code }) => code !== 0)?.code;
  }

  /** Whether the server has said its SETTINGS. */
  get isGreeted(): boolean {
    return this.#greeted;
  }

  onSettings({ flags, payload }: CutFrame): void {
    const { request, streams, blocks } = this.#parts;
    if ((flags & 1) === 0) {
      if (this.#greeted || payload.length % 6 !== 0) this.#fault("SETTINGS of a wrong form");
      this.#greeted = true;
      return;
    }
    const taken = request.settings.shift();
    if (taken === undefined || payload.length > 0) {
      return this.#fault("an acknowledgement of nothing");
    }
    streams.initialWindow = taken.initialWindow ?? streams.initialWindow;
    if (taken.table !== undefined) blocks.allow(taken.table.least, taken.table.last);
  }

  onPing({ flags, payload }: CutFrame): void {
    if (payload.length !== 8) this.#fault("PING of a wrong size");
    if ((flags & 1) === 0) return;
    const asked = this.#parts.request.pings.shift();
    if (asked === undefined || asked.some((byte, index) => byte !== payload[index])) {
      this.#fault("PING answered by other bytes");
    }
  }

  onGoaway({ payload }: CutFrame): void {
    if (payload.length < 8) return this.#fault("GOAWAY of a wrong size");
    const { lastStream } = this.#parts.request;
    const last = uint32(payload, 0);
    const code = uint32(payload, 4);
    const before = this.goaways.at(-1)?.last ?? INT31_MAX;
    if (code > LAST_CODE) this.#fault(`GOAWAY with code ${code}`);
    if (last > before) this.#fault(`GOAWAY up to ${last} after one up to ${before}`);
    if (last > lastStream && !(last === INT31_MAX && code === 0)) {
      this.#fault(`GOAWAY up to stream ${last}, which nobody has begun`);
    }
    this.goaways.push({ code, last });
  }

  onWindowUpdate({ streamId, payload }: CutFrame): void {
    const { request, streams } = this.#parts;
    const increment = uint32(payload, 0);
    if (payload.length !== 4 || increment === 0 || increment > INT31_MAX) {
      this.#fault(`WINDOW_UPDATE by ${increment} on stream ${streamId}`);
    }
    if (streamId === 0) request.granted += increment;
    else streams.mustBeOpen(streamId).credit += increment;
  }

  #fault(text: string): void {
    this.#parts.faults.push(text);
  }
}

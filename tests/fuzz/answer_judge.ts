/** Whether what the server sends is HTTP/2 to the letter: which frames it may send, where, and in which order. */
import { AnswerBlocks } from "./answer_blocks.ts";
import { AnswerControl } from "./answer_control.ts";
import { type AnsweredStream, AnsweredStreams } from "./answered_streams.ts";
import { type CutFrame, FrameCutter } from "./frame_cutter.ts";
import type { RequestJudge } from "./request_judge.ts";

const FRAME_BYTES_MAX = 16_384;

export class AnswerJudge {
  readonly faults: string[] = [];
  readonly #request: RequestJudge;
  readonly #cutter = new FrameCutter();
  readonly #streams: AnsweredStreams;
  readonly #blocks: AnswerBlocks;
  readonly #control: AnswerControl;

  constructor(request: RequestJudge) {
    const { faults } = this;
    this.#request = request;
    const streams = this.#streams = new AnsweredStreams(request, faults);
    const blocks = this.#blocks = new AnswerBlocks(streams, faults);
    this.#control = new AnswerControl({ request, streams, blocks, faults });
  }

  /** Whether the connection was given up. */
  get error(): number | undefined {
    return this.#control.error;
  }

  get goaways(): AnswerControl["goaways"] {
    return this.#control.goaways;
  }

  get streams(): ReadonlyMap<number, AnsweredStream> {
    return this.#streams.byId;
  }

  /** Bytes of DATA on all streams. */
  get data(): number {
    return this.#streams.data;
  }

  /** Bytes of a frame that is not whole. */
  get rest(): number {
    return this.#cutter.rest;
  }

  /** Bytes that the client's windows would still take of a stream. */
  room(id: number): number {
    return this.#streams.room(id);
  }

  take(bytes: Uint8Array): void {
    this.#cutter.add(bytes);
    for (;;) {
      const frame = this.#cutter.next();
      if (frame === undefined) return;
      this.#request.trace.push({ by: "<", frame });
      this.#judgePlace(frame);
      this.#judgeFrame(frame);
    }
  }

  #judgePlace(frame: CutFrame): void {
    const { type, flags, streamId, payload } = frame;
    if (this.error !== undefined) this.#fault("a frame behind the last GOAWAY");
    if (!this.#control.isGreeted && (type !== 4 || (flags & 1) !== 0)) {
      this.#fault("no SETTINGS first");
    }
    if (payload.length > FRAME_BYTES_MAX) this.#fault(`a frame of ${payload.length} bytes`);
    if (this.#blocks.forbids(frame)) this.#fault("a frame within a header block");
    const isOfConnection = type === 4 || type === 6 || type === 7;
    if (isOfConnection && streamId !== 0) this.#fault(`type ${type} on a stream`);
    const isKnown = streamId % 2 === 1 && streamId <= this.#request.lastStream;
    if (!isOfConnection && !(type === 8 && streamId === 0) && !isKnown) {
      this.#fault(`type ${type} on stream ${streamId}, which nobody has begun`);
    }
  }

  #judgeFrame(frame: CutFrame): void {
    switch (frame.type) {
      case 0:
        return this.#streams.onData(frame);
      case 1:
        return this.#blocks.onHeaders(frame);
      case 3:
        return this.#streams.onReset(frame);
      case 4:
        return this.#control.onSettings(frame);
      case 6:
        return this.#control.onPing(frame);
      case 7:
        return this.#control.onGoaway(frame);
      case 8:
        return this.#control.onWindowUpdate(frame);
      case 9:
        return this.#blocks.onContinuation(frame);
      default:
        return this.#fault(`a frame of type ${frame.type}`);
    }
  }

  #fault(text: string): void {
    this.faults.push(text);
  }
}

import { AnswerLists } from "./connection_lists.ts";
import type { Http2Limits } from "./connection_limits.ts";
import { PeerSettings } from "./connection_settings.ts";
import { StreamTable } from "./connection_streams.ts";
import type { Duplex } from "./duplex.ts";
import type { ExchangeHandler, Peer } from "./exchange.ts";
import { ConnectionFault, Http2Code, StreamClosed } from "./fault.ts";
import { Flood, FloodMeter } from "./flood_meter.ts";
import { ReceiveWindow, SendWindow } from "./flow.ts";
import { FRAME_BYTES_MAX, WINDOW_BYTES_DEFAULT } from "./frame_types.ts";
import type { FrameWriter } from "./frame_writer.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import { HpackEncoder } from "./hpack_encoder.ts";
import { Output } from "./output.ts";
import type { BufferBudget, Holder } from "./output_budget.ts";
import { SendTurns } from "./output_turns.ts";
import type { Stream } from "./stream.ts";
import type { StreamHost, StreamOutcome } from "./stream_host.ts";

/** Bytes of our header table, whatever the peer would allow. */
export const TABLE_BYTES_MAX = 4096;

/** Bytes of the connection's window that a stream out of turn leaves to those that wait. */
const FAIR_BYTES = 128 * 1024;

/** Full DATA frames of ours as that many WINDOW_UPDATE frames: one or two of the stream, and of the connection. */
const UPDATES_PER_FRAME = 4;

/** What a connection is made of. */
export interface CoreOptions {
  readonly duplex: Duplex;
  readonly handler: ExchangeHandler;
  readonly peer: Peer;
  readonly limits: Http2Limits;
  readonly budget: BufferBudget;
  /** Milliseconds of a clock that never runs back. */
  readonly nowMs: () => number;
  /** A handler threw. */
  readonly onError: (error: unknown) => void;
  /** Everything is written. */
  readonly onWritten?: (() => void) | undefined;
  /** The duplex takes no more bytes. */
  readonly onBroken: (error: unknown) => void;
  /** The connection was given up, or a stream is over: it may be time to close. */
  readonly onChange: () => void;
}

/** What the parts of a connection share: its streams, windows, header tables and output. */
export class ConnectionCore implements StreamHost, Holder {
  readonly limits: Http2Limits;
  readonly output: Output;
  readonly frames: FrameWriter;
  readonly streams = new StreamTable();
  readonly turns = new SendTurns();
  readonly settings = new PeerSettings();
  readonly sendWindow = new SendWindow(WINDOW_BYTES_DEFAULT);
  readonly receiveWindow: ReceiveWindow;
  readonly meter: FloodMeter;
  readonly encoder = new HpackEncoder({ tableBytesMax: TABLE_BYTES_MAX });
  readonly #options: CoreOptions;
  readonly #answers = new AnswerLists();
  #buffered = 0;
  #fullFrames = 0;
  #pingsCredited = 0;
  #updatesCredited = 0;
  #refusals = 0;
  #metered = 0;
  #over = false;
  /** Whether the peer has acknowledged our settings. */
  settingsAcknowledged = false;
  /** The last stream that is answered though the connection is to end; undefined before the final GOAWAY. */
  lastAnswered: number | undefined;

  constructor(options: CoreOptions) {
    const { limits } = options;
    this.#options = options;
    this.limits = limits;
    this.receiveWindow = new ReceiveWindow(limits.connectionWindowBytes);
    this.meter = new FloodMeter([
      limits.resetsMax,
      limits.settingsMax,
      limits.pingsMax,
      limits.windowUpdatesMax,
      // Each stream may have been reset by its client while its end was on the way there.
      limits.chatterMax + 2 * limits.streamsMax,
      limits.emptyDataMax,
    ]);
    this.output = new Output({
      duplex: options.duplex,
      mark: limits.outputMark,
      fill: () => this.#fill(),
      onWritten: options.onWritten,
      onBroken: options.onBroken,
    });
    this.frames = this.output.frames;
    this.#metered = options.nowMs();
  }

  get peer(): Peer {
    return this.#options.peer;
  }

  get streamWindowBytes(): number {
    return this.limits.streamWindowBytes;
  }

  get bufferedMark(): number {
    return this.limits.streamBufferedMark;
  }

  get buffered(): number {
    return this.#buffered;
  }

  /** Whether it was given up: frames mean nothing any more. */
  get isOver(): boolean {
    return this.#over;
  }

  answerBlock(status: number, headers: HeaderPairs): Uint8Array {
    return this.encoder.encode(this.#answers.of(status, headers));
  }

  trailersBlock(trailers: HeaderPairs): Uint8Array {
    return this.encoder.encode(trailers);
  }

  touch(): void {
    this.output.touch();
  }

  sendsNow(bytes: number): boolean {
    const window = this.sendWindow.available;
    if (bytes > window || this.frames.length + bytes > this.limits.outputMark) return false;
    if (!this.turns.isEmpty && window < FAIR_BYTES) return false;
    if (bytes > FRAME_BYTES_MAX) return false;
    this.sendWindow.available = window - bytes;
    this.#fullFrames++;
    return true;
  }

  awaitTurn(stream: Stream): void {
    this.turns.add(stream);
    this.output.touch();
  }

  hold(stream: Stream, bytes: number): void {
    this.#buffered += bytes;
    this.#options.budget.change(this, bytes);
    if (bytes > 0 && this.#buffered > this.limits.connectionBufferedMax) {
      stream.reset(Http2Code.ENHANCE_YOUR_CALM);
    }
  }

  giveBack(bytes: number): void {
    // Behind the last GOAWAY nothing is said.
    if (this.#over) return;
    const increment = this.receiveWindow.giveBack(bytes);
    if (increment === 0) return;
    this.frames.windowUpdate(0, increment);
    this.output.touch();
  }

  widen(stream: Stream, increment: number): void {
    if (stream.closed) return;
    this.frames.windowUpdate(stream.id, increment);
    this.output.touch();
  }

  over(stream: Stream, { resetBy, isWasted }: StreamOutcome): void {
    this.streams.remove(stream.id, resetBy === "us");
    if (isWasted) this.#countReset();
    this.#options.onChange();
  }

  expel(): void {
    this.fail(
      new ConnectionFault(Http2Code.ENHANCE_YOUR_CALM, "too many bytes wait for this connection"),
    );
  }

  /** Calls the handler. */
  handle(stream: Stream): void {
    try {
      this.#options.handler(stream);
    } catch (error) {
      stream.reset(Http2Code.INTERNAL_ERROR);
      this.#options.onError(error);
    }
  }

  /** Resets a stream for a fault of the peer's, live or not. */
  resetStream(streamId: number, code: Http2Code): void {
    const stream = this.streams.get(streamId);
    if (stream !== undefined) return stream.reset(code);
    this.frames.rstStream(streamId, code);
    this.output.touch();
    this.streams.remove(streamId, true);
    this.#countReset();
  }

  /** Turns a stream away: as many are open as may be. */
  refuse(streamId: number): void {
    if (this.settingsAcknowledged) return this.resetStream(streamId, Http2Code.REFUSED_STREAM);
    this.frames.rstStream(streamId, Http2Code.REFUSED_STREAM);
    this.output.touch();
    this.streams.remove(streamId, true);
    if (++this.#refusals > this.limits.refusalsMax) this.#calm("streams beyond their bound");
  }

  /** Counts what a peer may do only so often. @throws {ConnectionFault} ENHANCE_YOUR_CALM. */
  count(kind: Flood, name: string): void {
    if (this.meter.count(kind) && this.#isTooMany(kind)) {
      throw new ConnectionFault(Http2Code.ENHANCE_YOUR_CALM, `too many ${name}`);
    }
  }

  /** Looks again at a level that is too high: whether time and what we sent ourselves lower it enough. */
  #isTooMany(kind: Flood): boolean {
    const nowMs = this.#options.nowMs();
    this.meter.elapsed(nowMs - this.#metered);
    this.#metered = nowMs;
    if (kind === Flood.PINGS) {
      this.meter.credit(kind, this.#fullFrames - this.#pingsCredited);
      this.#pingsCredited = this.#fullFrames;
    } else if (kind === Flood.WINDOW_UPDATES) {
      this.meter.credit(kind, UPDATES_PER_FRAME * (this.#fullFrames - this.#updatesCredited));
      this.#updatesCredited = this.#fullFrames;
    }
    return this.meter.isOver(kind);
  }

  /** Gives the connection up: says why, and ends all streams. Once. */
  fail(fault: ConnectionFault): void {
    if (this.#over) return;
    this.#over = true;
    this.frames.goaway(this.lastAnswered ?? this.streams.last, fault.code, fault.message);
    this.output.touch();
    this.abandon(new StreamClosed(fault.code, `the connection was ended: ${fault.message}`));
    this.#options.onChange();
  }

  /** All is answered and said: nothing more is taken. */
  finish(): void {
    this.#over = true;
  }

  /** Ends all streams without a word to the peer. */
  abandon(reason: StreamClosed): void {
    for (const stream of this.streams.all()) stream.abandon(reason);
  }

  #fill(): void {
    this.#fullFrames += this.turns.send(this.sendWindow, this.#isFull);
  }

  readonly #isFull = (): boolean => this.frames.length >= this.limits.outputMark;

  #countReset(): void {
    if (!this.meter.count(Flood.RESETS) || !this.#isTooMany(Flood.RESETS)) return;
    this.#calm("streams reset before their answer");
  }

  #calm(what: string): void {
    this.fail(new ConnectionFault(Http2Code.ENHANCE_YOUR_CALM, `too many ${what}`));
  }
}

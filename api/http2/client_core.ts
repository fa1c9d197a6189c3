import { CLIENT_STREAMS_UNTOLD } from "../limits.ts";
import type { ClientHost } from "./client_host.ts";
import type { ClientLimits } from "./client_limits.ts";
import { ClientStream } from "./client_stream.ts";
import { TABLE_BYTES_MAX } from "./connection_core.ts";
import { PeerSettings } from "./connection_settings.ts";
import type { Duplex } from "./duplex.ts";
import { ConnectionFault, ConnectionLost, Http2Code, RequestUnprocessed } from "./fault.ts";
import { Flood, FloodMeter } from "./flood_meter.ts";
import { ReceiveWindow, SendWindow } from "./flow.ts";
import { FRAME_BYTES_MAX, INT31_MAX, WINDOW_BYTES_DEFAULT } from "./frame_types.ts";
import type { FrameWriter } from "./frame_writer.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import { HpackEncoder } from "./hpack_encoder.ts";
import { Output } from "./output.ts";
import type { BufferBudget, Holder } from "./output_budget.ts";
import { SendTurns } from "./output_turns.ts";
import { StreamsById } from "./streams_by_id.ts";

/** A DATA frame of ours as that many WINDOW_UPDATE frames: one or two of the stream, and of the connection. */
const UPDATES_PER_FRAME = 4;

/** What a client's connection is made of. */
export interface ClientCoreOptions {
  readonly duplex: Duplex;
  readonly limits: ClientLimits;
  /** Milliseconds of a clock that never runs back. */
  readonly nowMs: () => number;
  /** The duplex takes no more bytes. */
  readonly onBroken: (error: unknown) => void;
  /** A stream is over, another may be opened, or the connection goes. */
  readonly onChange: () => void;
  /** What the requests and answers of several connections may hold together; without it each has its window alone. */
  readonly budget?: BufferBudget;
}

/** What the parts of a client's connection share: its streams, windows, header tables and output. */
export class ClientCore implements ClientHost, Holder {
  readonly limits: ClientLimits;
  readonly output: Output;
  readonly frames: FrameWriter;
  readonly settings = new PeerSettings();
  readonly turns = new SendTurns();
  readonly sendWindow = new SendWindow(WINDOW_BYTES_DEFAULT);
  readonly receiveWindow: ReceiveWindow;
  readonly encoder = new HpackEncoder({ tableBytesMax: TABLE_BYTES_MAX });
  readonly #options: ClientCoreOptions;
  readonly #streams = new StreamsById<ClientStream>();
  readonly #meter: FloodMeter;
  #meteredMs: number;
  #dataFrames = 0;
  #pingsCredited = 0;
  #updatesCredited = 0;
  #next = 1;
  /** Why no stream is opened any more. */
  #leaving: Error | undefined;
  #over = false;
  #buffered = 0;
  /** Whether the server has acknowledged our settings. */
  settingsAcknowledged = false;
  /** Whether a stream was answered: the server is one that works. */
  hasAnswered = false;

  constructor(options: ClientCoreOptions) {
    const { limits } = options;
    this.#options = options;
    this.limits = limits;
    this.receiveWindow = new ReceiveWindow(limits.connectionWindowBytes);
    this.#meter = new FloodMeter([
      limits.chatterMax,
      limits.settingsMax,
      limits.pingsMax,
      limits.windowUpdatesMax,
      // Each stream may have been reset by us while its end was on the way here.
      limits.chatterMax + 2 * limits.streamsMax,
      limits.emptyDataMax,
    ]);
    this.#meteredMs = options.nowMs();
    this.output = new Output({
      duplex: options.duplex,
      mark: limits.outputMark,
      fill: () => this.#fill(),
      onBroken: options.onBroken,
    });
    this.frames = this.output.frames;
  }

  get streamWindowBytes(): number {
    return this.limits.streamWindowBytes;
  }

  get bufferedMark(): number {
    return this.limits.streamBufferedMark;
  }

  /** Whether it was given up: frames mean nothing any more. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Why no stream is opened any more; undefined while some are. */
  get leaving(): Error | undefined {
    if (this.#next > INT31_MAX) {
      return new ConnectionLost(Http2Code.NO_ERROR, "all streams are used");
    }
    return this.#leaving;
  }

  /** Streams in flight. */
  get size(): number {
    return this.#streams.size;
  }

  /** Streams that may be opened besides. */
  get room(): number {
    const allowed = this.settings.streamsMax ?? CLIENT_STREAMS_UNTOLD;
    return Math.min(allowed, this.limits.streamsMax) - this.#streams.size;
  }

  all(): readonly ClientStream[] {
    return this.#streams.all();
  }

  get(id: number): ClientStream | undefined {
    return this.#streams.get(id);
  }

  /** Whether we have not begun it. */
  isIdle(id: number): boolean {
    return id >= this.#next || id % 2 === 0;
  }

  /** Sends the head of a request. @throws {RangeError} It cannot be encoded. */
  open(headers: HeaderPairs, { ended }: { readonly ended: boolean }): ClientStream {
    const block = this.encoder.encode(headers);
    const id = this.#next;
    this.#next += 2;
    const sendWindow = this.settings.initialWindowBytes;
    const headOnly = headers[0] === ":method" && headers[1] === "HEAD";
    const stream = new ClientStream(this, { id, sendWindow, ended, headOnly });
    this.#streams.add(stream);
    this.frames.headers(id, block, ended);
    this.touch();
    return stream;
  }

  touch(): void {
    this.output.touch();
  }

  sendsNow(bytes: number): boolean {
    const window = this.sendWindow.available;
    if (bytes > window || bytes > FRAME_BYTES_MAX || !this.turns.isEmpty) return false;
    if (this.frames.length + bytes > this.limits.outputMark) return false;
    this.sendWindow.available = window - bytes;
    this.#dataFrames++;
    return true;
  }

  awaitTurn(stream: ClientStream): void {
    this.turns.add(stream);
    this.touch();
  }

  /** Bytes of requests that wait for windows, and of answers that nobody has taken yet. */
  get buffered(): number {
    return this.#buffered;
  }

  hold(_stream: ClientStream, bytes: number): void {
    this.#buffered += bytes;
    this.#options.budget?.change(this, bytes);
  }

  /** It holds more than other connections, and all together too much. */
  expel(): void {
    const reason = new ConnectionLost(
      Http2Code.CANCEL,
      "more bytes wait than may, and most of them here",
    );
    // Not within the frame that was the last straw.
    queueMicrotask(() => this.#options.onBroken(reason));
  }

  giveBack(bytes: number): void {
    if (this.#over) return;
    const increment = this.receiveWindow.giveBack(bytes);
    if (increment === 0) return;
    this.frames.windowUpdate(0, increment);
    this.touch();
  }

  widen(stream: ClientStream, increment: number): void {
    if (stream.closed) return;
    this.frames.windowUpdate(stream.id, increment);
    this.touch();
  }

  over(stream: ClientStream): void {
    this.#streams.delete(stream.id);
    this.#options.onChange();
  }

  /** The server's settings, or its first words, have come. */
  changed(): void {
    this.#options.onChange();
  }

  /** Counts what a server may do only so often. @throws {ConnectionFault} ENHANCE_YOUR_CALM. */
  count(kind: Flood, name: string): void {
    if (!this.#meter.count(kind)) return;
    const nowMs = this.#options.nowMs();
    this.#meter.elapsed(nowMs - this.#meteredMs);
    this.#meteredMs = nowMs;
    if (kind === Flood.PINGS) {
      // Official servers measure the line by one for each DATA frame that comes.
      this.#meter.credit(kind, this.#dataFrames - this.#pingsCredited);
      this.#pingsCredited = this.#dataFrames;
    } else if (kind === Flood.WINDOW_UPDATES) {
      this.#meter.credit(kind, UPDATES_PER_FRAME * (this.#dataFrames - this.#updatesCredited));
      this.#updatesCredited = this.#dataFrames;
    }
    if (!this.#meter.isOver(kind)) return;
    throw new ConnectionFault(Http2Code.ENHANCE_YOUR_CALM, `too many ${name}`);
  }

  /** The server answers streams up to `last` and then closes. */
  goingAway(last: number, reason: ConnectionLost): void {
    this.leave(reason);
    for (const stream of this.#streams.all()) {
      if (stream.id > last) stream.abandon(new RequestUnprocessed(reason.code, reason.message));
    }
    this.#options.onChange();
  }

  /** Opens no stream any more. */
  leave(reason: Error): void {
    this.#leaving ??= reason;
  }

  /** Gives the connection up: says why, and ends all streams. Once. */
  fail(fault: ConnectionFault): void {
    if (this.#over) return;
    this.frames.goaway(0, fault.code, fault.message);
    this.touch();
    this.abandon(
      new ConnectionLost(fault.code, `the server broke a rule of HTTP/2: ${fault.message}`),
    );
  }

  /** Ends all streams, and takes nothing more, without a word to the server. */
  abandon(reason: Error): void {
    this.#over = true;
    this.leave(reason);
    for (const stream of this.#streams.all()) stream.abandon(reason);
    this.#options.onChange();
  }

  #fill(): void {
    this.#dataFrames += this.turns.send(this.sendWindow, this.#isFull);
  }

  readonly #isFull = (): boolean => this.frames.length >= this.limits.outputMark;
}

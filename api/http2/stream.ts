/**
 * One stream, as its two sides see it: an {@linkcode Exchange} for who answers, frames for the connection.
 *
 * The request is open until the peer's END_STREAM; the answer begins with `respond`, has ended when our
 * END_STREAM is among the frames on their way. The stream is over when both are, or when either side has reset
 * it; an answer that ends first resets it with NO_ERROR, as nobody reads the rest of the request.
 */
import type { Exchange } from "./exchange.ts";
import { Http2Code, StreamClosed } from "./fault.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import { IncomingBody } from "./stream_body.ts";
import { alreadyEnded, rejected, tell } from "./stream_failure.ts";
import type { StreamHost, StreamOutcome, StreamParts } from "./stream_host.ts";
import { AnswerQueue } from "./stream_queue.ts";
import { StreamRequest } from "./stream_request.ts";

const NO_HEADERS: HeaderPairs = [];
const NOTHING = new Uint8Array(0);
const DONE: StreamOutcome = { isWasted: false };
const CUT_SHORT: StreamOutcome = { resetBy: "us", isWasted: false };

export class Stream extends StreamRequest implements Exchange {
  readonly id: number;
  /** What the peer lets us send. May be below zero after a change of its settings. */
  sendWindow: number;
  /** Whether the connection has it among those that take turns. */
  inTurn = false;
  /** Bytes of the answer sent and of the request received when progress was last seen, and when. */
  markedBytes = -1;
  markedMs = 0;
  readonly #host: StreamHost;
  #body: IncomingBody<Stream> | undefined;
  #queue: AnswerQueue | undefined;
  #trailers: HeaderPairs | undefined;
  #onBroken: ((reason: Error) => void)[] | undefined;
  #broken: StreamClosed | undefined;
  #bytes = 0;
  #received = 0;
  #requestEnded: boolean;
  #responded = false;
  #ended = false;
  #closed = false;

  constructor(host: StreamHost, { id, head, sendWindow, ended }: StreamParts) {
    super(head, host.peer);
    this.id = id;
    this.sendWindow = sendWindow;
    this.#host = host;
    this.#requestEnded = ended;
  }

  get closed(): boolean {
    return this.#closed;
  }

  collect(bytesMax: number, done: (body: Uint8Array | undefined) => void): void {
    if (this.#closed) return;
    this.#invite();
    if (this.#body !== undefined || !this.#requestEnded) this.#input.collect(bytesMax, done);
    else done(NOTHING);
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#broken !== undefined) return rejected(this.#broken);
    if (this.#closed) return rejected(alreadyEnded());
    this.#invite();
    if (this.#body !== undefined || !this.#requestEnded) return this.#input.read();
    return Promise.resolve(undefined);
  }

  respond(status: number, headers: HeaderPairs, end = false): void {
    if (this.#closed) return;
    if (this.#responded) return this.#misused();
    let block: Uint8Array;
    try {
      block = this.#host.answerBlock(status, headers);
    } catch {
      return this.reset(Http2Code.INTERNAL_ERROR);
    }
    this.#responded = true;
    this.#host.frames.headers(this.id, block, end);
    this.#host.touch();
    if (end) this.#finish();
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#closed) return rejected(this.#broken ?? alreadyEnded());
    if (!this.#responded || this.#ended) {
      this.#misused();
      return rejected(this.#broken ?? alreadyEnded());
    }
    const { length } = bytes;
    if (length === 0 || this.head.method === "HEAD") return undefined;
    const host = this.#host;
    if (this.waiting === 0 && length <= this.sendWindow && host.sendsNow(length)) {
      this.sendWindow -= length;
      this.#bytes += length;
      host.frames.data(this.id, length, false);
      host.frames.append(bytes, 0, length);
      host.touch();
      return undefined;
    }
    return this.#wait(bytes);
  }

  end(trailers?: HeaderPairs): void {
    if (this.#closed || this.#ended) return;
    if (!this.#responded) return this.#misused();
    this.#ended = true;
    this.#trailers = trailers;
    if (this.waiting === 0) this.#sendEnd();
  }

  reset(code: Http2Code): void {
    if (this.#closed) return;
    this.#host.frames.rstStream(this.id, code);
    this.#host.touch();
    const isWasted = !this.#responded;
    this.#break(new StreamClosed(code, "the stream was reset by us"), { resetBy: "us", isWasted });
  }

  onBroken(listener: (reason: Error) => void): void {
    if (this.#broken !== undefined) return tell(listener, this.#broken);
    if (this.#closed) return;
    this.#onBroken ??= [];
    this.#onBroken.push(listener);
  }

  /** Bytes of the answer that wait for windows. */
  get waiting(): number {
    return this.#queue === undefined ? 0 : this.#queue.bytes;
  }

  /** Bytes that went through, both ways. */
  get moved(): number {
    return this.#bytes + this.#received;
  }

  /** Whether it is the peer's turn: to take an answer that is complete, or to send what somebody waits for. */
  get awaitsPeer(): boolean {
    if (this.#ended) return this.waiting > 0;
    return !this.#requestEnded && !this.#responded && this.#body?.isAwaited === true;
  }

  /** Whether the request is complete. */
  get requestEnded(): boolean {
    return this.#requestEnded;
  }

  /**
   * DATA: the payload lies from `start` to `end`, and `counted` bytes are taken from the windows.
   *
   * @returns Why the stream must be reset, or undefined.
   */
  receive(
    bytes: Uint8Array,
    { start, end, counted, last }: {
      readonly start: number;
      readonly end: number;
      readonly counted: number;
      readonly last: boolean;
    },
  ): Http2Code | undefined {
    const body = this.#input;
    this.#received += end - start;
    if (!this.#fitsLength(last)) return Http2Code.PROTOCOL_ERROR;
    if (last) {
      if (!body.allowLast(counted)) return Http2Code.FLOW_CONTROL_ERROR;
      this.#requestEnded = true;
      body.pushWhole(bytes, start, end);
      return undefined;
    }
    if (!body.allow(counted)) return Http2Code.FLOW_CONTROL_ERROR;
    if (counted > end - start) body.pad(counted - (end - start));
    body.push(bytes, start, end);
    return undefined;
  }

  /** Trailers came: the request is complete. @returns Why the stream must be reset, or undefined. */
  endRequest(): Http2Code | undefined {
    if (!this.#fitsLength(true)) return Http2Code.PROTOCOL_ERROR;
    this.#requestEnded = true;
    this.#body?.end();
    return undefined;
  }

  /** The peer has reset it. */
  wasReset(code: Http2Code): void {
    const isWasted = !this.#responded;
    this.#break(new StreamClosed(code, `the stream was reset by the peer, code ${code}`), {
      resetBy: "peer",
      isWasted,
    });
  }

  /** The connection is gone. */
  abandon(reason: StreamClosed): void {
    this.#break(reason, DONE);
  }

  /** Sends one frame of at most `allowed` bytes of what waits. @returns How many. */
  sendSome(allowed: number): number {
    const queue = this.#queue;
    if (queue === undefined) return 0;
    const cost = queue.cost;
    const { frames } = this.#host;
    const plain = this.#ended && this.#trailers === undefined;
    const count = queue.send(frames, this.id, Math.min(allowed, this.sendWindow), plain);
    this.sendWindow -= count;
    this.#bytes += count;
    this.#host.hold(this, queue.cost - cost);
    if (queue.bytes === 0 && this.#ended) {
      if (plain) this.#finish();
      else this.#sendEnd();
    } else if (queue.cost * 2 <= this.#host.bufferedMark) {
      queue.open();
    }
    return count;
  }

  get #input(): IncomingBody<Stream> {
    this.#body ??= new IncomingBody<Stream>(this.#host, this);
    return this.#body;
  }

  /** Tells a client that waits for it to send its body. */
  #invite(): void {
    if (!this.head.expectsContinue || this.#requestEnded || this.#responded) return;
    // What has come has made a body.
    if (this.#body !== undefined) return;
    this.#host.frames.headers(this.id, this.#host.answerBlock(100, NO_HEADERS), false);
    this.#host.touch();
  }

  /** Whether what has come agrees with content-length. */
  #fitsLength(last: boolean): boolean {
    const length = this.head.contentLength;
    return length === undefined || (last ? this.#received === length : this.#received <= length);
  }

  #wait(bytes: Uint8Array): Promise<void> | undefined {
    const queue = this.#queue ??= new AnswerQueue();
    const cost = queue.cost;
    queue.push(bytes);
    this.#host.awaitTurn(this);
    this.#host.hold(this, queue.cost - cost);
    if (this.#closed) return rejected(this.#broken ?? alreadyEnded());
    return queue.cost <= this.#host.bufferedMark ? undefined : queue.room();
  }

  #sendEnd(): void {
    const { frames } = this.#host;
    if (this.#trailers === undefined) {
      frames.data(this.id, 0, true);
    } else {
      let block: Uint8Array;
      try {
        block = this.#host.trailersBlock(this.#trailers);
      } catch {
        return this.reset(Http2Code.INTERNAL_ERROR);
      }
      frames.headers(this.id, block, true);
    }
    this.#host.touch();
    this.#finish();
  }

  /** Our END_STREAM is on its way. */
  #finish(): void {
    this.#closed = true;
    this.#onBroken = undefined;
    this.#queue?.open();
    this.#body?.break();
    if (this.#requestEnded) return this.#host.over(this, DONE);
    this.#host.frames.rstStream(this.id, Http2Code.NO_ERROR);
    this.#host.touch();
    this.#host.over(this, CUT_SHORT);
  }

  #break(reason: StreamClosed, outcome: StreamOutcome): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#broken = reason;
    const queue = this.#queue;
    this.#queue = undefined;
    if (queue !== undefined) {
      this.#host.hold(this, -queue.cost);
      queue.break(reason);
    }
    this.#body?.break(reason);
    const listeners = this.#onBroken;
    this.#onBroken = undefined;
    this.#host.over(this, outcome);
    if (listeners !== undefined) { for (const listener of listeners) tell(listener, reason); }
  }

  /** Called out of order: a fault of who answers, which must not look like an answer. */
  #misused(): void {
    this.reset(Http2Code.INTERNAL_ERROR);
  }
}

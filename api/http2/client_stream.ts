/**
 * One request of ours and its answer: read and written by who asks, moved by the frames of the connection.
 *
 * The request is open until {@linkcode ClientStream.end}, the answer until the server's END_STREAM. The stream is over when
 * both are, or when either side has reset it; an answer that ends before its request resets it, as nobody reads the rest.
 */
import type { AnswerHead } from "./answer_rules.ts";
import type { ClientHost } from "./client_host.ts";
import { Http2Code, RequestUnprocessed, StreamClosed } from "./fault.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import { IncomingBody } from "./stream_body.ts";
import { rejected } from "./stream_failure.ts";
import { AnswerQueue } from "./stream_queue.ts";

const NO_HEADERS: HeaderPairs = [];

/** What a stream begins with. */
export interface ClientStreamParts {
  readonly id: number;
  /** What the server's settings let us send. */
  readonly sendWindow: number;
  /** Whether the request has no body. */
  readonly ended: boolean;
  /** Whether it asks for the head of an answer alone: a length then speaks of what does not come. */
  readonly headOnly?: boolean;
}

export class ClientStream {
  readonly id: number;
  /** What the server lets us send. May be below zero after a change of its settings. */
  sendWindow: number;
  /** Whether the connection has it among those that take turns. */
  inTurn = false;
  readonly #host: ClientHost;
  readonly #answer = Promise.withResolvers<AnswerHead>();
  readonly #body: IncomingBody<ClientStream>;
  #head: AnswerHead | undefined;
  #trailers: HeaderPairs = NO_HEADERS;
  #queue: AnswerQueue | undefined;
  #received = 0;
  #endedWithHead = false;
  readonly #headOnly: boolean;
  #requestEnded: boolean;
  #closed = false;
  #broken: Error | undefined;

  constructor(host: ClientHost, { id, sendWindow, ended, headOnly = false }: ClientStreamParts) {
    this.id = id;
    this.sendWindow = sendWindow;
    this.#host = host;
    this.#requestEnded = ended;
    this.#headOnly = headOnly;
    this.#body = new IncomingBody<ClientStream>(host, this);
    // Who asked may never look.
    this.#answer.promise.catch(() => {});
  }

  /**
   * Status and headers, once they are here.
   *
   * @throws {RequestUnprocessed} The server has not looked at the request. @throws {StreamClosed} The stream was reset.
   * @throws {ConnectionLost}
   */
  get answer(): Promise<AnswerHead> {
    return this.#answer.promise;
  }

  /** What followed the body; empty before its end, and where nothing did. */
  get trailers(): HeaderPairs {
    return this.#trailers;
  }

  /** Whether nothing moves any more; what has come can still be read. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The next piece of the answer's body, undefined at its end. Taking a piece gives its bytes back to the server's window:
   * who does not read holds the server back.
   *
   * @throws As {@linkcode ClientStream.answer}.
   */
  read(): Promise<Uint8Array | undefined> {
    return this.#body.read();
  }

  /**
   * Queues bytes of the request, which belong to the stream from here on.
   *
   * @returns undefined while there is room; else a promise for room again, which a well-behaved writer awaits. It rejects
   *   once the stream is closed.
   */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#closed || this.#requestEnded) return rejected(this.#broken ?? overAlready());
    const { length } = bytes;
    if (length === 0) return undefined;
    if (this.#sends(bytes, false)) return undefined;
    const queue = this.#wait(bytes);
    return queue.cost <= this.#host.bufferedMark ? undefined : queue.room();
  }

  /** Ends the request after what is queued, and `bytes`. Ignored once closed or ended. */
  end(bytes?: Uint8Array): void {
    if (this.#closed || this.#requestEnded) return;
    if (bytes !== undefined && bytes.length > 0) {
      if (!this.#sends(bytes, true)) this.#wait(bytes);
    } else if (this.waiting === 0) {
      this.#host.frames.data(this.id, 0, true);
      this.#host.touch();
    }
    this.#requestEnded = true;
  }

  /** Ends the stream without its answer: what waits, both ways, is thrown away. Twice is once. */
  reset(code: Http2Code = Http2Code.CANCEL): void {
    if (!this.#closed) {
      this.#sayReset(code);
      this.#break(new StreamClosed(code, "the stream was reset by us"));
    }
    // An answer that was complete may still be here.
    this.#body.break(this.#broken);
  }

  /** Bytes of the request that wait for windows. */
  get waiting(): number {
    return this.#queue === undefined ? 0 : this.#queue.bytes;
  }

  /** HEADERS that begin the answer, or come before it. @returns Why the stream must be reset. */
  receiveHead(head: AnswerHead, last: boolean): string | undefined {
    if (head.status < 200) return last ? "an answer that ends before it begins" : undefined;
    this.#head = head;
    this.#answer.resolve(head);
    if (!last) return undefined;
    this.#endedWithHead = true;
    return this.#endAnswer(NO_HEADERS);
  }

  /** Whether the answer is its head alone, without a body or trailers. */
  get endedWithHead(): boolean {
    return this.#endedWithHead;
  }

  /** Whether the head of the answer is here. */
  get hasHead(): boolean {
    return this.#head !== undefined;
  }

  /** DATA: the payload lies from `start` to `end`, and `counted` bytes are taken from the windows. */
  receive(
    bytes: Uint8Array,
    { start, end, counted, last }: {
      readonly start: number;
      readonly end: number;
      readonly counted: number;
      readonly last: boolean;
    },
  ): StreamFailure | undefined {
    if (this.#head === undefined) return protocol("DATA before the head of an answer");
    const body = this.#body;
    this.#received += end - start;
    const length = this.#head.contentLength;
    if (length !== undefined && this.#received > length) {
      return protocol("more than content-length");
    }
    if (!(last ? body.allowLast(counted) : body.allow(counted))) {
      return { code: Http2Code.FLOW_CONTROL_ERROR, message: "DATA beyond the stream's window" };
    }
    if (!last && counted > end - start) body.pad(counted - (end - start));
    body.push(bytes, start, end);
    if (!last) return undefined;
    const fault = this.#endAnswer(NO_HEADERS);
    return fault === undefined ? undefined : protocol(fault);
  }

  /** HEADERS behind the body. @returns Why the stream must be reset. */
  receiveTrailers(trailers: HeaderPairs): string | undefined {
    return this.#endAnswer(trailers);
  }

  /** The server has broken a rule of the stream. */
  fail({ code, message }: StreamFailure): void {
    if (this.#closed) return;
    this.#sayReset(code);
    this.#break(new StreamClosed(code, `the server's answer is malformed: ${message}`));
  }

  /** The server has reset it. */
  wasReset(code: Http2Code): void {
    const message = `the stream was reset by the server, code ${code}`;
    this.#break(
      code === Http2Code.REFUSED_STREAM && this.#head === undefined
        ? new RequestUnprocessed(code, message)
        : new StreamClosed(code, message),
    );
  }

  /** The connection is gone, or the server will not look at the request. */
  abandon(reason: Error): void {
    this.#break(reason);
  }

  /** Sends one frame of at most `allowed` bytes of what waits. @returns How many. */
  sendSome(allowed: number): number {
    const queue = this.#queue;
    if (queue === undefined) return 0;
    const granted = Math.min(allowed, this.sendWindow);
    const { cost } = queue;
    const count = queue.send(this.#host.frames, this.id, granted, this.#requestEnded);
    this.sendWindow -= count;
    this.#host.hold(this, queue.cost - cost);
    if (queue.cost * 2 <= this.#host.bufferedMark) queue.open();
    return count;
  }

  /** Sends `bytes` at once where nothing is before them and the windows let them through. */
  #sends(bytes: Uint8Array, last: boolean): boolean {
    const { length } = bytes;
    const host = this.#host;
    if (this.waiting > 0 || length > this.sendWindow || !host.sendsNow(length)) return false;
    this.sendWindow -= length;
    host.frames.data(this.id, length, last);
    host.frames.append(bytes, 0, length);
    host.touch();
    return true;
  }

  /** Queues `bytes` for their turn. */
  #wait(bytes: Uint8Array): AnswerQueue {
    const queue = this.#queue ??= new AnswerQueue();
    const { cost } = queue;
    queue.push(bytes);
    this.#host.hold(this, queue.cost - cost);
    this.#host.awaitTurn(this);
    return queue;
  }

  /** The server's END_STREAM is here. @returns Why the stream must be reset instead. */
  #endAnswer(trailers: HeaderPairs): string | undefined {
    const length = this.#headOnly ? undefined : this.#head?.contentLength;
    if (length !== undefined && length !== this.#received) return "less than content-length";
    this.#trailers = trailers;
    if (!this.#requestEnded || this.waiting > 0) this.#sayReset(Http2Code.CANCEL);
    this.#close();
    this.#body.end();
    return undefined;
  }

  #sayReset(code: Http2Code): void {
    this.#host.frames.rstStream(this.id, code);
    this.#host.touch();
  }

  #close(): void {
    this.#closed = true;
    this.#drop(overAlready());
    this.#host.over(this);
  }

  /** Throws away what waits of the request. */
  #drop(reason: Error): void {
    const queue = this.#queue;
    if (queue === undefined) return;
    this.#queue = undefined;
    this.#host.hold(this, -queue.cost);
    queue.break(reason);
  }

  #break(reason: Error): void {
    if (this.#closed) return;
    this.#broken = reason;
    this.#answer.reject(reason);
    this.#body.break(reason);
    this.#drop(reason);
    this.#close();
  }
}

/** Why a stream must be reset. */
export interface StreamFailure {
  readonly code: Http2Code;
  readonly message: string;
}

function protocol(message: string): StreamFailure {
  return { code: Http2Code.PROTOCOL_ERROR, message };
}

function overAlready(): StreamClosed {
  return new StreamClosed(Http2Code.NO_ERROR, "the stream is over");
}

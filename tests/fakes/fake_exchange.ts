/** One request and its answer without HTTP/2: what the peer would do is done by the test. */
import type { Exchange, ExchangeHandler, Peer } from "../../api/http2/exchange.ts";
import { Http2Code, StreamClosed } from "../../api/http2/fault.ts";
import { type HeaderPairs, headerValue } from "../../api/http2/header_pairs.ts";

export interface FakeExchangeInit {
  readonly path: string;
  /** `POST` unless given. */
  readonly method?: string;
  /** Besides the content type, or all of them where `contentType` is null. */
  readonly headers?: HeaderPairs;
  /** `application/grpc` unless given; null is none. */
  readonly contentType?: string | null;
  /** A unix socket unless given. */
  readonly peer?: Peer;
  /** The whole request body; without it the test sends pieces. */
  readonly body?: Uint8Array;
}

const UNIX: Peer = { transport: "unix" };

export class FakeExchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly scheme = "http";
  readonly authority = "localhost";
  readonly headers: HeaderPairs;
  readonly peer: Peer;
  closed = false;
  /** Of the answer. */
  status: number | undefined;
  answerHeaders: HeaderPairs | undefined;
  /** What was written, one by one. */
  readonly written: Uint8Array[] = [];
  /** Of an answer that has ended; those of a trailers-only answer are its headers. */
  trailers: HeaderPairs | undefined;
  resetCode: number | undefined;
  /** Bytes the peer takes before writers must wait. */
  room = Infinity;
  #listeners: ((reason: Error) => void)[] = [];
  #pieces: Uint8Array[] = [];
  #requestEnded = false;
  #collects: { readonly bytesMax: number; readonly done: Done } | undefined;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #waiting = 0;
  #roomAgain: PromiseWithResolvers<void> | undefined;
  #broken: StreamClosed | undefined;
  #watchers: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  constructor(init: FakeExchangeInit) {
    const { contentType = "application/grpc", headers = [] } = init;
    this.path = init.path;
    this.method = init.method ?? "POST";
    this.headers = contentType === null ? headers : ["content-type", contentType, ...headers];
    this.peer = init.peer ?? UNIX;
    if (init.body === undefined) return;
    if (init.body.length > 0) this.#pieces.push(init.body);
    this.#requestEnded = true;
  }

  /** Begins, and hands itself to who answers. */
  static ask(handler: ExchangeHandler, init: FakeExchangeInit): FakeExchange {
    const exchange = new FakeExchange(init);
    handler(exchange);
    return exchange;
  }

  // What the handler does.

  collect(bytesMax: number, done: Done): void {
    if (this.closed) return;
    this.#collects = { bytesMax, done };
    this.#collected();
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.closed) return rejected(this.#broken ?? alreadyEnded());
    const piece = this.#pieces.shift();
    if (piece !== undefined || this.#requestEnded) return Promise.resolve(piece);
    this.#reader = Promise.withResolvers();
    this.#reader.promise.catch(() => {});
    this.#changed();
    return this.#reader.promise;
  }

  respond(status: number, headers: HeaderPairs, end = false): void {
    if (this.closed) return;
    if (this.status !== undefined) return this.reset(Http2Code.INTERNAL_ERROR);
    this.status = status;
    this.answerHeaders = headers;
    if (end) this.#end(headers);
    this.#changed();
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (!this.closed && this.status === undefined) this.reset(Http2Code.INTERNAL_ERROR);
    if (this.closed) return rejected(this.#broken ?? alreadyEnded());
    this.written.push(bytes);
    this.#waiting += bytes.length;
    if (this.#waiting > this.room && this.#roomAgain === undefined) {
      this.#roomAgain = Promise.withResolvers();
      this.#roomAgain.promise.catch(() => {});
    }
    this.#changed();
    return this.#roomAgain?.promise;
  }

  end(trailers: HeaderPairs = []): void {
    if (this.closed) return;
    if (this.status === undefined) return this.reset(Http2Code.INTERNAL_ERROR);
    this.#end(trailers);
    this.#changed();
  }

  reset(code: number): void {
    if (this.closed) return;
    this.resetCode = code;
    this.#break(new StreamClosed(code, "the stream was reset by us"));
  }

  onBroken(listener: (reason: Error) => void): void {
    if (this.#broken !== undefined) listener(this.#broken);
    else if (!this.closed) this.#listeners.push(listener);
  }

  // What the peer does.

  /** Sends a piece of the body. */
  send(piece: Uint8Array): void {
    if (this.#reader === undefined) this.#pieces.push(piece);
    else this.#reader.resolve(piece);
    this.#reader = undefined;
  }

  /** Ends the body. */
  sendEnd(): void {
    this.#requestEnded = true;
    this.#reader?.resolve(undefined);
    this.#reader = undefined;
    this.#collected();
  }

  /** Resets the stream. */
  leave(): void {
    if (this.closed) return;
    this.#break(new StreamClosed(Http2Code.CANCEL, "the stream was reset by the peer, code 8"));
  }

  /** Takes all that waits, and from now on `room` bytes. */
  take(room = Infinity): void {
    this.room = room;
    this.#waiting = 0;
    this.#roomAgain?.resolve();
    this.#roomAgain = undefined;
  }

  // What the test looks at.

  /** Whether a writer was told to wait. */
  get isBehind(): boolean {
    return this.#roomAgain !== undefined;
  }

  /** Whether somebody waits for more of the body. */
  get isRead(): boolean {
    return this.#reader !== undefined;
  }

  /** Resolves once `holds` does; looked at after all that the handler does. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push({ holds, resolve });
      this.#changed();
    });
  }

  /** Resolves when the exchange is over. */
  over(): Promise<void> {
    return this.until(() => this.closed);
  }

  /** A header of the answer. */
  header(name: string): string | undefined {
    return headerValue(this.answerHeaders ?? [], name);
  }

  /** A trailer of the answer. */
  trailer(name: string): string | undefined {
    return headerValue(this.trailers ?? [], name);
  }

  #collected(): void {
    const collects = this.#collects;
    if (collects === undefined || !this.#requestEnded || this.closed) return;
    this.#collects = undefined;
    const length = this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length > collects.bytesMax) return collects.done(undefined);
    const body = new Uint8Array(length);
    let at = 0;
    for (const piece of this.#pieces) {
      body.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    collects.done(body);
  }

  #end(trailers: HeaderPairs): void {
    this.trailers = trailers;
    this.closed = true;
    this.#listeners = [];
    this.#reader?.reject(alreadyEnded());
    this.#roomAgain?.resolve();
  }

  #break(reason: StreamClosed): void {
    this.closed = true;
    this.#broken = reason;
    this.#reader?.reject(reason);
    this.#roomAgain?.reject(reason);
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener(reason);
    this.#changed();
  }

  #changed(): void {
    const ready = this.#watchers.filter(({ holds }) => holds());
    this.#watchers = this.#watchers.filter((watcher) => !ready.includes(watcher));
    for (const { resolve } of ready) resolve();
  }
}

type Done = (body: Uint8Array | undefined) => void;

function alreadyEnded(): StreamClosed {
  return new StreamClosed(Http2Code.NO_ERROR, "the answer has ended");
}

function rejected(reason: Error): Promise<never> {
  const promise = Promise.reject(reason);
  promise.catch(() => {});
  return promise;
}

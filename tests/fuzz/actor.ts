/** Who answers an exchange, in one of many ways, right and wrong, and keeps account of what came of it. */
import type { Exchange } from "../../api/http2/exchange.ts";
import { StreamClosed } from "../../api/http2/fault.ts";
import { Stream } from "../../api/http2/stream.ts";
import { PATTERN_PERIOD } from "./answered_streams.ts";
import type { Draw } from "./draw.ts";

/** Bytes of one write, at most. */
const WRITE_BYTES_MAX = 60_000;

/** Bytes of all answers: the byte at `n` of stream `s` is (n + s) mod 251. */
const PATTERN = new Uint8Array(WRITE_BYTES_MAX + PATTERN_PERIOD)
  .map((_, index) => index % PATTERN_PERIOD);

const HEADERS = ["content-type", "application/grpc"];
const STATUS = ["grpc-status", "0"];
const MESSAGE = ["grpc-status", "5", "grpc-message", "not here", "x-latin", "\xe9"];

/** What a handler throws on purpose. */
export class HandlerFault extends Error {
  override readonly name = "HandlerFault";
}

export class Actor {
  readonly exchange: Exchange;
  readonly id: number;
  /** What came of the request: whole once `bodyEnded`. */
  readonly body: Uint8Array[] = [];
  bodyEnded = false;
  /** Bytes that were taken for the answer. */
  written = 0;
  ended = false;
  /** Whether it does what an exchange must be reset for. */
  isRough = false;
  broken = 0;
  /** Work of its own that waits for the exchange. */
  pending = 0;
  /** What that work met other than the end of the exchange. */
  readonly surprises: unknown[] = [];
  readonly #draw: Draw;
  readonly #kind: number;
  #step = 0;

  constructor(exchange: Exchange, draw: Draw) {
    this.exchange = exchange;
    this.id = exchange instanceof Stream ? exchange.id : 0;
    this.#draw = draw;
    this.#kind = draw.below(14);
    exchange.onBroken(() => this.broken++);
  }

  /** What is done within the call of the handler. */
  begin(): void {
    switch (this.#kind) {
      case 0:
      case 1:
        return this.#collect(1 << 20);
      case 2:
        this.#respond(this.#draw.once(2));
        this.#write(this.#draw.below(200));
        return this.#end(STATUS);
      case 3:
        this.#respond(true);
        return;
      case 4:
        this.#respond(false);
        this.#run(() => this.#stream());
        return;
      case 5:
        this.#run(() => this.#echo());
        return;
      case 6:
        return this.#collect(this.#draw.below(300));
      case 7:
        this.isRough = true;
        if (this.#draw.once(2)) this.#respond(false);
        throw new HandlerFault("on purpose");
      case 8:
        this.isRough = true;
        return this.exchange.reset(this.#draw.below(14));
      case 9:
        this.isRough = true;
        return this.#misuse();
    }
  }

  /** What is done later, once for each part of the client's bytes. */
  proceed(): void {
    if (this.exchange.closed) return;
    const step = this.#step++;
    switch (this.#kind) {
      case 10:
        if (step === 0) return this.#respond(false);
        if (step === 1) return void this.#write(this.#draw.below(1000));
        return this.#end(this.#draw.once(2) ? undefined : MESSAGE);
      case 11:
        if (this.pending === 0) this.#run(() => this.#readOne());
        return;
      case 12:
        this.isRough = true;
        return this.exchange.reset(this.#draw.below(14));
    }
  }

  #respond(end: boolean): void {
    this.exchange.respond(this.#draw.pick([200, 404, 204]), HEADERS, end);
    if (end) this.ended = true;
  }

  #write(length: number): Promise<void> | undefined {
    if (this.exchange.closed || this.ended) return undefined;
    const from = (this.id + this.written) % PATTERN_PERIOD;
    const room = this.exchange.write(PATTERN.subarray(from, from + length));
    if (this.exchange.method !== "HEAD") this.written += length;
    return room;
  }

  #end(trailers?: readonly string[]): void {
    this.exchange.end(trailers);
    this.ended = true;
  }

  #collect(bytesMax: number): void {
    this.exchange.collect(bytesMax, (body) => {
      if (body !== undefined) {
        this.body.push(body);
        this.bodyEnded = true;
      }
      this.#respond(false);
      this.#write(this.#draw.once(8) ? 20_000 : 113);
      this.#end(STATUS);
    });
  }

  async #stream(): Promise<void> {
    const isGreat = this.#draw.once(6);
    for (let left = 1 + this.#draw.below(6); left > 0; left--) {
      await this.#write(this.#draw.below(isGreat ? WRITE_BYTES_MAX : 300));
    }
    this.#end(this.#draw.once(2) ? undefined : STATUS);
  }

  async #echo(): Promise<void> {
    this.#respond(false);
    while (await this.#readOne()) await this.#write(50);
    this.#end(STATUS);
  }

  async #readOne(): Promise<boolean> {
    if (this.bodyEnded) return false;
    const piece = await this.exchange.read();
    if (piece === undefined) this.bodyEnded = true;
    else this.body.push(piece);
    return piece !== undefined;
  }

  #misuse(): void {
    switch (this.#draw.below(5)) {
      case 0:
        this.exchange.write(new Uint8Array(10));
        return;
      case 1:
        this.#respond(false);
        return this.#respond(false);
      case 2:
        return this.exchange.end(STATUS);
      case 3:
        return this.exchange.respond(200, ["a", "\u4e00"]);
      default:
        this.#respond(false);
        return this.#end(["a", "\u4e00"]);
    }
  }

  /** Runs on, and ends with the exchange: what it is told then is no fault. */
  #run(work: () => Promise<unknown>): void {
    this.pending++;
    work().catch((error: unknown) => {
      if (!(error instanceof StreamClosed)) this.surprises.push(error);
    }).finally(() => this.pending--);
  }
}

import type { Http2Connection, Http2Options } from "./connection.ts";
import { http2Limits } from "./connection_limits.ts";
import type { Duplex } from "./duplex.ts";
import { PREFACE } from "./frame_types.ts";

/** What the peer has said, and when it came. */
export interface Beginning {
  /** The preface, or what is none. */
  readonly bytes: Uint8Array;
  readonly sinceMs: number;
}

/**
 * A connection whose peer has said less than the preface of HTTP/2: it holds a few bytes, a read and a timer, as nothing
 * costs a stranger less than to connect and be silent. Tables and buffers are made when the preface is here, by `open`,
 * which also judges what is no preface.
 */
export class HalfOpenConnection implements Http2Connection {
  readonly #duplex: Duplex;
  readonly #options: Http2Options;
  readonly #open: (beginning: Beginning) => Http2Connection;
  readonly #bytes = new Uint8Array(PREFACE.length);
  readonly #wake = new AbortController();
  readonly #finished = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  #connection: Http2Connection | undefined;
  #closed = false;

  constructor(
    duplex: Duplex,
    options: Http2Options,
    open: (beginning: Beginning) => Http2Connection,
  ) {
    this.#duplex = duplex;
    this.#options = options;
    this.#open = open;
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  get released(): Promise<void> {
    return this.#released.promise;
  }

  get streams(): number {
    return this.#connection?.streams ?? 0;
  }

  get isUnused(): boolean {
    return this.#connection?.isUnused ?? !this.#closed;
  }

  get isIdle(): boolean {
    return this.#connection?.isIdle ?? !this.#closed;
  }

  /** Begins to listen. */
  start(): void {
    const { signal } = this.#options;
    if (signal.aborted) return this.cut();
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#read();
    this.#watch();
  }

  drain(): void {
    // Who has not said that it speaks HTTP/2 has asked for nothing, and would not understand a GOAWAY.
    if (this.#connection === undefined) this.cut();
    else this.#connection.drain();
  }

  cut(): void {
    if (this.#connection !== undefined) return this.#connection.cut();
    if (this.#closed) return;
    this.#leave();
    try {
      this.#duplex.close();
    } catch (error) {
      this.#options.onError?.(error);
    }
    this.#finished.resolve();
    this.#released.resolve();
  }

  readonly #onAbort = (): void => this.cut();

  async #read(): Promise<void> {
    const sinceMs = this.#options.clock.monotonicMs();
    const bytes = this.#bytes;
    let length = 0;
    try {
      while (length < bytes.length && this.#isPreface(length)) {
        const room = bytes.subarray(length);
        const count = await this.#duplex.read(room);
        if (this.#closed) return;
        if (count === null || !(count > 0 && count <= room.length)) return this.cut();
        length += count;
      }
    } catch {
      // The byte stream is broken, which is as good as its end.
      return this.cut();
    }
    this.#leave();
    const connection = this.#open({ bytes: bytes.subarray(0, length), sinceMs });
    this.#connection = connection;
    connection.finished.then(() => this.#finished.resolve());
    connection.released.then(() => this.#released.resolve());
  }

  #isPreface(length: number): boolean {
    for (let index = 0; index < length; index++) {
      if (this.#bytes[index] !== PREFACE[index]) return false;
    }
    return true;
  }

  async #watch(): Promise<void> {
    const { clock, peer, limits } = this.#options;
    const milliseconds = limits?.headerTimeoutMs ?? http2Limits(peer).headerTimeoutMs;
    try {
      await clock.sleep(milliseconds, { signal: this.#wake.signal });
    } catch {
      return; // It is over, or has begun.
    }
    this.cut();
  }

  /** Ends what waits here. */
  #leave(): void {
    this.#closed = true;
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#wake.abort();
  }
}

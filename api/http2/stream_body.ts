import { ReceiveWindow } from "./flow.ts";
import { alreadyEnded } from "./stream_failure.ts";
import type { BodyHost } from "./stream_host.ts";

/** Bytes of a piece that later small ones are added to: a byte a piece must not cost an object each. */
const PIECE_BYTES_LEAST = 4096;

type Done = (body: Uint8Array | undefined) => void;

/** A body as it comes in, of a request or of an answer, and who takes it. */
export class IncomingBody<Owner> {
  readonly #host: BodyHost<Owner>;
  readonly #stream: Owner;
  #window: ReceiveWindow | undefined;
  #ended = false;
  #broken: Error | undefined;
  /** Whole pieces for `read`, or the one being collected. */
  #pieces: Uint8Array[] = [];
  /** Bytes used of the last piece, which may have room. */
  #lastUsed = 0;
  #held = 0;
  #bytesMax = 0;
  #done: Done | undefined;
  #discards = false;
  /** Whether bytes are taken as they come. */
  #collected = false;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;

  constructor(host: BodyHost<Owner>, stream: Owner) {
    this.#host = host;
    this.#stream = stream;
  }

  /** Whether somebody waits for bytes of the peer. */
  get isAwaited(): boolean {
    return this.#done !== undefined || this.#reader !== undefined;
  }

  /** Counts a DATA frame. @returns Whether the stream's window allows it. */
  allow(bytes: number): boolean {
    if (bytes === 0) return true;
    this.#window ??= new ReceiveWindow(this.#host.streamWindowBytes);
    return this.#window.receive(bytes);
  }

  /** As {@linkcode RequestBody.allow}, of the last frame: what it takes of the window is never asked for again. */
  allowLast(bytes: number): boolean {
    return bytes <= (this.#window?.available ?? this.#host.streamWindowBytes);
  }

  /** Padding is nobody's: the stream's window has it back at once. */
  pad(bytes: number): void {
    this.#widen(bytes);
  }

  /** Takes the bytes from `start` to `end`, which are copied. */
  push(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length === 0) return;
    if (this.#discards) {
      this.#host.giveBack(length);
    } else if (this.#done !== undefined) {
      this.#taken(length);
      this.#add(bytes, start, end);
      if (this.#length > this.#bytesMax) this.#refuse();
    } else if (this.#reader !== undefined) {
      const reader = this.#reader;
      this.#reader = undefined;
      this.#taken(length);
      reader.resolve(new Uint8Array(bytes.subarray(start, end)));
    } else {
      this.#add(bytes, start, end);
    }
  }

  /** The whole body at once, nothing having come before it. */
  pushWhole(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const done = this.#done;
    if (done === undefined || this.#pieces.length > 0 || length > this.#bytesMax) {
      this.push(bytes, start, end);
      this.end();
      return;
    }
    this.#ended = true;
    this.#done = undefined;
    this.#host.giveBack(length);
    done(new Uint8Array(bytes.subarray(start, end)));
  }

  /** The body is complete. */
  end(): void {
    this.#ended = true;
    if (this.#done !== undefined) this.#finish(this.#done);
    this.#reader?.resolve(undefined);
    this.#reader = undefined;
  }

  /** The stream is over: nothing more comes, and what waits is thrown away. */
  break(reason?: Error): void {
    this.#done = undefined;
    // Windows of what nobody took.
    const untaken = this.#untaken;
    this.#drop();
    if (untaken > 0) this.#host.giveBack(untaken);
    if (this.#ended) return;
    this.#ended = true;
    this.#broken = reason;
    this.#reader?.reject(reason ?? alreadyEnded());
    this.#reader = undefined;
  }

  collect(bytesMax: number, done: Done): void {
    if (this.#broken !== undefined || this.#discards) return;
    this.#bytesMax = bytesMax;
    this.#done = done;
    const untaken = this.#untaken;
    if (this.#pieces.length > 1) this.#join();
    if (untaken > 0) this.#taken(untaken);
    if (this.#length > bytesMax) this.#refuse();
    // Holding the bytes may have been too much, and the stream broken by it.
    else if (this.#ended && this.#done !== undefined) this.#finish(done);
  }

  read(): Promise<Uint8Array | undefined> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      const taken = this.#pieces.length === 0 ? piece.subarray(0, this.#lastUsed) : piece;
      this.#hold(-piece.length);
      this.#taken(taken.length);
      return Promise.resolve(taken);
    }
    if (this.#ended && this.#broken === undefined) return Promise.resolve(undefined);
    const reader = Promise.withResolvers<Uint8Array | undefined>();
    // Who asked may have gone away; a rejection nobody hears must not end the process.
    reader.promise.catch(() => {});
    if (this.#broken !== undefined) {
      reader.reject(this.#broken);
    } else if (this.isAwaited) {
      reader.reject(
        new Error("Cannot read a body twice at once: one read or collect is under way"),
      );
    } else {
      this.#reader = reader;
    }
    return reader.promise;
  }

  /** Bytes here whose window the peer does not have back. */
  get #untaken(): number {
    return this.#collected ? 0 : this.#length;
  }

  /** Bytes here. */
  get #length(): number {
    let length = 0;
    for (const piece of this.#pieces) length += piece.length;
    const last = this.#pieces.at(-1);
    return last === undefined ? 0 : length - last.length + this.#lastUsed;
  }

  #finish(done: Done): void {
    const piece = this.#pieces[0];
    const body = piece === undefined ? new Uint8Array(0) : piece.subarray(0, this.#lastUsed);
    this.#done = undefined;
    this.#drop();
    done(body);
  }

  #refuse(): void {
    const done = this.#done;
    this.#done = undefined;
    this.#discards = true;
    this.#drop();
    done?.(undefined);
  }

  /** Puts pieces into one. */
  #join(): void {
    const joined = new Uint8Array(this.#length);
    const last = this.#pieces.length - 1;
    let at = 0;
    for (const [index, piece] of this.#pieces.entries()) {
      const part = index === last ? piece.subarray(0, this.#lastUsed) : piece;
      joined.set(part, at);
      at += part.length;
    }
    this.#drop();
    this.#pieces = [joined];
    this.#lastUsed = joined.length;
    this.#hold(joined.length);
  }

  /** Adds bytes to the last piece where it has room or all go into one, else as another. */
  #add(bytes: Uint8Array, start: number, end: number): void {
    const part = bytes.subarray(start, end);
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.length - this.#lastUsed >= part.length) {
      last.set(part, this.#lastUsed);
      this.#lastUsed += part.length;
      return;
    }
    if (last !== undefined && this.#done !== undefined) {
      const grown = new Uint8Array(Math.max(2 * last.length, this.#lastUsed + part.length));
      grown.set(last.subarray(0, this.#lastUsed));
      grown.set(part, this.#lastUsed);
      this.#pieces[0] = grown;
      this.#lastUsed += part.length;
      this.#hold(grown.length - last.length);
      return;
    }
    if (last !== undefined && this.#lastUsed < last.length) {
      this.#pieces[this.#pieces.length - 1] = last.subarray(0, this.#lastUsed);
      this.#hold(this.#lastUsed - last.length);
    }
    const piece = new Uint8Array(Math.max(PIECE_BYTES_LEAST, part.length));
    piece.set(part);
    this.#pieces.push(piece);
    this.#lastUsed = part.length;
    this.#hold(piece.length);
  }

  #taken(bytes: number): void {
    if (this.#done !== undefined) this.#collected = true;
    this.#host.giveBack(bytes);
    this.#widen(bytes);
  }

  #widen(bytes: number): void {
    if (this.#ended) return;
    const increment = this.#window?.giveBack(bytes) ?? 0;
    if (increment > 0) this.#host.widen(this.#stream, increment);
  }

  #drop(): void {
    this.#pieces = [];
    this.#lastUsed = 0;
    this.#hold(-this.#held);
  }

  #hold(bytes: number): void {
    if (bytes === 0) return;
    this.#held += bytes;
    this.#host.hold(this.#stream, bytes);
  }
}

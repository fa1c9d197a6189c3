import type { Duplex } from "./duplex.ts";
import { FrameWriter } from "./frame_writer.ts";

/** Rounds of microtasks without a new frame after which a turn counts as over. */
const QUIET_ROUNDS = 3;

/** Rounds after which what is there goes out though more keeps coming. */
const ROUNDS_MAX = 32;

/** What the output needs of its connection. */
export interface OutputOptions {
  readonly duplex: Duplex;
  /** Bytes behind the present write from which on the connection should read no more. */
  readonly mark: number;
  /** Called before each write: adds frames of who waits for room. */
  readonly fill: () => void;
  /** Called when everything is written, and more may come. */
  readonly onWritten?: (() => void) | undefined;
  /** The duplex takes no more. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * Frames on their way out: all of one turn leave in one write, and one write is under way at a time.
 * Nothing here ever throws or rejects.
 */
export class Output {
  readonly frames = new FrameWriter();
  readonly #options: OutputOptions;
  #scheduled = false;
  #touched = false;
  #rounds = 0;
  #quiet = 0;
  #rest: Uint8Array | undefined;
  #written = 0;
  #closed = false;
  #room: (() => void)[] = [];
  readonly #settled = Promise.withResolvers<void>();

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** Whether a write is under way. */
  get isWriting(): boolean {
    return this.#rest !== undefined;
  }

  /** Bytes taken by the duplex so far. */
  get written(): number {
    return this.#written;
  }

  /** Whether so much waits behind a write that no more should be asked for. */
  get isCongested(): boolean {
    return this.#rest !== undefined && this.frames.length > this.#options.mark;
  }

  /** Tells that there are frames, or bytes waiting for room: they go out when the turn is over. */
  touch(): void {
    this.#touched = true;
    if (this.#scheduled || this.#rest !== undefined || this.#closed) return;
    this.#scheduled = true;
    this.#rounds = 0;
    this.#quiet = 0;
    queueMicrotask(this.#round);
  }

  /** Resolves when a write is done, or none will be any more. */
  room(): Promise<void> {
    if (this.#rest === undefined || this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#room.push(resolve));
  }

  /** Resolves once it is closed and no write is under way: the duplex holds nothing of it any more. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Ends it: what is not out stays here. A write under way goes on until the duplex ends it. */
  close(): void {
    this.#closed = true;
    if (this.#rest === undefined) this.#settled.resolve();
    this.#wake();
  }

  readonly #round = (): void => {
    this.#quiet = this.#touched ? 0 : this.#quiet + 1;
    this.#touched = false;
    if (this.#quiet < QUIET_ROUNDS && this.#rounds++ < ROUNDS_MAX) {
      queueMicrotask(this.#round);
      return;
    }
    this.#scheduled = false;
    this.#flush();
  };

  /** Nothing while a write is under way: who fills a write touches it, and so sets out on a round that ends behind it. */
  #flush(): void {
    if (this.#rest !== undefined || this.#closed) return;
    this.#options.fill();
    if (this.frames.length === 0) return;
    this.#rest = this.frames.take();
    this.#write(this.#rest);
  }

  #write(bytes: Uint8Array): void {
    try {
      this.#options.duplex.write(bytes).then(this.#wrote, this.#failed);
    } catch (error) {
      this.#failed(error);
    }
  }

  readonly #wrote = (count: number): void => {
    const rest = this.#rest;
    if (rest === undefined) return;
    if (!(count > 0 && count <= rest.length)) {
      this.#failed(new RangeError(`a write of ${rest.length} bytes took ${count}`));
      return;
    }
    this.#written += count;
    if (count < rest.length && !this.#closed) {
      this.#rest = rest.subarray(count);
      this.#write(this.#rest);
      return;
    }
    this.#rest = undefined;
    this.frames.returned();
    if (this.#closed) this.#settled.resolve();
    else this.#flush();
    if (this.#rest === undefined && !this.#closed) this.#options.onWritten?.();
    this.#wake();
  };

  readonly #failed = (error: unknown): void => {
    this.#rest = undefined;
    this.#wake();
    if (this.#closed) this.#settled.resolve();
    else this.#options.onBroken(error);
  };

  #wake(): void {
    if (this.#room.length === 0) return;
    const waiting = this.#room;
    this.#room = [];
    for (const resolve of waiting) resolve();
  }
}

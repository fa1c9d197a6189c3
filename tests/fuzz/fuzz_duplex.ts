/** A byte stream that keeps the contract of `Duplex` in every way that it allows. */
import type { Duplex } from "../../api/http2/duplex.ts";
import type { Draw } from "./draw.ts";

/** Bytes that come in small pieces where that was drawn; the rest of a long request would only take time. */
const SMALL_BYTES_MAX = 1000;

export interface DuplexOptions {
  readonly draw: Draw;
  /** Bytes that the server is about to read. */
  readonly onRead: (bytes: Uint8Array) => void;
  /** Bytes that it has written. */
  readonly onWritten: (bytes: Uint8Array) => void;
  /** It broke the contract. */
  readonly onMisuse: (text: string) => void;
}

type Reading = { readonly into: Uint8Array; readonly done: PromiseWithResolvers<number | null> };
type Writing = { readonly bytes: Uint8Array; readonly done: PromiseWithResolvers<number> };

export class FuzzDuplex implements Duplex {
  closed = false;
  /** Whether a write or a read has failed. */
  broken = false;
  readonly #options: DuplexOptions;
  readonly #readMost: number;
  readonly #writing: "at once" | "in pieces" | "later" | "fails";
  #incoming: Uint8Array[] = [];
  #ended = false;
  #reading: Reading | undefined;
  #held: Writing | undefined;
  #isWriting = false;
  #delivered = 0;

  constructor(options: DuplexOptions) {
    const { draw } = options;
    this.#options = options;
    this.#readMost = draw.pick([1 << 20, 1 << 20, 1 << 20, 100, 20, 1]);
    const way = draw.below(32);
    this.#writing = way === 0 ? "fails" : way < 5 ? "later" : way < 9 ? "in pieces" : "at once";
  }

  /** Whether writes wait, so that time can run out before the last one. */
  get isSlow(): boolean {
    return this.#writing === "later";
  }

  /** Whether the server has read all there is and written all it has. */
  get isQuiet(): boolean {
    return this.#incoming.length === 0 && this.#held === undefined && !this.#isWriting;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#incoming.push(bytes);
    this.#serve();
  }

  end(): void {
    this.#ended = true;
    this.#serve();
  }

  fail(): void {
    this.broken = true;
    this.#reading?.done.reject(new Error("connection reset"));
    this.#reading = undefined;
  }

  /** Takes the write that was held back. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#taken(held, held.bytes.length);
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#reading !== undefined) this.#options.onMisuse("two reads at once");
    if (into.length === 0) this.#options.onMisuse("a read of nothing");
    const done = Promise.withResolvers<number | null>();
    this.#reading = { into, done };
    if (this.broken) this.fail();
    else this.#serve();
    return done.promise;
  }

  write(bytes: Uint8Array): Promise<number> {
    const { draw, onMisuse } = this.#options;
    if (this.#isWriting) onMisuse("two writes at once");
    if (bytes.length === 0) onMisuse("a write of nothing");
    if (this.closed) onMisuse("a write behind close()");
    const writing: Writing = { bytes, done: Promise.withResolvers<number>() };
    this.#isWriting = true;
    if (this.#writing === "later") this.#held = writing;
    else if (this.#writing === "at once") this.#taken(writing, bytes.length);
    else if (this.#writing === "fails" && draw.once(3)) {
      this.broken = true;
      this.#isWriting = false;
      writing.done.reject(new Error("broken pipe"));
    } else this.#taken(writing, 1 + draw.below(bytes.length));
    return writing.done.promise;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#reading?.done.resolve(null);
    this.#reading = undefined;
    this.#held?.done.reject(new Error("closed"));
    this.#held = undefined;
    this.#isWriting = false;
  }

  /** Looks at the bytes only now: until a write is done they are to be left alone. */
  #taken({ bytes, done }: Writing, count: number): void {
    this.#options.onWritten(bytes.slice(0, count));
    this.#isWriting = false;
    done.resolve(count);
  }

  #serve(): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    const first = this.#incoming[0];
    if (first === undefined) {
      if (!this.#ended) return;
      this.#reading = undefined;
      return reading.done.resolve(null);
    }
    this.#reading = undefined;
    const most = this.#delivered > SMALL_BYTES_MAX ? 1 << 20 : this.#readMost;
    const count = Math.min(first.length, reading.into.length, most > 100 ? most : 1 + this.#some());
    const bytes = first.subarray(0, count);
    this.#delivered += count;
    if (count < first.length) this.#incoming[0] = first.subarray(count);
    else this.#incoming.shift();
    reading.into.set(bytes);
    this.#options.onRead(bytes);
    reading.done.resolve(count);
  }

  #some(): number {
    return this.#options.draw.below(this.#readMost);
  }
}

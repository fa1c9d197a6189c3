/** A byte stream in memory with its two ends, which hold a writer back while nobody reads. */
import type { Duplex } from "../../api/http2/duplex.ts";

/** Bytes that wait in one direction before a writer must: as a socket of the kernel has. */
const BUFFERED_MAX = 64 * 1024;

/** Two ends. */
export interface DuplexPair {
  readonly client: Duplex;
  readonly server: Duplex;
}

export function duplexPair(): DuplexPair {
  const [up, down] = [new Pipe(), new Pipe()];
  const end = (from: Pipe, to: Pipe): Duplex => ({
    read: (into) => from.read(into),
    write: (bytes) => to.write(bytes),
    close() {
      from.close();
      to.close();
    },
  });
  return { client: end(down, up), server: end(up, down) };
}

class Pipe {
  #bytes: Uint8Array[] = [];
  #length = 0;
  #closed = false;
  #reader: { into: Uint8Array; resolve: (count: number | null) => void } | undefined;
  #writer: (() => void) | undefined;

  read(into: Uint8Array): Promise<number | null> {
    return new Promise((resolve) => {
      this.#reader = { into, resolve };
      this.#serve();
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#closed) return Promise.reject(new Error("broken pipe"));
    const count = Math.min(bytes.length, BUFFERED_MAX);
    this.#bytes.push(bytes.slice(0, count));
    this.#length += count;
    this.#serve();
    if (this.#length <= BUFFERED_MAX) return Promise.resolve(count);
    return new Promise((resolve, reject) => {
      this.#writer = () => this.#closed ? reject(new Error("broken pipe")) : resolve(count);
    });
  }

  close(): void {
    this.#closed = true;
    this.#serve();
    this.#writer?.();
  }

  #serve(): void {
    if (this.#reader === undefined) return;
    const { into, resolve } = this.#reader;
    const first = this.#bytes.shift();
    if (first === undefined) {
      if (!this.#closed) return;
      this.#reader = undefined;
      return resolve(null);
    }
    this.#reader = undefined;
    const count = Math.min(first.length, into.length);
    into.set(first.subarray(0, count));
    if (count < first.length) this.#bytes.unshift(first.subarray(count));
    this.#length -= count;
    if (this.#length <= BUFFERED_MAX) this.#writer?.();
    resolve(count);
  }
}

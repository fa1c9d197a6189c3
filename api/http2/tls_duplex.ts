import type { Duplex } from "./duplex.ts";

/** Of a `TLSSocket` of `node:tls`, what is used; so this file needs no more than its caller has. */
export interface TlsSocket {
  read(): Uint8Array | null;
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  destroy(): void;
  on(event: "readable" | "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * A TLS connection as a byte stream. Reading is by demand: what nobody reads holds the peer back, but for the bytes
 * that the socket buffers itself. A failure of TLS is the end of the stream.
 */
export function tlsDuplex(socket: TlsSocket): Duplex {
  return new TlsDuplex(socket);
}

class TlsDuplex implements Duplex {
  readonly #socket: TlsSocket;
  #rest: Uint8Array | undefined;
  #over = false;
  #reader: ((count: number | null) => void) | undefined;
  #into: Uint8Array | undefined;
  #writer: ((error: Error) => void) | undefined;

  constructor(socket: TlsSocket) {
    this.#socket = socket;
    socket.on("readable", () => this.#serve());
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    // Without a listener it would end the process; "close" follows.
    socket.on("error", () => this.#end());
  }

  read(into: Uint8Array): Promise<number | null> {
    return new Promise((resolve) => {
      this.#into = into;
      this.#reader = resolve;
      this.#serve();
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(new Error("Cannot write: the connection has ended"));
      this.#writer = reject;
      // The socket may still look at the bytes after it says that they are written.
      this.#socket.write(bytes.slice(), (error) => {
        this.#writer = undefined;
        if (error) reject(error);
        else resolve(bytes.length);
      });
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  #serve(): void {
    const into = this.#into;
    if (this.#reader === undefined || into === undefined) return;
    const bytes = this.#rest ?? this.#socket.read();
    if (bytes === null) {
      if (this.#over) this.#settle(null);
      return;
    }
    const count = Math.min(bytes.length, into.length);
    into.set(bytes.subarray(0, count));
    this.#rest = count < bytes.length ? bytes.subarray(count) : undefined;
    this.#settle(count);
  }

  #end(): void {
    this.#over = true;
    this.#serve();
    this.#writer?.(new Error("Cannot write: the connection has ended"));
    this.#writer = undefined;
  }

  #settle(count: number | null): void {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#into = undefined;
    reader?.(count);
  }
}

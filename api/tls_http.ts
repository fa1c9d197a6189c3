/**
 * HTTP/1.1 of TLS connections. Deno serves sockets of its own alone, so the bytes go through one on loopback to the
 * listener of clear HTTP, which has the time-outs and bounds. Who comes to it from elsewhere has no certificate.
 */
import type { TLSSocket } from "node:tls";
import type { Clock, Log } from "../runtime/core/ports.ts";
import type { Arrival } from "./api.ts";
import { listenTcp, type TcpLimits, type TcpListening } from "./listen_tcp.ts";
import { tlsDuplex } from "./http2/tls_duplex.ts";

/** Bytes of one read, either way. */
const READ_BYTES = 16 * 1024;

/** What the bridge needs. */
export interface TlsHttpOptions {
  handle(request: Request, arrival: Arrival): Promise<Response>;
  readonly limits?: TcpLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the listener on loopback. */
  readonly signal: AbortSignal;
}

/** A connection that is carried. */
export interface CarriedConnection {
  /** Resolves when it is closed. Never rejects. */
  readonly finished: Promise<void>;
  cut(): void;
}

/** Carries connections. Nothing listens before the first. */
export class TlsHttp {
  readonly #options: TlsHttpOptions;
  /** By the port on loopback that a connection comes from. */
  readonly #arrivals = new Map<number, Arrival>();
  #listening: TcpListening | undefined;

  constructor(options: TlsHttpOptions) {
    this.#options = options;
  }

  /** Resolves when the listener on loopback is closed. */
  get closed(): Promise<void> {
    return this.#listening?.closed ?? Promise.resolve();
  }

  /** Carries a connection whose handshake is done. */
  carry(socket: TLSSocket, arrival: Arrival): CarriedConnection {
    const outer = tlsDuplex(socket);
    const over = new AbortController();
    const cut = (): void => {
      over.abort();
      outer.close();
    };
    const finished = this.#carry({ socket, outer, arrival, over: over.signal })
      .catch(() => {}) // One of the two is gone, and takes the other with it.
      .then(cut);
    return { finished, cut };
  }

  #listen(): TcpListening {
    return this.#listening ??= listenTcp({
      ...this.#options,
      hostname: "127.0.0.1",
      port: 0,
      arrivalOf: ({ port }) => this.#arrivals.get(port) ?? { transport: "tls" },
    });
  }

  async #carry({ socket, outer, arrival, over }: {
    readonly socket: TLSSocket;
    readonly outer: ReturnType<typeof tlsDuplex>;
    readonly arrival: Arrival;
    readonly over: AbortSignal;
  }): Promise<void> {
    const { port, hostname } = this.#listen();
    const inner = await Deno.connect({ transport: "tcp", hostname, port });
    let isOpen = true;
    const close = (): void => {
      if (isOpen) inner.close();
      isOpen = false;
    };
    over.addEventListener("abort", close, { once: true });
    if (over.aborted) return close();
    // Nothing is sent before it is known who sends it.
    const from = inner.localAddr.port;
    this.#arrivals.set(from, arrival);
    try {
      inner.setNoDelay(true);
      const sent = copied(outer, inner).then(() => isOpen ? inner.closeWrite() : undefined);
      const answered = copied(inner, outer);
      sent.catch(close);
      await answered;
      // The last bytes, and TLS's own word that there are no more.
      await new Promise<void>((resolve) => socket.end(() => resolve()));
    } finally {
      close();
      this.#arrivals.delete(from);
    }
  }
}

async function copied(
  from: { read(into: Uint8Array): Promise<number | null> },
  to: { write(bytes: Uint8Array): Promise<number> },
): Promise<void> {
  const buffer = new Uint8Array(READ_BYTES);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
  }
}

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

/**
 * Who is behind a connection on loopback, by the whole address it comes from: a stranger on the same machine may have the
 * same port at 127.0.0.2.
 */
export class LoopbackArrivals {
  readonly #known = new Map<string, Arrival>();

  /** Knows the end of a connection until it is disposed of: to be done when that is closed. */
  add(address: Deno.NetAddr, arrival: Arrival): Disposable {
    const end = endOf(address);
    this.#known.set(end, arrival);
    return { [Symbol.dispose]: () => void this.#known.delete(end) };
  }

  /** Of a stranger it is somebody on TLS without a certificate, who is let in nowhere. */
  of(address: Deno.NetAddr): Arrival {
    return this.#known.get(endOf(address)) ?? { transport: "tls" };
  }
}

function endOf({ hostname, port }: Deno.NetAddr): string {
  return `${hostname} ${port}`;
}

/** Carries connections. Nothing listens before the first. */
export class TlsHttp {
  readonly #options: TlsHttpOptions;
  readonly #arrivals = new LoopbackArrivals();
  #listening: TcpListening | undefined;

  constructor(options: TlsHttpOptions) {
    this.#options = options;
  }

  /** Resolves when the listener on loopback is closed. */
  get closed(): Promise<void> {
    return this.#listening?.closed ?? Promise.resolve();
  }

  /** Ends a connection that waits for its next request. @returns Whether there was one. */
  makeRoom(): boolean {
    return this.#listening?.makeRoom() ?? false;
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
      arrivalOf: (address) => this.#arrivals.of(address),
      // All come by loopback, and from wherever they are carried from.
      isOwn: () => false,
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
    using _known = this.#arrivals.add(inner.localAddr, arrival);
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

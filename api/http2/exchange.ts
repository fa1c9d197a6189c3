import type { Http2Code } from "./fault.ts";
import type { HeaderPairs } from "./header_pairs.ts";

/** One request and its answer: a stream of HTTP/2, seen by who answers it. */
export interface Exchange {
  readonly method: string;
  /** As sent: path and query. */
  readonly path: string;
  readonly scheme: string;
  /** `:authority`, else `host`, else empty. */
  readonly authority: string;
  /** Without pseudo-headers. Valid by RFC 9113 §8.2. */
  readonly headers: HeaderPairs;
  /** Who sends it: what the listener says of the connection. */
  readonly peer: Peer;

  /**
   * Collects the whole request body and calls `done` with it, at once where it is already here.
   * At most one of `collect` and `read` is used. Over `bytesMax` bytes `done` gets undefined, once,
   * and what comes after is thrown away. Never called after the stream was reset.
   */
  collect(bytesMax: number, done: (body: Uint8Array | undefined) => void): void;

  /**
   * The next piece of the request body, undefined at its end. Taking a piece gives its bytes back
   * to the peer's window: who does not read holds the sender back.
   *
   * @throws {StreamClosed} The stream was reset, or the connection is gone.
   */
  read(): Promise<Uint8Array | undefined>;

  /** Sends status and headers, and ends the answer with them when `end`. Ignored once the stream is closed. */
  respond(status: number, headers: HeaderPairs, end?: boolean): void;

  /**
   * Queues bytes of the answer, which belong to the exchange from here on. After `respond`.
   *
   * @returns undefined while there is room; else a promise for room again, which a well-behaved
   *   writer awaits. It rejects with StreamClosed.
   */
  write(bytes: Uint8Array): Promise<void> | undefined;

  /** Ends the answer after what is queued, with trailers if given. Ignored once closed. */
  end(trailers?: HeaderPairs): void;

  /** Resets the stream with `code`. What is queued is thrown away. Ignored once closed. */
  reset(code: Http2Code): void;

  /** Whether the stream is over: answered and ended, or reset by either side. */
  readonly closed: boolean;

  /**
   * Calls `listener` once when the stream ends before the answer does: reset by the peer, or the
   * connection is gone. At once if that has happened. A callback, since an AbortSignal costs a microsecond
   * and most calls never look.
   */
  onBroken(listener: (reason: Error) => void): void;
}

/** The other end of a connection, as the listener knows it. */
export interface Peer {
  readonly transport: "unix" | "tcp" | "tls" | "apid";
  /** Address of the client; absent on unix sockets. */
  readonly client?: string;
  /** Whom its certificate names, on TLS: verified, and the same object for all of a connection. */
  readonly certificate?: { readonly name: string; readonly organizations: readonly string[] };
}

/** Answers exchanges: called when the headers are in. Must not throw; what it throws resets the stream with INTERNAL_ERROR. */
export type ExchangeHandler = (exchange: Exchange) => void;

/** One connection to the machine, of calls that come and go. */
import type { Clock } from "../../runtime/core/ports.ts";
import type { ClientStream } from "../http2/client_stream.ts";
import { ConnectionLost, Http2Code } from "../http2/fault.ts";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import type { Http2Client } from "../http2/http2_client.ts";
import type { BufferBudget, Holder } from "../http2/output_budget.ts";

/** Bytes of an answer that are read away for a caller who has left: what anybody may ask is answered with some hundred. */
const READ_AWAY_BYTES_MAX = 64 * 1024;

/** A call's hold on a connection. */
export interface Upstream {
  /**
   * Whether calls of others may be on the connection, which must not be cut for what one of them does: a call sends no body
   * of its caller's, and is reset only by way of {@linkcode Upstream.leave}.
   */
  readonly isShared: boolean;
  /**
   * Begins the call.
   *
   * @param bytesKept What its caller keeps for it until it has begun.
   * @throws As {@linkcode Http2Client.request}.
   */
  request(
    headers: HeaderPairs,
    ended: boolean,
    bytesKept?: number,
  ): ClientStream | Promise<ClientStream>;
  /**
   * Nobody wants the rest of the answer. The call is reset; on a shared connection its short answer is read away instead,
   * since the machine cuts a connection on which too many are reset.
   */
  leave(stream: ClientStream): void;
  /** The call is over. @param error What it failed with: after the loss of a connection the next call makes another. */
  release(error?: unknown): void;
}

/** What it stands on. */
export interface UpstreamConnectionParts {
  readonly client: Http2Client;
  /** What it shares with the client and all others. */
  readonly budget: BufferBudget;
  readonly clock: Clock;
  readonly idleMs: number;
  readonly isShared: boolean;
  /** The address of whose it is, where that is one caller's. */
  readonly caller: string | undefined;
  /** Called when no call may begin on it any more. */
  readonly onRetired: () => void;
}

export class UpstreamConnection implements Holder {
  readonly #parts: UpstreamConnectionParts;
  readonly #over = new AbortController();
  #calls = 0;
  #idleSinceMs: number;
  #retired = false;
  #buffered = 0;

  constructor(parts: UpstreamConnectionParts) {
    this.#parts = parts;
    this.#idleSinceMs = parts.clock.monotonicMs();
    this.#watch();
  }

  get caller(): string | undefined {
    return this.#parts.caller;
  }

  /** Calls that are not over. */
  get calls(): number {
    return this.#calls;
  }

  get isIdle(): boolean {
    return this.#calls === 0;
  }

  /** Whether no call may begin on it any more. */
  get isRetired(): boolean {
    return this.#retired;
  }

  hold(): Upstream {
    const { client, isShared } = this.#parts;
    let isHeld = true;
    let away: Promise<void> | undefined;
    this.#calls++;
    return {
      isShared,
      request: (headers, ended, bytesKept = 0) => {
        const begun = client.request(headers, { ended });
        return begun instanceof Promise && bytesKept > 0 ? this.#kept(begun, bytesKept) : begun;
      },
      leave: (stream) => {
        if (!isShared) stream.reset(Http2Code.CANCEL);
        else away ??= readAway(stream);
      },
      release: (error) => {
        if (!isHeld) return;
        isHeld = false;
        if (away === undefined) this.#released(error);
        else away.then(() => this.#released(error));
      },
    };
  }

  /** Bytes that are kept for calls which have not begun. */
  get buffered(): number {
    return this.#buffered;
  }

  /** More is kept than may be, and most of it here. */
  expel(): void {
    queueMicrotask(() => this.close());
  }

  async #kept(begun: Promise<ClientStream>, bytes: number): Promise<ClientStream> {
    this.#keep(bytes);
    try {
      return await begun;
    } finally {
      this.#keep(-bytes);
    }
  }

  #keep(bytes: number): void {
    this.#buffered += bytes;
    this.#parts.budget.change(this, bytes);
  }

  /** Takes no further call, and closes when the last one is over. */
  retire(): void {
    this.#retired = true;
    this.#parts.onRetired();
    if (this.isIdle) this.close();
  }

  close(): void {
    this.#retired = true;
    this.#parts.onRetired();
    this.#over.abort();
    this.#parts.client.close();
  }

  #released(error: unknown): void {
    this.#calls--;
    if (error instanceof ConnectionLost) this.retire();
    if (this.#calls > 0) return;
    this.#idleSinceMs = this.#parts.clock.monotonicMs();
    if (this.#retired) this.close();
  }

  /** Closes it once nothing was asked for long enough. One timer for all calls, which costs them nothing. */
  async #watch(): Promise<void> {
    const { clock, idleMs } = this.#parts;
    let leftMs = idleMs;
    while (!this.#over.signal.aborted) {
      try {
        await clock.sleep(leftMs, { signal: this.#over.signal });
      } catch {
        return; // Closed.
      }
      const sinceMs = clock.monotonicMs() - this.#idleSinceMs;
      if (this.isIdle && sinceMs >= idleMs) return this.retire();
      leftMs = this.isIdle ? idleMs - sinceMs : idleMs;
    }
  }
}

/** Never rejects. */
async function readAway(stream: ClientStream): Promise<void> {
  try {
    let length = 0;
    for (let piece = await stream.read(); piece !== undefined; piece = await stream.read()) {
      length += piece.length;
      if (length > READ_AWAY_BYTES_MAX) break;
    }
  } catch {
    // The machine has ended it, or it is being read.
  }
  // Of one that is over it is nothing.
  stream.reset(Http2Code.CANCEL);
}

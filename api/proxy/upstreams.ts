/**
 * Connections to the machine's API, one for each connection of a caller, made at its first call.
 *
 * One for all would be one for the worst of them: who reads slowly would hold the window of everybody's answers, and who
 * resets by the hundred would have the connection cut that everybody's calls are on. One each costs two descriptors and some
 * 30 kB, for as long as there are calls; and all bounds that the machine keeps to a connection stay bounds of one caller.
 */
import type { Clock, Random } from "../../runtime/core/ports.ts";
import type { Dial } from "../client/dial.ts";
import { ConnectionLost, Http2Code, TooManyWaiting } from "../http2/fault.ts";
import type { HeaderPairs } from "../http2/header_pairs.ts";
import type { ClientStream } from "../http2/client_stream.ts";
import { type Http2Client, http2Client } from "../http2/http2_client.ts";
import { BufferBudget } from "../http2/output_budget.ts";
import {
  PROXY_BUFFERED_MAX,
  UPSTREAM_IDLE_MS,
  UPSTREAM_STREAM_WINDOW_BYTES,
  UPSTREAMS_MAX,
  UPSTREAMS_STRANGERS_MAX,
} from "../limits.ts";

/** What they stand on. */
export interface UpstreamsOptions {
  /** Makes a byte stream to the machine. */
  readonly dial: Dial;
  readonly clock: Clock;
  readonly random: Random;
  /** Bounds other than those of limits.ts. */
  readonly connectionsMax?: number;
  readonly idleMs?: number;
  readonly bufferedMax?: number;
}

/** A call's hold on a connection. */
export interface Upstream {
  /** Begins the call. @throws As {@linkcode Http2Client.request}. */
  request(headers: HeaderPairs, ended: boolean): ClientStream | Promise<ClientStream>;
  /** The call is over. @param error What it failed with: after the loss of a connection the next call makes another. */
  release(error?: unknown): void;
}

/** The connections of one proxy. */
export class Upstreams implements Disposable {
  readonly #options: UpstreamsOptions;
  readonly #budget: BufferBudget;
  readonly #named: Pool;
  /** For what anybody may ask: nothing else is asked on the few that are kept for it. */
  readonly #strangers: Pool = pool(UPSTREAMS_STRANGERS_MAX);
  readonly #closed = new AbortController();

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    this.#named = pool(options.connectionsMax ?? UPSTREAMS_MAX);
    this.#budget = new BufferBudget(options.bufferedMax ?? PROXY_BUFFERED_MAX);
  }

  /** Connections that calls may be begun on. */
  get size(): number {
    return this.#named.open.size + this.#strangers.open.size;
  }

  /** Bytes of answers that wait for their readers. */
  get buffered(): number {
    return this.#budget.bytes;
  }

  /**
   * Takes hold of a caller's connection, which {@linkcode Upstream.release} lets go of.
   *
   * @param peer The same object for all of its connection.
   * @param isOpen Whether anybody may ask what is asked: for that a few connections are kept.
   * @throws {TooManyWaiting} As many are in use as may. @throws {ConnectionLost} All were closed.
   */
  take(peer: object, isOpen = false): Upstream {
    if (this.#closed.signal.aborted) throw closing();
    const from = isOpen ? this.#strangers : this.#named;
    let connection = from.known.get(peer);
    if (connection === undefined || connection.isRetired) {
      makeRoom(from);
      connection = this.#made(from);
      from.known.set(peer, connection);
    }
    return connection.hold();
  }

  /** Ends all calls. */
  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(closing());
    for (const { open } of [this.#named, this.#strangers]) {
      for (const connection of [...open]) connection.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #made({ open }: Pool): Connection {
    const { dial, clock, random, idleMs = UPSTREAM_IDLE_MS } = this.#options;
    const limits = { streamWindowBytes: UPSTREAM_STREAM_WINDOW_BYTES };
    const client = http2Client({ dial, clock, random, limits, budget: this.#budget });
    const connection = new Connection(client, {
      clock,
      idleMs,
      onRetired: () => open.delete(connection),
    });
    open.add(connection);
    return connection;
  }
}

/** Connections of some callers. */
interface Pool {
  /** By the caller's connection. */
  readonly known: WeakMap<object, Connection>;
  /** Those that calls may still be begun on, the oldest first. */
  readonly open: Set<Connection>;
  readonly most: number;
}

function pool(most: number): Pool {
  return { known: new WeakMap(), open: new Set(), most };
}

/** Has the oldest idle one give way. @throws {TooManyWaiting} There is none. */
function makeRoom({ open, most }: Pool): void {
  if (open.size < most) return;
  for (const connection of open) {
    if (!connection.isIdle) continue;
    connection.retire();
    return;
  }
  throw new TooManyWaiting(`all ${most} connections to the machine are in use`);
}

interface ConnectionParts {
  readonly clock: Clock;
  readonly idleMs: number;
  /** Called when no call may begin on it any more. */
  readonly onRetired: () => void;
}

/** One connection, of calls that come and go. */
class Connection {
  readonly #client: Http2Client;
  readonly #parts: ConnectionParts;
  readonly #over = new AbortController();
  #calls = 0;
  #idleSinceMs: number;
  #retired = false;

  constructor(client: Http2Client, parts: ConnectionParts) {
    this.#client = client;
    this.#parts = parts;
    this.#idleSinceMs = parts.clock.monotonicMs();
    this.#watch();
  }

  get isIdle(): boolean {
    return this.#calls === 0;
  }

  /** Whether no call may begin on it any more. */
  get isRetired(): boolean {
    return this.#retired;
  }

  hold(): Upstream {
    this.#calls++;
    let isHeld = true;
    return {
      request: (headers, ended) => this.#client.request(headers, { ended }),
      release: (error) => {
        if (!isHeld) return;
        isHeld = false;
        this.#calls--;
        if (error instanceof ConnectionLost) this.retire();
        if (this.#calls > 0) return;
        this.#idleSinceMs = this.#parts.clock.monotonicMs();
        if (this.#retired) this.close();
      },
    };
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
    this.#client.close();
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

function closing(): ConnectionLost {
  return new ConnectionLost(Http2Code.CANCEL, "the proxy ends");
}

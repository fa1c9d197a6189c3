/**
 * Connections to the machine's API, one for each connection of a caller, made at its first call.
 *
 * One for all would be one for the worst of them: who reads slowly would hold the window of everybody's answers, and who
 * resets by the hundred would have the connection cut that everybody's calls are on. One each costs two descriptors and some
 * 30 kB, for as long as there are calls; and all bounds that the machine keeps to a connection stay bounds of one caller.
 * What anybody may ask is short and says nothing of its caller: those calls share a few.
 */
import type { Clock, Random } from "../../runtime/core/ports.ts";
import type { Dial } from "../client/dial.ts";
import type { ForwardedOrigin } from "../forwarded.ts";
import { ConnectionLost, Http2Code, TooManyWaiting } from "../http2/fault.ts";
import { http2Client } from "../http2/http2_client.ts";
import { BufferBudget } from "../http2/output_budget.ts";
import {
  PROXY_BUFFERED_MAX,
  UPSTREAM_IDLE_MS,
  UPSTREAM_SHARED_CALLS_MAX,
  UPSTREAM_STREAM_WINDOW_BYTES,
  UPSTREAMS_MAX,
  UPSTREAMS_PER_CLIENT_MAX,
  UPSTREAMS_STRANGERS_MAX,
} from "../limits.ts";
import { type Upstream, UpstreamConnection } from "./upstream_connection.ts";

/** What they stand on. */
export interface UpstreamsOptions {
  /** Makes a byte stream to the machine. */
  readonly dial: Dial;
  readonly clock: Clock;
  readonly random: Random;
  /** Bounds other than those of limits.ts. */
  readonly connectionsMax?: number;
  readonly perClientMax?: number;
  readonly strangersMax?: number;
  readonly idleMs?: number;
  readonly bufferedMax?: number;
}

/** The connections of one proxy. */
export class Upstreams implements Disposable {
  readonly #options: UpstreamsOptions;
  readonly #budget: BufferBudget;
  readonly #named: Pool;
  /** For what anybody may ask: nothing else is asked on the few that are kept for it. */
  readonly #strangers: Pool;
  readonly #closed = new AbortController();

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    this.#named = pool(options.connectionsMax ?? UPSTREAMS_MAX);
    this.#strangers = pool(options.strangersMax ?? UPSTREAMS_STRANGERS_MAX);
    this.#budget = new BufferBudget(options.bufferedMax ?? PROXY_BUFFERED_MAX);
  }

  /** Connections that calls may be begun on. */
  get size(): number {
    return this.#named.open.size + this.#strangers.open.size;
  }

  /** Bytes of requests and answers that wait for their readers. */
  get buffered(): number {
    return this.#budget.bytes;
  }

  /**
   * Takes hold of a caller's connection, which {@linkcode Upstream.release} lets go of.
   *
   * @param peer The same object for all of its connection.
   * @param isOpen Whether anybody may ask what is asked: for that a few connections are kept, and shared.
   * @throws {TooManyWaiting} As many are in use as may. @throws {ConnectionLost} All were closed.
   */
  take(peer: ForwardedOrigin, isOpen = false): Upstream {
    if (this.#closed.signal.aborted) throw closing();
    return (isOpen ? this.#ofAnybody(peer) : this.#ofCaller(peer)).hold();
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

  #ofCaller(peer: ForwardedOrigin): UpstreamConnection {
    const pool = this.#named;
    const known = pool.known.get(peer);
    if (known !== undefined && !known.isRetired) return known;
    const { perClientMax = UPSTREAMS_PER_CLIENT_MAX } = this.#options;
    makeRoomOf(pool, peer.client, perClientMax);
    if (!hasRoom(pool)) {
      throw new TooManyWaiting(`all ${pool.most} connections to the machine are in use`);
    }
    return this.#made(pool, peer, false);
  }

  #ofAnybody(peer: ForwardedOrigin): UpstreamConnection {
    const pool = this.#strangers;
    const known = pool.known.get(peer);
    if (known !== undefined && takesMore(known)) return known;
    if (hasRoom(pool)) return this.#made(pool, peer, true);
    const least = leastBusy(pool);
    if (least === undefined || !takesMore(least)) {
      const most = pool.most * UPSTREAM_SHARED_CALLS_MAX;
      throw new TooManyWaiting(`all ${most} places for what anybody may ask are in use`);
    }
    pool.known.set(peer, least);
    return least;
  }

  #made({ open, known }: Pool, peer: ForwardedOrigin, isShared: boolean): UpstreamConnection {
    const { dial, clock, random, idleMs = UPSTREAM_IDLE_MS } = this.#options;
    const limits = { streamWindowBytes: UPSTREAM_STREAM_WINDOW_BYTES };
    const budget = this.#budget;
    const connection = new UpstreamConnection({
      client: http2Client({ dial, clock, random, limits, budget }),
      budget,
      clock,
      idleMs,
      isShared,
      caller: isShared ? undefined : peer.client,
      onRetired: () => open.delete(connection),
    });
    open.add(connection);
    known.set(peer, connection);
    return connection;
  }
}

/** Connections of some callers. */
interface Pool {
  /** By the caller's connection. */
  readonly known: WeakMap<object, UpstreamConnection>;
  /** Those that calls may still be begun on, the oldest first. */
  readonly open: Set<UpstreamConnection>;
  readonly most: number;
}

function pool(most: number): Pool {
  return { known: new WeakMap(), open: new Set(), most };
}

/** Whether another may be made; where there are as many as may be, the oldest idle one gives way. */
function hasRoom({ open, most }: Pool): boolean {
  if (open.size < most) return true;
  for (const connection of open) {
    if (!connection.isIdle) continue;
    connection.retire();
    return true;
  }
  return false;
}

/** Has the oldest idle one of an address give way that has as many as it may. @throws {TooManyWaiting} It has none. */
function makeRoomOf({ open }: Pool, client: string | undefined, most: number): void {
  if (client === undefined || open.size < most) return;
  const own = [...open].filter(({ caller }) => caller === client);
  if (own.length < most) return;
  const idle = own.find(({ isIdle }) => isIdle);
  if (idle === undefined) {
    throw new TooManyWaiting(`${client} has ${most} connections in use, and may have no more`);
  }
  idle.retire();
}

function takesMore({ isRetired, calls }: UpstreamConnection): boolean {
  return !isRetired && calls < UPSTREAM_SHARED_CALLS_MAX;
}

function leastBusy({ open }: Pool): UpstreamConnection | undefined {
  let found: UpstreamConnection | undefined;
  for (const connection of open) {
    if (found === undefined || connection.calls < found.calls) found = connection;
  }
  return found;
}

function closing(): ConnectionLost {
  return new ConnectionLost(Http2Code.CANCEL, "the proxy ends");
}

/**
 * A client of one server: one connection, made when the first request needs it and again after it was lost, shared by all
 * requests.
 *
 * A request goes out at once where the connection has room; else it waits, in the order of coming, for a stream or for the
 * connection. Attempts to connect keep a growing distance; whoever waits for one that fails is told why, so that nobody
 * waits for more than one. What is lost with a connection is not sent again here: who asks knows whether it may be.
 */
import type { Clock, Random } from "../../runtime/core/ports.ts";
import {
  CLIENT_DIAL_TIMEOUT_MS,
  CLIENT_REDIAL_FACTOR,
  CLIENT_REDIAL_JITTER,
  CLIENT_REDIAL_MS_MAX,
  CLIENT_REDIAL_MS_MIN,
  CLIENT_WAITING_MAX,
} from "../limits.ts";
import { type ClientConnection, clientHttp2 } from "./client_connection.ts";
import type { ClientLimits } from "./client_limits.ts";
import type { ClientStream } from "./client_stream.ts";
import { ClientQueue, type ClientTurn } from "./client_queue.ts";
import type { Duplex } from "./duplex.ts";
import { ConnectionLost, Http2Code } from "./fault.ts";
import type { HeaderPairs } from "./header_pairs.ts";
import type { BufferBudget } from "./output_budget.ts";

/** What a client needs. */
export interface Http2ClientOptions {
  /** Makes a byte stream to the server. What it throws is told to who waits. */
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
  readonly clock: Clock;
  readonly random: Random;
  /** Bounds of each connection other than those of limits.ts. */
  readonly limits?: Partial<ClientLimits>;
  /** What the requests and answers of several clients may hold together. */
  readonly budget?: BufferBudget;
  /** Requests that may wait; that of limits.ts unless given. */
  readonly waitingMax?: number;
}

/** How a request begins. */
export interface RequestOptions {
  /** Whether it has no body. */
  readonly ended: boolean;
  /** Ends the wait for a stream. The stream itself is ended by who has it. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends requests to one server. */
export interface Http2Client extends Disposable {
  /**
   * Begins a request.
   *
   * @param headers Pseudo-headers first.
   * @returns The stream, at once where there is room.
   * @throws {ConnectionLost} No connection, or the client was closed. @throws {TooManyWaiting}
   * @throws {RangeError} A header cannot be encoded. @throws The signal's reason. Thrown or a rejection.
   */
  request(headers: HeaderPairs, options: RequestOptions): ClientStream | Promise<ClientStream>;
  /** Requests that wait for a stream. */
  readonly waiting: number;
  /** Connections made so far. */
  readonly connections: number;
  /** Ends all requests; nothing is dialled any more. */
  close(): void;
}

/** Makes a client; nothing is dialled before the first request. */
export function http2Client(options: Http2ClientOptions): Http2Client {
  return new ReconnectingClient(options);
}

class ReconnectingClient implements Http2Client {
  readonly #options: Http2ClientOptions;
  readonly #queue: ClientQueue;
  readonly #closed = new AbortController();
  /** All that are not finished; the last one takes requests unless it leaves. */
  readonly #open = new Set<ClientConnection>();
  #current: ClientConnection | undefined;
  #dialing = false;
  #failures = 0;
  #connections = 0;

  constructor(options: Http2ClientOptions) {
    this.#options = options;
    this.#queue = new ClientQueue(options.waitingMax ?? CLIENT_WAITING_MAX);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get connections(): number {
    return this.#connections;
  }

  request(headers: HeaderPairs, options: RequestOptions): ClientStream | Promise<ClientStream> {
    options.signal?.throwIfAborted();
    if (this.#closed.signal.aborted) throw closedByUs();
    const current = this.#usable();
    if (current !== undefined && current.room > 0 && this.#queue.length === 0) {
      return current.open(headers, options);
    }
    const stream = this.#queue.wait(headers, options);
    if (current === undefined) this.#dial();
    return stream;
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(closedByUs());
    for (const connection of this.#open) connection.cut(closedByUs());
    this.#queue.refuse(closedByUs());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #usable(): ClientConnection | undefined {
    return this.#current?.leaving === undefined ? this.#current : undefined;
  }

  /** Gives who waits what there is, and dials where there is nothing. */
  #serve(): void {
    const current = this.#usable();
    if (current === undefined) {
      if (this.#queue.length > 0) this.#dial();
      return;
    }
    while (current.room > 0) {
      const turn = this.#queue.next();
      if (turn === undefined) return;
      this.#give(current, turn);
    }
  }

  #give(connection: ClientConnection, { headers, options, resolve, reject }: ClientTurn): void {
    try {
      resolve(connection.open(headers, options));
    } catch (error) {
      reject(error);
    }
  }

  async #dial(): Promise<void> {
    if (this.#dialing || this.#closed.signal.aborted) return;
    this.#dialing = true;
    try {
      this.#adopt(await this.#connected());
    } catch (error) {
      this.#failures++;
      this.#queue.refuse(unreachable(error));
    } finally {
      this.#dialing = false;
    }
    this.#serve();
  }

  async #connected(): Promise<Duplex> {
    const { clock, dial } = this.#options;
    const { signal } = this.#closed;
    if (this.#failures > 0) await clock.sleep(this.#distanceMs(), { signal });
    const late = new AbortController();
    const onClose = (): void => late.abort(signal.reason);
    signal.addEventListener("abort", onClose, { once: true });
    const given = Promise.withResolvers<never>();
    late.signal.addEventListener("abort", () => given.reject(late.signal.reason), { once: true });
    const done = new AbortController();
    clock.sleep(CLIENT_DIAL_TIMEOUT_MS, { signal: done.signal }).then(
      () => late.abort(new Error(`no connection in ${CLIENT_DIAL_TIMEOUT_MS / 1000} s`)),
      () => {},
    );
    const dialled = dial(late.signal);
    try {
      return await Promise.race([dialled, given.promise]);
    } catch (error) {
      // What comes about too late is of no use.
      dialled.then((duplex) => duplex.close(), () => {});
      throw error;
    } finally {
      done.abort();
      signal.removeEventListener("abort", onClose);
    }
  }

  /** Milliseconds to stay away after that many failures in a row. */
  #distanceMs(): number {
    const { random } = this.#options;
    const grown = CLIENT_REDIAL_MS_MIN * CLIENT_REDIAL_FACTOR ** (this.#failures - 1);
    const chance = random.uint32() / 2 ** 31 - 1;
    return Math.min(grown, CLIENT_REDIAL_MS_MAX) * (1 + CLIENT_REDIAL_JITTER * chance);
  }

  #adopt(duplex: Duplex): void {
    if (this.#closed.signal.aborted) return duplex.close();
    const { clock, limits, budget } = this.#options;
    this.#connections++;
    const connection = clientHttp2(duplex, {
      clock,
      ...(limits === undefined ? {} : { limits }),
      ...(budget === undefined ? {} : { budget }),
      onChange: () => this.#changed(connection),
    });
    this.#open.add(connection);
    this.#current = connection;
    connection.finished.then(() => this.#open.delete(connection));
  }

  #changed(connection: ClientConnection): void {
    // A server that takes connections and answers nothing is no better than one that takes none.
    if (connection.hasAnswered) this.#failures = 0;
    if (connection === this.#current && connection.leaving !== undefined) {
      this.#current = undefined;
      if (!connection.hasAnswered) this.#lost(connection.leaving);
    }
    if (this.#queue.length > 0) this.#serve();
  }

  #lost(reason: Error): void {
    this.#failures++;
    this.#queue.refuse(reason);
  }
}

function closedByUs(): ConnectionLost {
  return new ConnectionLost(Http2Code.CANCEL, "the client was closed");
}

function unreachable(cause: unknown): Error {
  if (cause instanceof ConnectionLost) return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  return new ConnectionLost(Http2Code.NO_ERROR, words, { cause });
}

/** HTTP over TCP for strangers: connections are counted, and closed when they say nothing for too long. */
import type { Clock, Log } from "../runtime/core/ports.ts";
import type { Arrival } from "./api.ts";
import { describeFault } from "./errors.ts";
import { type HttpConnection, serveConnection } from "./http_connection.ts";
import {
  ACCEPT_RETRY_MS,
  CLOSE_GRACE_MS,
  CONNECTIONS_MAX,
  HEADER_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  OWN_CONNECTIONS_MAX,
  REFUSAL_LINGER_MS,
  REFUSALS_MAX,
  REQUESTS_PER_CONNECTION_MAX,
} from "./limits.ts";
import { listenFailure } from "./listen_failure.ts";
import { isOwnAddress } from "./own_address.ts";
import { internalResponse, Problem, problemResponse } from "./problem.ts";
import { answerOnce } from "./unread_body.ts";

/** Bounds of a listener; those of limits.ts unless given. */
export interface TcpLimits {
  readonly connectionsMax?: number;
  /** Those of the machine itself, which are not among the former as long as there are no more. */
  readonly ownConnectionsMax?: number;
  readonly headerTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly closeGraceMs?: number;
}

/** What a listener needs. */
export interface TcpOptions {
  readonly hostname: string;
  /** 0 takes any that is free. */
  readonly port: number;
  handle(request: Request, arrival: Arrival): Promise<Response>;
  /** Who comes from an address; asked at each request. Its host, unless given. */
  arrivalOf?(address: Deno.NetAddr): Arrival;
  /** Whether a connection is the machine's own. By its addresses, unless given. */
  isOwn?(connection: Pick<Deno.TcpConn, "remoteAddr" | "localAddr">): boolean;
  readonly limits?: TcpLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborting it closes the listener. Streams should end by the same signal: they are cut after a grace. */
  readonly signal: AbortSignal;
}

/** A listener at work. */
export interface TcpListening {
  readonly hostname: string;
  readonly port: number;
  /** Connections that are being served. */
  readonly connections: number;
  /** Cuts one that waits, as if another had come and there were no room. @returns Whether there was one. */
  makeRoom(): boolean;
  /** Resolves when the listener and all of its connections are closed, or cut after the grace. */
  readonly closed: Promise<void>;
}

/** Listens. @throws {Error} Naming address and port: in use, not ours, not permitted. */
export function listenTcp(options: TcpOptions): TcpListening {
  const { hostname, port, signal } = options;
  signal.throwIfAborted();
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen({ transport: "tcp", hostname, port });
  } catch (error) {
    throw listenFailure(`${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`, error);
  }
  const server = new TcpServer(options, listener);
  signal.addEventListener("abort", () => listener.close(), { once: true });
  return {
    hostname: listener.addr.hostname,
    port: listener.addr.port,
    get connections() {
      return server.connections;
    },
    makeRoom: () => server.makeRoom(false) !== undefined,
    closed: server.run(),
  };
}

interface Open {
  readonly connection: HttpConnection;
  /** Whether nothing is being answered. */
  isIdle(): boolean;
  /** Whether nothing was asked since it began. */
  isUnused(): boolean;
  /** Whether it comes from the machine itself. */
  readonly isFromHere: boolean;
}

class TcpServer {
  readonly #options: TcpOptions;
  readonly #listener: Deno.TcpListener;
  readonly #limits: Required<TcpLimits>;
  /** The oldest first. */
  readonly #open = new Set<Open>();
  /** Those of them that have the machine's own places. */
  readonly #own = new Set<Open>();
  #refusals = 0;

  constructor(options: TcpOptions, listener: Deno.TcpListener) {
    this.#options = options;
    this.#listener = listener;
    this.#limits = {
      connectionsMax: CONNECTIONS_MAX,
      ownConnectionsMax: OWN_CONNECTIONS_MAX,
      headerTimeoutMs: HEADER_TIMEOUT_MS,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      closeGraceMs: CLOSE_GRACE_MS,
      ...options.limits,
    };
  }

  get connections(): number {
    return this.#open.size;
  }

  async run(): Promise<void> {
    const { signal, clock, log } = this.#options;
    while (!signal.aborted) {
      try {
        this.#serve(await this.#listener.accept());
      } catch (error) {
        if (signal.aborted) break;
        // The peer was gone again, or no descriptor was free: neither may end the listener.
        log.write("warn", "cannot accept a connection", { error: describeFault(error) });
        await clock.sleep(ACCEPT_RETRY_MS, { signal }).catch(() => {});
      }
    }
    await this.#drain();
  }

  #serve(connection: Deno.TcpConn): void {
    const { isOwn = isOwnConnection } = this.#options;
    const isFromHere = isOwn(connection);
    const hasOwnPlace = this.#place(isFromHere);
    if (hasOwnPlace === undefined) return this.#refuse(connection);
    // Of a peer that vanished nothing is heard: a watch without events would hold its place for ever.
    connection.setKeepAlive(true);
    const { handle, arrivalOf, log } = this.#options;
    const from = connection.remoteAddr;
    const arrival: Arrival = { transport: "tcp", client: from.hostname };
    let inFlight = 0;
    let isUnused = true;
    const timer = new Countdown(this.#options.clock, () => served.cut());
    const served = serveConnection(connection, {
      handle: (request) =>
        inFlight > REQUESTS_PER_CONNECTION_MAX
          ? Promise.resolve(tooManyRequests())
          : answerOnce(request, {
            handle: () => handle(request, arrivalOf?.(from) ?? arrival),
            clock: this.#options.clock,
          }),
      began: () => {
        inFlight++;
        isUnused = false;
        timer.stop();
        return () => {
          inFlight--;
          if (inFlight > 0) return;
          if (this.#options.signal.aborted) served.finish();
          else timer.start(this.#limits.idleTimeoutMs);
        };
      },
      onError: (error) => {
        log.write("error", "a request failed", { error: describeFault(error) });
        return internalResponse();
      },
    });
    timer.start(this.#limits.headerTimeoutMs);
    const open: Open = {
      connection: served,
      isIdle: () => inFlight === 0,
      isUnused: () => isUnused,
      isFromHere,
    };
    this.#open.add(open);
    if (hasOwnPlace) this.#own.add(open);
    served.finished.then(() => {
      timer.close();
      this.#forget(open);
    });
  }

  /** Has room for one more. @returns Whether that is one of the machine's own places; undefined where there is none. */
  #place(isFromHere: boolean): boolean | undefined {
    const { connectionsMax, ownConnectionsMax } = this.#limits;
    if (isFromHere && this.#own.size < ownConnectionsMax) return true;
    if (this.#open.size - this.#own.size < connectionsMax) return false;
    return this.makeRoom(isFromHere);
  }

  /** Cuts one that waits. @returns Whether it had one of the machine's own places; undefined where there was none. */
  makeRoom(isFromHere: boolean): boolean | undefined {
    const idle = [...this.#open].filter(({ isIdle }) => isIdle());
    const oldest = (isFromHere ? leastMissed(idle.filter((each) => each.isFromHere)) : undefined) ??
      leastMissed(idle.filter((each) => !this.#own.has(each)));
    if (oldest === undefined) return undefined;
    const hadOwnPlace = this.#own.has(oldest);
    oldest.connection.cut();
    this.#forget(oldest);
    return hadOwnPlace;
  }

  #forget(open: Open): void {
    this.#open.delete(open);
    this.#own.delete(open);
  }

  /** Says why, so that a caller at the bound does not guess. */
  #refuse(connection: Deno.TcpConn): void {
    if (this.#refusals >= REFUSALS_MAX) {
      connection.close();
      return;
    }
    this.#refusals++;
    refusal(connection, this.#options.clock, this.#limits.connectionsMax).finally(() => {
      this.#refusals--;
    });
  }

  /** Cuts who waits or has not asked yet; gives answers in flight the grace, then cuts them too. */
  async #drain(): Promise<void> {
    for (const { connection, isIdle } of this.#open) if (isIdle()) connection.cut();
    const over = new AbortController();
    const closed = Promise.all([...this.#open].map(({ connection }) => connection.finished));
    const grace = this.#options.clock.sleep(this.#limits.closeGraceMs, { signal: over.signal })
      .then(() => {
        for (const { connection } of this.#open) connection.cut();
      }, () => {});
    // Who does not even read its last answer is not waited for.
    await Promise.race([closed, grace]);
    over.abort();
    await grace;
  }
}

/** The oldest on which nothing was ever asked, or else the oldest: who is silent, or asked once, keeps nobody out. */
function leastMissed(idle: readonly Open[]): Open | undefined {
  return idle.find(({ isUnused }) => isUnused()) ?? idle[0];
}

function isOwnConnection(
  { remoteAddr, localAddr }: Pick<Deno.TcpConn, "remoteAddr" | "localAddr">,
): boolean {
  return isOwnAddress(remoteAddr, localAddr);
}

/** One time-out that is set again and again, which costs no timer each time: one that is early waits for what is left. */
class Countdown {
  readonly #clock: Clock;
  readonly #act: () => void;
  /** When it acts, unless it is set again or stopped. */
  #dueMs: number | undefined;
  #running: { readonly milliseconds: number; readonly over: AbortController } | undefined;
  #closed = false;

  constructor(clock: Clock, act: () => void) {
    this.#clock = clock;
    this.#act = act;
  }

  start(milliseconds: number): void {
    if (this.#closed) return;
    this.#dueMs = this.#clock.monotonicMs() + milliseconds;
    if (this.#running?.milliseconds !== milliseconds) this.#wait(milliseconds, milliseconds);
  }

  stop(): void {
    this.#dueMs = undefined;
  }

  close(): void {
    this.#closed = true;
    this.stop();
    this.#running?.over.abort();
  }

  #wait(milliseconds: number, left: number): void {
    this.#running?.over.abort();
    const over = new AbortController();
    this.#running = { milliseconds, over };
    this.#clock.sleep(left, { signal: over.signal }).then(() => this.#woke(milliseconds), () => {});
  }

  #woke(milliseconds: number): void {
    this.#running = undefined;
    if (this.#dueMs === undefined) return;
    const left = this.#dueMs - this.#clock.monotonicMs();
    if (left > 0) this.#wait(milliseconds, left);
    else this.#act();
  }
}

async function refusal(connection: Deno.TcpConn, clock: Clock, bound: number): Promise<void> {
  const detail = `all ${bound} connections are taken, try again later`;
  const body = `${
    JSON.stringify({ type: "about:blank", status: 503, code: "too-many", detail })
  }\n`;
  const head = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n" +
    `connection: close\r\nretry-after: 1\r\ncontent-length: ${body.length}\r\n\r\n`;
  const over = new AbortController();
  try {
    await connection.write(new TextEncoder().encode(head + body));
    await connection.closeWrite();
    // Closing with unread bytes would reset the connection, and the refusal would be lost with it.
    const readAway = (async () => {
      const bytes = new Uint8Array(4096);
      while (await connection.read(bytes) !== null);
    })();
    const lingered = clock.sleep(REFUSAL_LINGER_MS, { signal: over.signal }).catch(() => {});
    await Promise.race([readAway.catch(() => {}), lingered]);
  } catch {
    // The caller is gone.
  } finally {
    over.abort();
    try {
      connection.close();
    } catch {
      // Closed by the other side.
    }
  }
}

function tooManyRequests(): Response {
  const detail = `over ${REQUESTS_PER_CONNECTION_MAX} requests are in flight on this connection`;
  return problemResponse(new Problem({ status: 429, code: "too-many", detail }));
}

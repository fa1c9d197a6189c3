/** HTTP/2 in clear: on a unix socket, guarded by its file mode, and on TCP. */
import type { Clock, Log } from "../runtime/core/ports.ts";
import { drained } from "./drain.ts";
import { describeFault } from "./errors.ts";
import type { BusyPoll } from "./http2/busy_poll.ts";
import { type Http2Connection, serveHttp2 } from "./http2/connection.ts";
import type { Http2Limits } from "./http2/connection_limits.ts";
import type { ExchangeHandler, Peer } from "./http2/exchange.ts";
import { BufferBudget } from "./http2/output_budget.ts";
import { ACCEPT_RETRY_MS, CLOSE_GRACE_MS, CONNECTIONS_MAX, HTTP2_BUFFERED_MAX } from "./limits.ts";
import { listenFailure } from "./listen_failure.ts";
import { socketDuplex } from "./socket_duplex.ts";
import { removeStaleSocket } from "./stale_socket.ts";

/** Where to listen. */
export type Http2Address =
  | {
    readonly path: string;
    /** Permission bits of the socket file. */
    readonly mode: number;
    /** Whom its callers come by; by nobody unless given. */
    readonly by?: "apid";
    /** Whose the socket file is; this process's unless given. */
    readonly owner?: { readonly uid: number; readonly gid: number };
  }
  | { readonly hostname: string; /** 0 takes any that is free. */ readonly port: number };

/** Bounds of a listener and its connections; those of limits.ts unless given. */
export interface Http2ListenerLimits extends Partial<Http2Limits> {
  readonly connectionsMax?: number;
  readonly closeGraceMs?: number;
}

/** What a listener needs. */
export interface Http2ListenOptions {
  readonly address: Http2Address;
  readonly handler: ExchangeHandler;
  readonly limits?: Http2ListenerLimits;
  /** Looks for requests that are near; nobody does unless given. */
  readonly poll?: BusyPoll | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborting it closes the listener: answers in flight get a grace. */
  readonly signal: AbortSignal;
}

/** A listener at work. */
export interface Http2Listening {
  /** The port, where it is TCP. */
  readonly port: number | undefined;
  /** Connections whose descriptors are taken. */
  readonly connections: number;
  /** Resolves when the listener and all of its connections are closed, and a socket file is gone. */
  readonly closed: Promise<void>;
}

/**
 * Listens. A socket file that nobody answers on is replaced.
 *
 * @throws {Error} Naming the address: in use, not ours, not permitted, no socket.
 */
export async function listenHttp2(options: Http2ListenOptions): Promise<Http2Listening> {
  const { address, signal } = options;
  signal.throwIfAborted();
  if ("path" in address) await removeStaleSocket(address.path);
  const listener = "path" in address ? listenPath(address) : listenPort(address);
  const server = new Http2Server(options, listener);
  signal.addEventListener("abort", () => listener.close(), { once: true });
  return {
    port: listener.addr.transport === "tcp" ? listener.addr.port : undefined,
    get connections() {
      return server.connections;
    },
    closed: server.run(),
  };
}

type Listener = Deno.TcpListener | Deno.UnixListener;

function listenPath({ path, mode, owner }: Extract<Http2Address, { path: string }>): Listener {
  // The file must not be open to others between its making and a chmod.
  const umask = Deno.umask(0o777 & ~mode);
  let listener: Listener | undefined;
  try {
    listener = Deno.listen({ transport: "unix", path });
    if (owner !== undefined) Deno.chownSync(path, owner.uid, owner.gid);
    return listener;
  } catch (error) {
    listener?.close();
    throw listenFailure(path, error);
  } finally {
    Deno.umask(umask);
  }
}

function listenPort(
  { hostname, port }: { readonly hostname: string; readonly port: number },
): Listener {
  try {
    return Deno.listen({ transport: "tcp", hostname, port });
  } catch (error) {
    throw listenFailure(`${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`, error);
  }
}

class Http2Server {
  readonly #options: Http2ListenOptions;
  readonly #listener: Listener;
  readonly #budget = new BufferBudget(HTTP2_BUFFERED_MAX);
  readonly #open = new Set<Http2Connection>();

  constructor(options: Http2ListenOptions, listener: Listener) {
    this.#options = options;
    this.#listener = listener;
  }

  get connections(): number {
    return this.#open.size;
  }

  async run(): Promise<void> {
    const { address, signal, clock, log } = this.#options;
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
    const graceMs = this.#options.limits?.closeGraceMs ?? CLOSE_GRACE_MS;
    await drained(this.#open, { clock, graceMs });
    if ("path" in address) await Deno.remove(address.path).catch(() => {}); // Gone already is as good.
  }

  #serve(socket: Deno.TcpConn | Deno.UnixConn): void {
    const { limits = {}, handler, poll, clock, log, signal } = this.#options;
    const { connectionsMax = CONNECTIONS_MAX, closeGraceMs: _, ...bounds } = limits;
    if (this.#open.size >= connectionsMax && !this.#makeRoom()) {
      socket.close();
      return;
    }
    const connection = serveHttp2(socketDuplex(socket), {
      handler,
      peer: peerOf(socket, this.#options.address),
      limits: bounds,
      budget: this.#budget,
      poll,
      clock,
      signal,
      onError: (error) => log.write("error", "a request failed", { error: describeFault(error) }),
    });
    this.#open.add(connection);
    // A descriptor whose peer never reads outlives its connection: it is counted until it is free.
    connection.released.then(() => this.#open.delete(connection));
  }

  /**
   * Cuts the oldest connection that nothing was asked for yet: sessions that begin and do not go on must not keep those out
   * that would. @returns Whether there was one.
   */
  #makeRoom(): boolean {
    for (const connection of this.#open) {
      if (!connection.isUnused) continue;
      connection.cut();
      this.#open.delete(connection);
      return true;
    }
    return false;
  }
}

function peerOf(socket: Deno.TcpConn | Deno.UnixConn, address: Http2Address): Peer {
  const { remoteAddr } = socket;
  if (remoteAddr.transport !== "tcp") {
    return { transport: "path" in address && address.by === "apid" ? "apid" : "unix" };
  }
  return { transport: "tcp", client: remoteAddr.hostname };
}

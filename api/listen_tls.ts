/**
 * TLS for callers that are known by their certificates: HTTP/2, and HTTP/1.1 where a client speaks nothing newer.
 *
 * Loads `node:tls`: to be imported where certificates are, and when they are.
 */
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from "node:tls";
import type { Socket } from "node:net";
import type { Clock, Log } from "../runtime/core/ports.ts";
import type { Arrival } from "./api.ts";
import { type CallerCertificate, callerCertificate } from "./authorization/certificate.ts";
import { drained, type Draining } from "./drain.ts";
import { describeFault } from "./errors.ts";
import { type Http2Connection, serveHttp2 } from "./http2/connection.ts";
import type { ExchangeHandler } from "./http2/exchange.ts";
import { BufferBudget } from "./http2/output_budget.ts";
import { tlsDuplex } from "./http2/tls_duplex.ts";
import {
  CLOSE_GRACE_MS,
  CONNECTIONS_MAX,
  DEADLINE_MS_MAX,
  HTTP2_BUFFERED_MAX,
  TLS_HANDSHAKE_TIMEOUT_MS,
  TLS_HANDSHAKES_MAX,
} from "./limits.ts";
import { listenFailure } from "./listen_failure.ts";
import { RefusedHandshakes } from "./refused_handshakes.ts";
import { demandCertificates, type TlsCertificates } from "./tls_certificates.ts";
import { TlsHttp } from "./tls_http.ts";

/** What the runtime has one code for. */
const UNVERIFIED = "the certificate is of another authority, not valid now, or not for clients";

/** Bounds of a listener; those of limits.ts unless given. */
export interface TlsLimits {
  readonly connectionsMax?: number;
  readonly handshakesMax?: number;
  readonly handshakeTimeoutMs?: number;
  readonly closeGraceMs?: number;
}

/** What a listener needs. */
export interface TlsListenOptions {
  readonly hostname: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly certificates: TlsCertificates;
  /** Answers HTTP/2. */
  readonly handler: ExchangeHandler;
  /** Answers HTTP/1.1. */
  handle(request: Request, arrival: Arrival): Promise<Response>;
  readonly limits?: TlsLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborting it closes the listener: answers in flight get a grace. */
  readonly signal: AbortSignal;
}

/** A listener at work. */
export interface TlsListening {
  readonly hostname: string;
  readonly port: number;
  /** Connections that were let in. */
  readonly connections: number;
  /** Connections whose handshake is not done. */
  readonly handshakes: number;
  /**
   * Takes other certificates, by which the next handshake is made; connections stay.
   *
   * @throws {RangeError} What is wrong with them; the ones before go on.
   */
  renew(certificates: TlsCertificates): void;
  /** Resolves when the listener and all of its connections are closed. */
  readonly closed: Promise<void>;
}

/**
 * Listens. A caller without a certificate of one of the authorities, one that is not yet or no more valid, or one that
 * is not meant for clients, is refused in the handshake.
 *
 * @throws {Error} Naming the address, or what is wrong with the certificates.
 */
export async function listenTls(options: TlsListenOptions): Promise<TlsListening> {
  const { hostname, port, signal } = options;
  signal.throwIfAborted();
  const server = secureServer(options.certificates);
  const address = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenFailure(address, error)));
    server.listen({ host: hostname, port }, resolve);
  });
  const listener = new TlsServer(options, server);
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("TLS listens on no port");
  return {
    hostname: bound.address,
    port: bound.port,
    get connections() {
      return listener.connections;
    },
    get handshakes() {
      return listener.handshakes;
    },
    renew: (certificates) => server.setSecureContext(secureContext(certificates)),
    closed: listener.run(),
  };
}

/** @throws {RangeError} What is wrong with the certificates. */
function secureContext(certificates: TlsCertificates): SecureContextOptions {
  const { cert, key } = certificates;
  return { cert, key, ca: demandCertificates(certificates), minVersion: "TLSv1.2" };
}

function secureServer(certificates: TlsCertificates): Server {
  return createServer({
    ...secureContext(certificates),
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ["h2", "http/1.1"],
  });
}

/** A connection that was let in. */
interface Open extends Draining {
  /** Nothing was asked on it yet. */
  readonly isUnused: boolean;
  /** Nothing is being answered. Of HTTP/1.1 its own listener knows. */
  readonly isIdle: boolean;
}

class TlsServer {
  readonly #options: TlsListenOptions;
  readonly #server: Server;
  readonly #limits: Required<TlsLimits>;
  readonly #budget = new BufferBudget(HTTP2_BUFFERED_MAX);
  readonly #open = new Set<Open>();
  /** By both ends' addresses, the oldest first. */
  readonly #handshakes = new Map<
    string,
    { readonly socket: Socket; readonly timer: AbortController }
  >();
  readonly #http: TlsHttp;
  readonly #refused: RefusedHandshakes;

  constructor(options: TlsListenOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    this.#limits = {
      connectionsMax: CONNECTIONS_MAX,
      handshakesMax: TLS_HANDSHAKES_MAX,
      handshakeTimeoutMs: TLS_HANDSHAKE_TIMEOUT_MS,
      closeGraceMs: CLOSE_GRACE_MS,
      ...options.limits,
    };
    const { handle, clock, log, signal } = options;
    const { connectionsMax, closeGraceMs } = this.#limits;
    this.#http = new TlsHttp({
      handle,
      clock,
      log,
      signal,
      limits: { connectionsMax, closeGraceMs },
    });
    this.#refused = new RefusedHandshakes(options);
  }

  get connections(): number {
    return this.#open.size;
  }

  get handshakes(): number {
    return this.#handshakes.size;
  }

  async run(): Promise<void> {
    const { signal, log, clock } = this.#options;
    const server = this.#server;
    const closed = new Promise<void>((resolve) => server.once("close", resolve));
    server.on("connection", (socket: Socket) => this.#began(socket));
    server.on("secureConnection", (socket) => this.#secured(socket));
    server.on("tlsClientError", (error, socket) => {
      this.#refused.tell(socket.authorizationError === null ? error.message : UNVERIFIED);
      socket.destroy();
    });
    server.on("error", (error) => {
      log.write("warn", "TLS cannot accept a connection", { error: describeFault(error) });
    });
    if (!signal.aborted) {
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    server.close();
    for (const { socket } of this.#handshakes.values()) socket.destroy();
    await drained(this.#open, { clock, graceMs: this.#limits.closeGraceMs });
    await Promise.all([closed, this.#http.closed]);
  }

  #began(socket: Socket): void {
    const { clock, signal } = this.#options;
    // Without a listener it would end the process; "close" follows.
    socket.on("error", () => {});
    if (signal.aborted) return void socket.destroy();
    // The option of the server has no effect; without it answers wait 40 ms for an acknowledgement.
    socket.setNoDelay(true);
    if (this.#handshakes.size >= this.#limits.handshakesMax) {
      // Forgotten at once: its "close" comes later than the next of a burst of connections.
      const [[end, oldest] = []] = this.#handshakes;
      if (end !== undefined) this.#ended(end);
      oldest?.socket.destroy();
    }
    const key = endsOf(socket);
    const timer = new AbortController();
    this.#handshakes.set(key, { socket, timer });
    socket.once("close", () => this.#ended(key, socket));
    clock.sleep(this.#limits.handshakeTimeoutMs, { signal: timer.signal })
      .then(() => socket.destroy(), () => {});
  }

  /** The handshake is done, or will never be. */
  #ended(key: string, socket?: Socket): void {
    const found = this.#handshakes.get(key);
    if (found === undefined || (socket !== undefined && found.socket !== socket)) return;
    found.timer.abort();
    this.#handshakes.delete(key);
  }

  #secured(socket: TLSSocket): void {
    this.#ended(endsOf(socket));
    socket.on("error", () => {});
    const { log, signal } = this.#options;
    const mayStay = !signal.aborted && socket.authorized &&
      (this.#open.size < this.#limits.connectionsMax || this.#makeRoom());
    if (!mayStay) return void socket.destroy();
    let certificate: CallerCertificate;
    try {
      certificate = callerCertificate(socket.getPeerCertificate().raw);
    } catch (error) {
      log.write("warn", "a caller's certificate is refused", { error: describeFault(error) });
      return void socket.destroy();
    }
    const client = socket.remoteAddress;
    const arrival: Arrival = {
      transport: "tls",
      certificate,
      ...(client === undefined ? {} : { client }),
    };
    const open = socket.alpnProtocol === "h2"
      ? this.#serveHttp2(socket, arrival)
      : { ...this.#http.carry(socket, arrival), isUnused: false, isIdle: false };
    this.#open.add(open);
    const over = this.#endWith(certificate, open);
    released(open).then(() => {
      over.abort();
      this.#open.delete(open);
    });
  }

  /** Nobody stays longer than its certificate holds, nor than timers count; who comes back is judged anew. */
  #endWith({ notAfterMs }: CallerCertificate, open: Open): AbortController {
    const { clock } = this.#options;
    const { seconds, nanos } = clock.now();
    const left = notAfterMs - Number(seconds) * 1000 - nanos / 1e6;
    const over = new AbortController();
    clock.sleep(Math.min(Math.max(left, 0), DEADLINE_MS_MAX), { signal: over.signal })
      .then(() => open.cut(), () => {});
    return over;
  }

  #serveHttp2(socket: TLSSocket, arrival: Arrival): Http2Connection {
    const { handler, clock, log, signal } = this.#options;
    return serveHttp2(tlsDuplex(socket), {
      handler,
      peer: arrival,
      budget: this.#budget,
      clock,
      signal,
      onError: (error) => log.write("error", "a request failed", { error: describeFault(error) }),
    });
  }

  /**
   * Cuts the oldest connection that nothing was asked for yet, or else the oldest of those that wait: who is in no role, and
   * stays, keeps nobody out. One of HTTP/1.1 is counted until its end, which is on its way. @returns Whether there was one.
   */
  #makeRoom(): boolean {
    const open = [...this.#open];
    const oldest = open.find(({ isUnused }) => isUnused) ?? open.find(({ isIdle }) => isIdle);
    if (oldest === undefined) return this.#http.makeRoom();
    oldest.cut();
    this.#open.delete(oldest);
    return true;
  }
}

/** A descriptor whose peer never reads outlives its connection: it is counted until it is free. */
function released(open: Open | Http2Connection): Promise<void> {
  return "released" in open ? open.released : open.finished;
}

/** What the handshake's two sockets have in common, and no other connection has meanwhile. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

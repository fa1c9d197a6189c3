/** The listeners of apid, as the machine wants them: opened, closed, moved and given new certificates while it runs. */
import { type Access, access } from "../api/access.ts";
import { CONNECTIONS_MAX } from "../api/limits.ts";
import { listenTcp } from "../api/listen_tcp.ts";
import { listenTls, type TlsListening } from "../api/listen_tls.ts";
import type { ApiProxy } from "../api/proxy/api_proxy.ts";
import type { CertificateWish, ListenerWish } from "../api/proxy/wishes.ts";
import type { TlsCertificates } from "../api/tls_certificates.ts";
import { linkedAbort } from "../runtime/core/linked_abort.ts";
import type { Clock, Log } from "../runtime/core/ports.ts";
import { httpText, parseHttp } from "./listen_address.ts";

/** Milliseconds before an address that cannot be listened on is tried again. */
const RETRY_MS = 1_000;

/** What doors stand on. */
export interface DoorParts {
  readonly proxy: ApiProxy;
  readonly clock: Clock;
  readonly log: Log;
  /** Closes all of them. */
  readonly signal: AbortSignal;
}

/** A listener at work. */
interface Door {
  /** Where it should be, by which a wish is known again. */
  readonly wish: string;
  readonly hostname: string;
  readonly port: number;
  readonly closed: Promise<void>;
  close(): void;
}

/** A door of TLS, and what it shows. */
interface TlsDoor extends Door {
  readonly listening: TlsListening;
  certificates: TlsCertificates;
}

/** The listeners. Nothing listens before {@linkcode Doors.wanted}. */
export class Doors {
  readonly #parts: DoorParts;
  /** Everybody is refused until somebody says who is let in. */
  #access: Access = access({});
  #listeners: ListenerWish | undefined;
  #certificates: TlsCertificates | undefined;
  #http: Door | undefined;
  #tls: TlsDoor | undefined;
  readonly #closing = new Set<Promise<void>>();
  /** Why an address cannot be listened on, as it was said. */
  readonly #told = new Map<string, string>();
  #wake = new AbortController();
  #isWanted = false;

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  /** Who judges callers now. */
  get access(): Access {
    return this.#access;
  }

  /** Where it listens now: `http://ADDRESS:PORT`, `https://ADDRESS:PORT`. */
  get addresses(): readonly string[] {
    return [
      ...(this.#http === undefined ? [] : [`http://${httpText(this.#http)}`]),
      ...(this.#tls === undefined ? [] : [`https://${httpText(this.#tls)}`]),
    ];
  }

  /** Takes another wish for the addresses and who is let in there. */
  wanted(spec: ListenerWish | undefined): void {
    this.#listeners = spec;
    const { token = "", hosts = [], httpAddress = "" } = spec ?? {};
    this.#access = access({
      hosts: [...hosts, ...hostOf(httpAddress)],
      ...(token === "" ? {} : { token }),
    });
    this.#again();
  }

  /** Takes other certificates. */
  certified(spec: CertificateWish | undefined): void {
    this.#certificates = spec &&
      { cert: spec.certificate, key: spec.key, ca: spec.clientAuthorities };
    this.#again();
  }

  /** Does what is wanted until the signal aborts, then closes. Never rejects. */
  async run(): Promise<void> {
    const { signal, clock } = this.#parts;
    signal.addEventListener("abort", () => this.#wake.abort(), { once: true });
    while (!signal.aborted) {
      this.#isWanted = false;
      const isDone = await this.#arrange();
      if (signal.aborted) break;
      if (this.#isWanted) continue;
      this.#wake = new AbortController();
      await clock.sleep(isDone ? 2 ** 31 - 1 : RETRY_MS, { signal: this.#wake.signal })
        .catch(() => {});
    }
    this.#shut("http");
    this.#shut("tls");
    await Promise.all(this.#closing);
  }

  #again(): void {
    this.#isWanted = true;
    this.#wake.abort();
  }

  /** @returns Whether all is as it is wanted. */
  async #arrange(): Promise<boolean> {
    const { httpAddress = "", tlsAddress = "", connectionsMax = 0 } = this.#listeners ?? {};
    const most = Math.min(connectionsMax || CONNECTIONS_MAX, CONNECTIONS_MAX);
    const http = httpAddress === "" ? undefined : `${httpAddress} ${most}`;
    const hasCertificates = this.#certificates !== undefined && tlsAddress !== "";
    const tls = hasCertificates ? `${tlsAddress} ${most}` : undefined;
    if (this.#http !== undefined && this.#http.wish !== http) this.#shut("http");
    if (this.#tls !== undefined && this.#tls.wish !== tls) this.#shut("tls");
    // What was closed a moment ago lets its address go.
    await this.#parts.clock.sleep(0);
    const attempts = [
      this.#attempt(httpAddress, () => this.#openHttp({ wish: http, address: httpAddress, most })),
      this.#attempt(tlsAddress, () => this.#openTls({ wish: tls, address: tlsAddress, most })),
    ];
    return (await Promise.all(attempts)).every((isDone) => isDone);
  }

  async #attempt(address: string, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      this.#told.delete(address);
      return true;
    } catch (error) {
      const facts = { address, error: error instanceof Error ? error.message : String(error) };
      // Once, however often it is tried.
      if (this.#told.get(address) !== facts.error) {
        this.#parts.log.write("error", "cannot listen as it is wanted", facts);
      }
      this.#told.set(address, facts.error);
      return false;
    }
  }

  async #openHttp({ wish, address, most }: Wish): Promise<void> {
    if (wish === undefined || this.#http !== undefined) return;
    const { proxy, clock, log, signal } = this.#parts;
    const { listening, close } = await opened(signal, (until) =>
      listenTcp({
        ...parseHttp(address),
        handle: proxy.handle,
        limits: { connectionsMax: most },
        clock,
        log,
        signal: until,
      }));
    const { hostname, port, closed } = listening;
    this.#http = { wish, hostname, port, closed, close };
    log.write("info", `listens on http://${httpText(listening)}`);
  }

  async #openTls({ wish, address, most }: Wish): Promise<void> {
    const certificates = this.#certificates;
    if (wish === undefined || certificates === undefined) return;
    if (this.#tls !== undefined) return this.#renew(this.#tls, certificates);
    const { proxy, clock, log, signal } = this.#parts;
    const { listening, close } = await opened(signal, (until) =>
      listenTls({
        ...parseHttp(address),
        certificates,
        handler: proxy.exchange,
        handle: proxy.handle,
        limits: { connectionsMax: most },
        clock,
        log,
        signal: until,
      }));
    const { hostname, port, closed } = listening;
    this.#tls = { wish, hostname, port, closed, close, listening, certificates };
    log.write("info", `listens on https://${httpText(listening)}`);
  }

  /** @throws {RangeError} What is wrong with them: those of before go on. */
  #renew(door: TlsDoor, certificates: TlsCertificates): void {
    if (door.certificates === certificates) return;
    // Also where they are of no use, so that it is said once.
    door.certificates = certificates;
    door.listening.renew(certificates);
    this.#parts.log.write("info", "callers are met with other certificates from now on");
  }

  #shut(which: "http" | "tls"): void {
    const door = which === "http" ? this.#http : this.#tls;
    if (door === undefined) return;
    if (which === "http") this.#http = undefined;
    else this.#tls = undefined;
    door.close();
    const closed = door.closed.then(() => void this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}

interface Wish {
  readonly wish: string | undefined;
  readonly address: string;
  readonly most: number;
}

/**
 * Opens what ends with `signal`, or by itself. What cannot be opened leaves nothing at the signal, which outlives every
 * attempt.
 *
 * @throws As `open`.
 */
async function opened<Listening>(
  signal: AbortSignal,
  open: (until: AbortSignal) => Listening | Promise<Listening>,
): Promise<{ readonly listening: Listening; readonly close: () => void }> {
  const over = linkedAbort(signal);
  try {
    return { listening: await open(over.signal), close: () => over.abort() };
  } catch (error) {
    over.abort();
    throw error;
  }
}

/** The address it is bound to may be called by. */
function hostOf(address: string): readonly string[] {
  try {
    return [parseHttp(address).hostname];
  } catch {
    return []; // Listened on nowhere, as is told then.
  }
}

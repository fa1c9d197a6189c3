/** A proxy of the API at the door, and behind its socket whatever the test puts there. */
import type { Access } from "../../api/access.ts";
import { access } from "../../api/access.ts";
import type { CertificatePair } from "../../api/certificates/certificate_pair.ts";
import { dialTls, dialUnix } from "../../api/client/dial.ts";
import { http2Transport } from "../../api/client/http2_transport.ts";
import type { Transport } from "@connectrpc/connect";
import type { Exchange, ExchangeHandler } from "../../api/http2/exchange.ts";
import { type Http2Client, http2Client } from "../../api/http2/http2_client.ts";
import { type Http2Listening, listenHttp2 } from "../../api/listen_http2.ts";
import { listenTcp, type TcpListening } from "../../api/listen_tcp.ts";
import { listenTls, type TlsListening } from "../../api/listen_tls.ts";
import { type ApiProxy, apiProxy } from "../../api/proxy/api_proxy.ts";
import { Upstreams, type UpstreamsOptions } from "../../api/proxy/upstreams.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { TOKEN } from "./api.ts";
import type { CallerCertificates } from "./caller_certificates.ts";
import { FakeLog } from "./log.ts";

/** What a test decides. */
export interface ApidHouseOptions {
  readonly certificates: CallerCertificates;
  /** Answers what the proxy lets through. */
  readonly machine: ExchangeHandler;
  readonly upstreams?: Partial<UpstreamsOptions>;
}

/** The two processes in one, over real sockets. */
export class ApidHouse implements AsyncDisposable {
  readonly log = new FakeLog();
  readonly clock = systemClock();
  /** What came through, in the order it did. */
  readonly seen: Exchange[] = [];
  readonly upstreams: Upstreams;
  readonly proxy: ApiProxy;
  readonly #certificates: CallerCertificates;
  readonly #answer: ExchangeHandler;
  readonly #folder = Deno.makeTempDirSync({ prefix: "strata-apid-" });
  readonly #stop = new AbortController();
  #machine: { readonly stop: AbortController; readonly listening: Http2Listening } | undefined;
  #tls: TlsListening | undefined;
  #tcp: TcpListening | undefined;

  private constructor({ certificates, machine, upstreams }: ApidHouseOptions) {
    this.#certificates = certificates;
    this.#answer = machine;
    const { clock, log } = this;
    const dial = dialUnix(this.machineSocket);
    this.upstreams = new Upstreams({ dial, clock, random: systemRandom(), ...upstreams });
    const judge: Access = access({ token: TOKEN, hosts: ["machine.test"] });
    this.proxy = apiProxy({ upstreams: this.upstreams, access: () => judge, clock, log });
  }

  static async open(options: ApidHouseOptions): Promise<ApidHouse> {
    const house = new ApidHouse(options);
    await house.startMachine();
    const { clock, log, proxy } = house;
    const { server, ca } = options.certificates;
    const ports = { clock, log, signal: house.#stop.signal, hostname: "127.0.0.1", port: 0 };
    const certificates = { ...server, ca };
    house.#tls = await listenTls({
      ...ports,
      certificates,
      handler: proxy.exchange,
      handle: proxy.handle,
    });
    house.#tcp = listenTcp({ ...ports, handle: proxy.handle });
    return house;
  }

  get machineSocket(): string {
    return `${this.#folder}/machine.sock`;
  }

  get tlsPort(): number {
    return this.#tls?.port ?? 0;
  }

  get httpPort(): number {
    return this.#tcp?.port ?? 0;
  }

  /** Connections in clear that the proxy serves. */
  get httpConnections(): number {
    return this.#tcp?.connections ?? 0;
  }

  /** Connections of the proxy that the machine serves. */
  get machineConnections(): number {
    return this.#machine?.listening.connections ?? 0;
  }

  async startMachine(): Promise<void> {
    const stop = new AbortController();
    const listening = await listenHttp2({
      address: { path: this.machineSocket, mode: 0o600, by: "apid" },
      handler: (exchange) => {
        this.seen.push(exchange);
        this.#answer(exchange);
      },
      limits: { closeGraceMs: 0 },
      clock: this.clock,
      log: this.log,
      signal: stop.signal,
    });
    this.#machine = { stop, listening };
  }

  /** Ends it, and all that it answers. */
  async stopMachine(): Promise<void> {
    this.#machine?.stop.abort();
    await this.#machine?.listening.closed;
    this.#machine = undefined;
  }

  /** HTTP/2 over TLS by a certificate, on a connection of its own. @param localAddress Where it comes from. */
  client(pair: CertificatePair, localAddress = "127.0.0.1"): Http2Client {
    const identity = { ca: this.#certificates.ca, ...pair, localAddress };
    const dial = dialTls({ hostname: "localhost", port: this.tlsPort }, identity);
    return http2Client({ dial, clock: this.clock, random: systemRandom() });
  }

  /** gRPC over such a client. */
  transport(client: Http2Client, protocol: "grpc" | "connect" | "grpc-web" = "grpc"): Transport {
    return http2Transport({ client, protocol, clock: this.clock, baseUrl: "https://localhost" });
  }

  /** A request in clear, by the token unless the headers say otherwise. */
  fetch(path: string, init: RequestInit & { client?: Deno.HttpClient } = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${TOKEN}`);
    return fetch(`http://127.0.0.1:${this.httpPort}${path}`, { ...init, headers });
  }

  /** Resolves once `holds`, which something of the test brings about. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.upstreams.close();
    await Promise.all([this.#tls?.closed, this.#tcp?.closed, this.stopMachine()]);
    await Deno.remove(this.#folder, { recursive: true });
  }
}

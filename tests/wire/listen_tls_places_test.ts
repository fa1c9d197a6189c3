/** Who gets a place where a listener of TLS has no more. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import type { CertificatePair } from "../../api/certificates/certificate_pair.ts";
import { listenTls, type TlsListening } from "../../api/listen_tls.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";

const CERTIFICATES = await callerCertificates();
const PROTOCOLS = ["h2", "http/1.1"] as const;

/** A listener that answers, and `/held` when it is told. */
class House implements AsyncDisposable {
  readonly #stop: AbortController;
  readonly #held: PromiseWithResolvers<void>;
  readonly #asked: { count: number };
  readonly listening: TlsListening;

  private constructor(listening: TlsListening, parts: Parts) {
    this.listening = listening;
    this.#stop = parts.stop;
    this.#held = parts.held;
    this.#asked = parts.asked;
  }

  static async open(connectionsMax: number): Promise<House> {
    const stop = new AbortController();
    const held = Promise.withResolvers<void>();
    const asked = { count: 0 };
    const { server, ca } = CERTIFICATES;
    const listening = await listenTls({
      hostname: "127.0.0.1",
      port: 0,
      certificates: { ...server, ca },
      handler: async (exchange) => {
        asked.count++;
        if (exchange.path === "/held") await held.promise;
        exchange.respond(200, [], true);
      },
      handle: async ({ url }) => {
        asked.count++;
        if (url.endsWith("/held")) await held.promise;
        return new Response();
      },
      limits: { connectionsMax },
      clock: new FakeClock(),
      log: new FakeLog(),
      signal: stop.signal,
    });
    return new House(listening, { stop, held, asked });
  }

  get asked(): number {
    return this.#asked.count;
  }

  answer(): void {
    this.#held.resolve();
  }

  /** A client of its own connection. */
  client(pair: CertificatePair, protocol: "h2" | "http/1.1"): Deno.HttpClient {
    const only = protocol === "h2" ? { http1: false } : { http2: false };
    return Deno.createHttpClient({ caCerts: [CERTIFICATES.ca], ...only, ...pair });
  }

  async ask(client: Deno.HttpClient, path = "/"): Promise<number> {
    const response = await fetch(`https://localhost:${this.listening.port}${path}`, { client });
    await response.body?.cancel();
    return response.status;
  }

  /** Resolves once `holds`, which something of the test brings about. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.answer();
    this.#stop.abort();
    await this.listening.closed;
  }
}

interface Parts {
  readonly stop: AbortController;
  readonly held: PromiseWithResolvers<void>;
  readonly asked: { count: number };
}

for (const protocol of PROTOCOLS) {
  Deno.test(`listenTls() keeps to its bound of connections by ${protocol}, and frees the place of one that closes`, async () => {
    await using house = await House.open(1);
    const first = house.client(CERTIFICATES.admin, protocol);
    const answered = house.ask(first, "/held");
    await house.until(() => house.asked === 1);
    using second = house.client(CERTIFICATES.reader, protocol);
    await assertRejects(() => house.ask(second), TypeError);
    assertEquals([house.listening.connections, house.asked], [1, 1]);
    house.answer();
    assertEquals(await answered, 200);
    first.close();
    await house.until(() => house.listening.connections === 0);
    assertEquals(await house.ask(second), 200);
  });

  Deno.test(`listenTls() gives the place of a caller by ${protocol} that asks nothing more to who comes, of none that waits for an answer`, async () => {
    await using house = await House.open(3);
    using busy = house.client(CERTIFICATES.reader, protocol);
    const answered = house.ask(busy, "/held");
    await house.until(() => house.asked === 1);
    const clients = [];
    for (let count = 0; count < 6; count++) {
      const client = house.client(CERTIFICATES.nobody, protocol);
      clients.push(client);
      assertEquals(await house.ask(client), 200);
    }
    await house.until(() => house.listening.connections === 3);
    house.answer();
    assertEquals(await answered, 200);
    for (const client of clients) client.close();
  });
}

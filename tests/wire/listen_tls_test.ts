// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import type { Arrival } from "../../api/api.ts";
import { TLS_HANDSHAKE_TIMEOUT_MS } from "../../api/limits.ts";
import { listenTls, type TlsLimits, type TlsListening } from "../../api/listen_tls.ts";
import type { CertificatePair } from "../../api/certificates/certificate_pair.ts";
import { type CallerCertificate, callerCertificate } from "../../api/authorization/certificate.ts";
import type { Exchange } from "../../api/http2/exchange.ts";
import type { Timestamp } from "../../runtime/core/resource.ts";
import { newAuthority } from "../../api/certificates/authority.ts";
import { type CallerCertificates, callerCertificates } from "../fakes/caller_certificates.ts";
import type { TlsCertificates } from "../../api/tls_certificates.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";

const CERTIFICATES: CallerCertificates = await callerCertificates();

/** What a test needs of a server. */
class House implements AsyncDisposable {
  readonly stop = new AbortController();
  readonly log = new FakeLog();
  /** Who asked, in the order they did. */
  readonly seen: Arrival[] = [];
  readonly clock: FakeClock;
  readonly listening: TlsListening;

  private constructor(make: (house: House) => TlsListening, clock: FakeClock) {
    this.clock = clock;
    this.listening = make(this);
  }

  static async open(
    options: {
      readonly limits?: TlsLimits;
      readonly clock?: FakeClock;
      readonly handler?: (exchange: Exchange) => void;
      readonly handle?: (request: Request) => Promise<Response>;
      readonly ca?: string;
    } = {},
  ): Promise<House> {
    const { server, ca } = CERTIFICATES;
    const clock = options.clock ?? new FakeClock();
    const parts = { stop: new AbortController(), log: new FakeLog(), seen: [] as Arrival[] };
    const listening = await listenTls({
      hostname: "127.0.0.1",
      port: 0,
      certificates: { ...server, ca: options.ca ?? ca },
      handler: (exchange) => {
        parts.seen.push(exchange.peer);
        if (options.handler !== undefined) return options.handler(exchange);
        exchange.respond(200, ["content-type", "text/plain"]);
        exchange.write(new TextEncoder().encode("by h2"));
        exchange.end();
      },
      handle: (request, arrival) => {
        parts.seen.push(arrival);
        return options.handle?.(request) ?? Promise.resolve(new Response("by http/1.1"));
      },
      limits: options.limits ?? {},
      clock,
      log: parts.log,
      signal: parts.stop.signal,
    });
    return Object.assign(new House(() => listening, clock), parts);
  }

  /** A client of its own connection. */
  client(
    pair: CertificatePair | undefined,
    protocol: "h2" | "http/1.1" = "h2",
  ): Deno.HttpClient {
    const only = protocol === "h2" ? { http1: false } : { http2: false };
    return Deno.createHttpClient({ caCerts: [CERTIFICATES.ca], ...only, ...pair });
  }

  async ask(client: Deno.HttpClient, init: RequestInit = {}): Promise<string> {
    const url = `https://localhost:${this.listening.port}/`;
    const response = await fetch(url, { client, ...init });
    return await response.text();
  }

  /** Resolves once `holds`, which something of this test brings about. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.listening.closed;
  }
}

for (const protocol of ["h2", "http/1.1"] as const) {
  Deno.test(`listenTls() says over ${protocol} whom a caller's certificate names`, async () => {
    await using house = await House.open();
    for (const role of ["reader", "operator", "admin", "nobody"] as const) {
      using client = house.client(CERTIFICATES[role], protocol);
      assertEquals(await house.ask(client), `by ${protocol}`);
      assertEquals(await house.ask(client), `by ${protocol}`);
    }
    assertEquals(
      house.seen.map(({ transport, client, certificate }) => [
        transport,
        client,
        certificate?.name,
        certificate?.organizations,
      ]),
      [
        ["rita", "os:reader"],
        ["otto", "os:operator"],
        ["ann", "os:admin"],
        ["nobody", "Some Company"],
      ].flatMap(([name, role]) => Array(2).fill(["tls", "127.0.0.1", name, [role]])),
    );
  });

  const refused = ["expired", "notYet", "stranger", "impostor", "forServers", "none"] as const;
  for (const kind of refused) {
    Deno.test(`listenTls() asks nothing over ${protocol} of a caller whose certificate is: ${kind}`, async () => {
      await using house = await House.open();
      using client = house.client(kind === "none" ? undefined : CERTIFICATES[kind], protocol);
      await assertRejects(() => house.ask(client), TypeError);
      assertEquals([house.seen, house.listening.connections], [[], 0]);
      await house.until(() => house.listening.handshakes === 0 && house.log.lines.length > 0);
      assertEquals(house.log.lines.map(({ message }) => message), ["a handshake is refused"]);
    });
  }
}

Deno.test("listenTls() takes callers of several authorities, and all organisations of a certificate", async () => {
  const now = Date.now();
  const validity = { notBefore: new Date(now - 60_000), notAfter: new Date(now + 3_600_000) };
  const second = await newAuthority({ name: "second", ...validity });
  const both = { name: "two", roles: ["os:reader", "os:operator"], ...validity };
  await using house = await House.open({ ca: `${CERTIFICATES.ca}\n${second.pair.cert}` });
  using ours = house.client(CERTIFICATES.admin);
  using theirs = house.client(await second.issueClient(both));
  assertEquals([await house.ask(ours), await house.ask(theirs)], ["by h2", "by h2"]);
  assertEquals(house.seen[1]?.certificate?.organizations, ["os:reader", "os:operator"]);
});

Deno.test("listenTls() closes a connection whose handshake does not end, by the time-out", async () => {
  await using house = await House.open();
  const { port } = house.listening;
  for (const bytes of [[], [22], [22, 3, 1, 0x40, 0, 1, 0]]) {
    using silent = await Deno.connect({ hostname: "127.0.0.1", port });
    await silent.write(Uint8Array.from(bytes));
    await house.until(() => house.listening.handshakes === 1);
    await house.clock.sleeping();
    await house.clock.advance(TLS_HANDSHAKE_TIMEOUT_MS - 1);
    assertEquals(house.listening.handshakes, 1);
    await house.clock.advance(1);
    assertEquals(await silent.read(new Uint8Array(1)), null);
    await house.until(() => house.listening.handshakes === 0);
  }
});

Deno.test("listenTls() goes on serving others whatever strangers send instead of a handshake", async () => {
  await using house = await House.open();
  const { port } = house.listening;
  using client = house.client(CERTIFICATES.admin);
  const rubbish: readonly (string | Uint8Array)[] = [
    "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    crypto.getRandomValues(new Uint8Array(4096)),
    Uint8Array.of(22, 3, 1, 0xff, 0xff, ...new Uint8Array(70_000)),
    Uint8Array.of(21, 3, 3, 0, 2, 2, 40),
    new Uint8Array(0),
  ];
  for (const each of [...rubbish, ...rubbish]) {
    const stranger = await Deno.connect({ hostname: "127.0.0.1", port });
    const bytes = typeof each === "string" ? new TextEncoder().encode(each) : each;
    await stranger.write(bytes).catch(() => {}); // Closed on what came so far.
    stranger.close();
    assertEquals(await house.ask(client), "by h2");
  }
  await house.until(() => house.listening.handshakes === 0);
  assertEquals(house.log.lines.filter(({ level }) => level !== "info"), []);
});

Deno.test("listenTls() gives the place of the oldest handshake to the next", async () => {
  await using house = await House.open({ limits: { handshakesMax: 2 } });
  const { port } = house.listening;
  const silent: Deno.TcpConn[] = [];
  for (let n = 1; n <= 2; n++) {
    silent.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    await house.until(() => house.listening.handshakes === n);
  }
  using client = house.client(CERTIFICATES.admin);
  assertEquals(await house.ask(client), "by h2");
  assertEquals(await silent[0]?.read(new Uint8Array(1)), null);
  await house.until(() => house.listening.handshakes === 1);
  for (const each of silent) each.close();
});

Deno.test("listenTls() keeps to its bound of handshakes where many begin at once", async () => {
  await using house = await House.open({ limits: { handshakesMax: 2 } });
  const { port } = house.listening;
  const connect = () => Deno.connect({ hostname: "127.0.0.1", port });
  const silent = await Promise.all(Array.from({ length: 50 }, connect));
  let ended = 0;
  for (const each of silent) {
    each.read(new Uint8Array(1)).then(() => ended++, () => ended++);
  }
  await house.until(() => ended === 48);
  assertEquals(house.listening.handshakes, 2);
  for (const each of silent) each.close();
});

/** A clock that says, when it is made, that `CERTIFICATES.admin` has as many seconds left. */
class LateClock extends FakeClock {
  readonly #secondsLeft: bigint;
  readonly #begun = super.now().seconds;

  constructor(secondsLeft: bigint) {
    super();
    this.#secondsLeft = secondsLeft;
  }

  override now(): Timestamp {
    const end = BigInt(certificateOf(CERTIFICATES.admin).notAfterMs / 1000);
    return { seconds: end - this.#secondsLeft + super.now().seconds - this.#begun, nanos: 0 };
  }
}

function certificateOf({ cert }: CertificatePair): CallerCertificate {
  return callerCertificate(Uint8Array.fromBase64(cert.replaceAll(/-----[^-]+-----/g, "")));
}

Deno.test("listenTls() cuts a connection when its certificate ends", async () => {
  await using house = await House.open({
    clock: new LateClock(5n),
    handler: (exchange) => {
      exchange.respond(200, ["content-type", "text/plain"]);
      exchange.write(new TextEncoder().encode("and"));
    },
  });
  using client = house.client(CERTIFICATES.admin);
  const response = await fetch(`https://localhost:${house.listening.port}/`, { client });
  const reader = response.body?.getReader();
  assertEquals((await reader?.read())?.value, new TextEncoder().encode("and"));
  await house.clock.advance(4999);
  assertEquals(house.listening.connections, 1);
  const cut = assertRejects(async () => await reader?.read());
  await house.clock.advance(1);
  await cut;
  await house.until(() => house.listening.connections === 0);
});

Deno.test("listenTls() cuts a connection at once whose certificate has ended by the machine's own clock", async () => {
  await using house = await House.open({ clock: new LateClock(0n), handler: () => {} });
  using client = house.client(CERTIFICATES.admin);
  await assertRejects(() => house.ask(client), TypeError);
});

for (const protocol of ["h2", "http/1.1"] as const) {
  Deno.test(`listenTls() lets an answer in flight over ${protocol} end when it stops`, async () => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const house = await House.open({
      handler: (exchange) => {
        asked.resolve();
        go.promise.then(() => {
          exchange.respond(200, ["content-type", "text/plain"]);
          exchange.write(new TextEncoder().encode("late"));
          exchange.end();
        });
      },
      handle: async () => {
        asked.resolve();
        await go.promise;
        return new Response("late");
      },
    });
    using client = house.client(CERTIFICATES.admin, protocol);
    const answer = house.ask(client);
    await asked.promise;
    house.stop.abort();
    go.resolve();
    assertEquals(await answer, "late");
    await house.listening.closed;
    await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port: house.listening.port }));
  });
}

Deno.test("listenTls() carries bodies over HTTP/1.1 whole, both ways", async () => {
  await using house = await House.open({
    handle: async (request) => new Response(await request.bytes()),
  });
  using client = house.client(CERTIFICATES.admin, "http/1.1");
  const body = crypto.getRandomValues(new Uint8Array(65_536)).toHex().repeat(16);
  assertEquals(await house.ask(client, { method: "POST", body }) === body, true);
});

Deno.test("listenTls() ends over HTTP/1.1 what a caller leaves", async () => {
  const left = Promise.withResolvers<void>();
  await using house = await House.open({
    handle: () =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode("one")),
            cancel: () => left.resolve(),
          }),
        ),
      ),
  });
  using client = house.client(CERTIFICATES.admin, "http/1.1");
  const response = await fetch(`https://localhost:${house.listening.port}/`, { client });
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await left.promise;
  await house.until(() => house.listening.connections === 0);
});

Deno.test("listenTls() names an address that is taken, and certificates that are none", async () => {
  await using house = await House.open();
  const { port } = house.listening;
  const { server, ca } = CERTIFICATES;
  const options = {
    hostname: "127.0.0.1",
    port,
    handler: () => {},
    handle: () => Promise.resolve(new Response()),
    clock: new FakeClock(),
    log: new FakeLog(),
    signal: new AbortController().signal,
  };
  const taken = await assertRejects(
    () => listenTls({ ...options, certificates: { ...server, ca } }),
    Error,
  );
  assertStringIncludes(taken.message, `Cannot listen on 127.0.0.1:${port}: something else`);
  const unusable: readonly (readonly [string, TlsCertificates])[] = [
    ["authority: there is no CERTIFICATE in PEM in it", { ...server, ca: "" }],
    ["authority: there is no CERTIFICATE in PEM in it", { ...server, ca: server.key }],
    ["authority: a certificate in it may not vouch for others", { ...server, ca: server.cert }],
    ["certificate: there is no CERTIFICATE in PEM in it", { ...server, cert: "", ca }],
    ["certificate: ", { ...server, cert: server.cert.replace(/\nM/, "\nA"), ca }],
    ["key: invalid PEM private key", { ...server, key: "none", ca }],
    ["key: it is not that of the certificate", { ...server, key: CERTIFICATES.admin.key, ca }],
  ];
  for (const [words, certificates] of unusable) {
    const refused = await assertRejects(
      () => listenTls({ ...options, port: 0, certificates }),
      RangeError,
    );
    assertStringIncludes(refused.message, `Cannot serve TLS with this ${words}`);
  }
});

Deno.test("renew() has the next handshake made by other certificates and authorities, and leaves connections alone", async () => {
  await using house = await House.open();
  const now = Date.now();
  const validity = { notBefore: new Date(now - 60_000), notAfter: new Date(now + 3_600_000) };
  const second = await newAuthority({ name: "second", ...validity });
  const pair = await second.issueClient({ name: "new", roles: ["os:reader"], ...validity });
  const server = await second.issueServer({ hosts: ["localhost"], ...validity });
  const caCerts = [CERTIFICATES.ca, second.pair.cert];
  using before = Deno.createHttpClient({ caCerts, http1: false, ...CERTIFICATES.admin });
  assertEquals(await house.ask(before), "by h2");

  assertThrows(
    () => house.listening.renew({ ...server, key: CERTIFICATES.server.key, ca: CERTIFICATES.ca }),
    RangeError,
    "Cannot serve TLS with this key",
  );
  using again = Deno.createHttpClient({ caCerts, http1: false, ...CERTIFICATES.admin });
  assertEquals(await house.ask(again), "by h2");

  house.listening.renew({ ...server, ca: second.pair.cert });
  using stranger = Deno.createHttpClient({ caCerts, http1: false, ...CERTIFICATES.admin });
  await assertRejects(() => house.ask(stranger), TypeError);
  using after = Deno.createHttpClient({ caCerts: [second.pair.cert], http1: false, ...pair });
  assertEquals(await house.ask(after), "by h2");
  assertEquals(house.seen.at(-1)?.certificate?.name, "new");
  // On the connection of before.
  assertEquals(await house.ask(before), "by h2");
  assertEquals(house.seen.at(-1)?.certificate?.name, "ann");
});

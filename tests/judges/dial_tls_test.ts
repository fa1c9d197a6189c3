/** HTTP/2 over TLS with certificates on both sides, made by OpenSSL. */
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TlsOptions } from "node:tls";
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { join } from "@std/path/posix";
import { dialTls, type TlsIdentity } from "../../api/client/dial.ts";
import { fetchTransport } from "../../api/client/fetch_transport.ts";
import { http2Transport } from "../../api/client/http2_transport.ts";
import { serveHttp2 } from "../../api/http2/connection.ts";
import { http2Client } from "../../api/http2/http2_client.ts";
import { tlsDuplex } from "../../api/http2/tls_duplex.ts";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { output } from "../bench/programs.ts";
import { apiFixture } from "../fakes/api.ts";

/** Each certificate takes milliseconds. */
const OPENSSL_MS_MAX = 20_000;

interface Pair {
  readonly key: string;
  readonly cert: string;
}

/** Certificates of one authority. */
class Authority {
  readonly #folder: string;
  readonly #name: string;

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  static async make(folder: string, name: string): Promise<Authority> {
    const made = new Authority(folder, name);
    await made.#openssl(name, ["-subj", `/CN=${name}`]);
    return made;
  }

  get cert(): Promise<string> {
    return Deno.readTextFile(join(this.#folder, `${this.#name}.crt`));
  }

  /** A pair for `localhost` and its address. */
  async issue(name: string): Promise<Pair> {
    const authority = join(this.#folder, this.#name);
    await this.#openssl(name, [
      ...["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      // An authority is taken for no server.
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`],
    ]);
    const path = join(this.#folder, name);
    return {
      key: await Deno.readTextFile(`${path}.key`),
      cert: await Deno.readTextFile(`${path}.crt`),
    };
  }

  async #openssl(name: string, words: readonly string[]): Promise<void> {
    const path = join(this.#folder, name);
    const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const args = ["req", ...kind, "-days", "2", "-keyout", `${path}.key`, "-out", `${path}.crt`];
    await output({ program: "openssl", args: [...args, ...words], msMax: OPENSSL_MS_MAX });
  }
}

/** The API behind TLS. */
async function serve(
  options: TlsOptions,
): Promise<{ server: Server; port: number } & AsyncDisposable> {
  const api = apiFixture();
  const server = createServer(options, (socket) => {
    serveHttp2(tlsDuplex(socket), {
      handler: api.api.exchange,
      peer: { transport: "unix" },
      clock: systemClock(),
      signal: api.stop.signal,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    async [Symbol.asyncDispose]() {
      api.stop.abort();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function tag(
  port: number,
  identity: TlsIdentity,
  hostname = "localhost",
): Promise<string | undefined> {
  const ports = { clock: systemClock(), random: systemRandom() };
  const dial = dialTls({ hostname, port }, identity);
  using client = http2Client({ ...ports, dial });
  const transport = http2Transport({ client, protocol: "grpc", clock: ports.clock });
  const { messages } = await createClient(MachineService, transport).version({});
  return messages[0]?.version?.tag;
}

Deno.test("dialTls() speaks HTTP/2 where both sides know each other, and nowhere else", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-tls-" });
  try {
    const [ours, other] = [
      await Authority.make(folder, "ours"),
      await Authority.make(folder, "other"),
    ];
    const [ca, stranger] = [await ours.cert, await other.cert];
    const [machine, user, intruder] = [
      await ours.issue("machine"),
      await ours.issue("user"),
      await other.issue("intruder"),
    ];
    await using mutual = await serve({
      ...machine,
      ca,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ["h2"],
    });
    assertEquals(await tag(mutual.port, { ca, ...user }), "v0.1.0");
    // An address has no name to ask for, and is in the certificate too.
    assertEquals(await tag(mutual.port, { ca, ...user }, "127.0.0.1"), "v0.1.0");
    const refused: readonly (readonly [string, TlsIdentity])[] = [
      ["no certificate", { ca }],
      ["a stranger's certificate", { ca, ...intruder }],
      ["a server of a strange authority", { ca: stranger, ...user }],
      ["another name", { ca, ...user, servername: "elsewhere.example" }],
    ];
    for (const [name, identity] of refused) {
      const error = await assertRejects(() => tag(mutual.port, identity), ConnectError);
      assertEquals(Code[error.code], "Unavailable", `${name}: ${error.message}`);
    }
    await using old = await serve({ ...machine, ALPNProtocols: ["http/1.1"] });
    const error = await assertRejects(() => tag(old.port, { ca }), ConnectError);
    assertEquals(error.code, Code.Unavailable, error.message);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fetchTransport() speaks TLS to https://, by name and address, to whom it trusts", async () => {
  const folder = await Deno.makeTempDir({ prefix: "strata-tls-" });
  const api = apiFixture();
  try {
    const [ours, other] = [
      await Authority.make(folder, "ours"),
      await Authority.make(folder, "other"),
    ];
    const machine = await ours.issue("machine");
    const ca = await ours.cert;
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, ...machine, onListen() {} },
      (request) => api.api.handle(request, { transport: "unix" }),
    );
    const { port } = server.addr;
    const asked = async (hostname: string, trusted: string) => {
      const endpoint = { transport: "https", origin: `https://${hostname}:${port}` } as const;
      const found = { endpoint, token: undefined, identity: { ca: trusted } };
      const { transport, close } = fetchTransport(found);
      try {
        return (await createClient(MachineService, transport).version({})).messages[0]?.version;
      } finally {
        close();
      }
    };
    for (const hostname of ["localhost", "127.0.0.1"]) {
      assertEquals((await asked(hostname, ca))?.tag, "v0.1.0");
    }
    const stranger = await other.cert;
    const error = await assertRejects(() => asked("localhost", stranger), ConnectError);
    assertEquals(error.code, Code.Unavailable, error.message);
  } finally {
    api.stop.abort();
    await Deno.remove(folder, { recursive: true });
  }
});

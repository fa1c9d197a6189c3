/** The same calls in every protocol and form of message, over HTTP/2 and HTTP/1.1, by our own clients. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import type { CallForm } from "../../api/client/call_form.ts";
import { dialUnix } from "../../api/client/dial.ts";
import { fetchTransport } from "../../api/client/fetch_transport.ts";
import { http2Transport } from "../../api/client/http2_transport.ts";
import { httpHandler } from "../../api/grpc/exchange_request.ts";
import { http2Client } from "../../api/http2/http2_client.ts";
import { GZIP_BYTES_MIN } from "../../api/limits.ts";
import { listenHttp2 } from "../../api/listen_http2.ts";
import { listenUnix } from "../../api/listen_unix.ts";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { GraphService } from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { apiFixture, opaqueResource } from "../fakes/api.ts";
import { FakeLog } from "../fakes/log.ts";

const KIND = { namespace: "default", type: "os/test" };

/** Long enough to be compressed. */
const YAML = "a: 1\n".repeat(GZIP_BYTES_MIN);

/** What came in, as fetch has it; gRPC does not come by here. */
interface Seen {
  readonly method: string;
  readonly query: URLSearchParams;
}

/** The API on both of its sockets. */
class Machine implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly #api = apiFixture();
  readonly #folder = Deno.makeTempDirSync({ prefix: "strata-forms-" });
  #closed: Promise<unknown> = Promise.resolve();

  get http2Path(): string {
    return `${this.#folder}/strata.sock`;
  }

  get httpPath(): string {
    return `${this.#folder}/http.sock`;
  }

  async listen(): Promise<this> {
    const { api, state, stop, log } = this.#api;
    await state.create(opaqueResource("a", { yaml: YAML }));
    const ports = { clock: systemClock(), log: new FakeLog(), signal: stop.signal };
    const handle: typeof api.handle = (request, arrival) => {
      const { searchParams } = new URL(request.url);
      this.seen.push({ method: request.method, query: searchParams });
      return api.handle(request, arrival);
    };
    const spied = httpHandler(handle, log);
    const http2 = await listenHttp2({
      ...ports,
      address: { path: this.http2Path, mode: 0o600 },
      handler: (exchange) => {
        const type = exchange.headers[exchange.headers.indexOf("content-type") + 1] ?? "";
        const isGrpc = /^application\/grpc($|\+)/.test(type);
        return isGrpc ? api.exchange(exchange) : spied(exchange);
      },
    });
    const http = await listenUnix({ ...ports, path: this.httpPath, mode: 0o600, handle });
    this.#closed = Promise.all([http2.closed, http.closed]);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#api.stop.abort();
    await this.#closed;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

type Connected = { readonly transport: Transport; close(): void };

const LISTENERS = {
  "HTTP/2": (machine: Machine, protocol: Protocol, form: CallForm): Connected => {
    const clock = systemClock();
    const dial = dialUnix(machine.http2Path);
    const client = http2Client({ clock, random: systemRandom(), dial });
    const transport = http2Transport({ ...form, client, clock, protocol });
    return { transport, close: () => client.close() };
  },
  "HTTP/1.1": (machine: Machine, protocol: Protocol, form: CallForm): Connected => {
    assert(protocol !== "grpc");
    const endpoint = { transport: "unix", path: machine.httpPath } as const;
    return fetchTransport({ endpoint, token: undefined }, { ...form, protocol });
  },
} as const;

type Listener = keyof typeof LISTENERS;
type Protocol = "connect" | "grpc" | "grpc-web";

const PROTOCOLS: readonly (readonly [Listener, Protocol])[] = [
  ["HTTP/2", "connect"],
  ["HTTP/2", "grpc"],
  ["HTTP/2", "grpc-web"],
  ["HTTP/1.1", "connect"],
  ["HTTP/1.1", "grpc-web"],
];

/** Reads and is refused, by a call and by a stream. */
async function callAll(transport: Transport): Promise<void> {
  const client = createClient(State, transport);
  const { resource } = await client.get({ ...KIND, id: "a" });
  assertEquals(resource?.spec?.yamlSpec, YAML);
  const listed = await Array.fromAsync(client.list(KIND));
  assertEquals(listed.map((one) => one.resource?.spec?.yamlSpec), [YAML]);
  // Long enough to be compressed, as a request.
  const id = "b".repeat(GZIP_BYTES_MIN);
  const absent = await assertRejects(() => client.get({ ...KIND, id }), ConnectError);
  assertEquals(absent.code, Code.NotFound, absent.message);
  const refused = await assertRejects(
    () => Array.fromAsync(client.list({ ...KIND, options: { idQuery: { regexp: "(" } } })),
    ConnectError,
  );
  assertEquals(refused.code, Code.InvalidArgument, refused.message);
}

for (const [listener, protocol] of PROTOCOLS) {
  for (const json of [false, true]) {
    for (const gzip of [false, true]) {
      const name = `${protocol} over ${listener}, ${json ? "JSON" : "proto"}${
        gzip ? ", gzip" : ""
      }`;
      Deno.test(`the API answers calls and streams by ${name}`, async () => {
        await using machine = await new Machine().listen();
        const { transport, close } = LISTENERS[listener](machine, protocol, { json, gzip });
        try {
          await callAll(transport);
        } finally {
          close();
        }
        assertEquals(machine.seen.every(({ method }) => method === "POST"), true);
      });
    }
  }
}

for (const listener of ["HTTP/2", "HTTP/1.1"] as const) {
  for (const json of [false, true]) {
    for (const gzip of [false, true]) {
      const name = `${listener}, ${json ? "JSON" : "proto"}${gzip ? ", gzip" : ""}`;
      Deno.test(`the API answers what changes nothing by GET over ${name}`, async () => {
        await using machine = await new Machine().listen();
        const form = { json, gzip, get: true };
        const { transport, close } = LISTENERS[listener](machine, "connect", form);
        try {
          const state = createClient(State, transport);
          const { resource } = await state.get({ ...KIND, id: "a" });
          assertEquals(resource?.spec?.yamlSpec, YAML);
          const id = "b".repeat(GZIP_BYTES_MIN);
          const absent = await assertRejects(() => state.get({ ...KIND, id }), ConnectError);
          assertEquals(absent.code, Code.NotFound, absent.message);
          await createClient(GraphService, transport).graph({});
          // It changes something.
          const destroyed = state.destroy({ ...KIND, id: "none" });
          assertEquals((await assertRejects(() => destroyed, ConnectError)).code, Code.NotFound);
        } finally {
          close();
        }
        assertEquals(machine.seen.map(({ method }) => method), ["GET", "GET", "GET", "POST"]);
        const asked = machine.seen.slice(0, 3).map(({ query }) => query);
        assertEquals(
          asked.map((query) => query.get("encoding")),
          Array(3).fill(json ? "json" : "proto"),
        );
        assertEquals(asked[1]?.get("compression"), gzip ? "gzip" : null);
      });
    }
  }
}

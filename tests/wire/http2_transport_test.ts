/** Calls of `@connectrpc/connect` over our HTTP/2, on our server and on servers that say what they are told to. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { create, toBinary } from "@bufbuild/protobuf";
import { gzipSync } from "node:zlib";
import { http2Transport, type Protocol } from "../../api/client/http2_transport.ts";
import { serveHttp2 } from "../../api/http2/connection.ts";
import type { Exchange } from "../../api/http2/exchange.ts";
import { Http2Code } from "../../api/http2/fault.ts";
import { type HeaderPairs, headerValue } from "../../api/http2/header_pairs.ts";
import { type Http2Client, http2Client } from "../../api/http2/http2_client.ts";
import { MESSAGE_BYTES_MAX } from "../../api/limits.ts";
import { MachineService, VersionResponseSchema } from "../../proto/gen/machine/machine_pb.ts";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { FakeClock } from "../fakes/clock.ts";
import { apiFixture, opaqueResource } from "../fakes/api.ts";
import { duplexPair } from "../fakes/duplex_pair.ts";
import { framed } from "../fakes/grpc_client.ts";
import { FakeRandom } from "../fakes/random.ts";

type Answer = (exchange: Exchange, count: number) => void;

/** A client in memory of a server that answers as it is told to, or of the whole API. */
class House implements Disposable {
  readonly api = apiFixture();
  readonly clock = new FakeClock();
  readonly exchanges: Exchange[] = [];
  readonly client: Http2Client;
  readonly transport: Transport;

  constructor({ answer, protocol = "grpc", ...options }: {
    readonly answer?: Answer;
    readonly protocol?: Protocol;
    readonly token?: string;
    readonly answerWaitMs?: number;
  } = {}) {
    const { clock } = this;
    const random = new FakeRandom();
    this.client = http2Client({
      clock,
      random,
      dial: () => {
        const { client, server } = duplexPair();
        serveHttp2(server, {
          handler: (exchange) => {
            const count = this.exchanges.push(exchange);
            (answer ?? this.api.api.exchange)(exchange, count);
          },
          peer: { transport: "unix" },
          clock,
          signal: this.api.stop.signal,
        });
        return Promise.resolve(client);
      },
    });
    this.transport = http2Transport({ client: this.client, protocol, clock, ...options });
  }

  get machine() {
    return createClient(MachineService, this.transport);
  }

  get state() {
    return createClient(State, this.transport);
  }

  [Symbol.dispose](): void {
    this.client.close();
    this.api.stop.abort();
  }
}

const VERSION = toBinary(
  VersionResponseSchema,
  create(VersionResponseSchema, { messages: [{ version: { tag: "v1" } }] }),
);

/** Answers as gRPC does. */
function answerWith(
  exchange: Exchange,
  { body, headers = [], trailers = ["grpc-status", "0"] }: {
    readonly body?: Uint8Array;
    readonly headers?: HeaderPairs;
    readonly trailers?: HeaderPairs;
  },
): void {
  exchange.collect(MESSAGE_BYTES_MAX, () => {
    exchange.respond(200, ["content-type", "application/grpc", ...headers]);
    if (body !== undefined) exchange.write(body);
    exchange.end(trailers);
  });
}

for (const protocol of ["grpc", "connect", "grpc-web"] as const) {
  Deno.test(`http2Transport() calls and streams by ${protocol}, over one connection`, async () => {
    using house = new House({ protocol });
    const answers = await Promise.all(Array.from({ length: 20 }, () => house.machine.version({})));
    assertEquals(
      answers.map(({ messages }) => messages[0]?.version?.tag),
      Array(20).fill("v0.1.0"),
    );
    for (const id of ["a", "b", "c"]) await house.api.state.create(opaqueResource(id));
    const request = { namespace: "default", type: "os/test" };
    const listed = await Array.fromAsync(house.state.list(request));
    assertEquals(listed.map(({ resource }) => resource?.metadata?.id), ["a", "b", "c"]);
    const error = await assertRejects(
      () => house.state.get({ ...request, id: "missing" }),
      ConnectError,
      "resource os/test(default/missing@undefined) doesn't exist",
    );
    assertEquals(error.code, Code.NotFound);
    assertEquals(house.client.connections, 1);
  });

  Deno.test(`http2Transport() carries great messages both ways by ${protocol}, compressed where the server likes`, async () => {
    using house = new House({ protocol });
    const proto = new Uint8Array(600_000).map((_, index) => index * index >> 7);
    const { metadata } = await house.api.state.create(opaqueResource("a"));
    const options = { owner: "" };
    const updated = await house.state.update({
      newResource: {
        metadata: {
          ...{ namespace: "default", type: "os/test", id: "a", phase: "running" },
          version: String(metadata.version),
        },
        spec: { protoSpec: proto, yamlSpec: "a" },
      },
      options,
    });
    assertEquals(updated.resource?.spec?.protoSpec, proto);
  });

  Deno.test(`http2Transport() ends a stream at the server when its reader leaves, by ${protocol}`, async () => {
    using house = new House({ protocol });
    const leave = new AbortController();
    const request = { namespace: "default", type: "os/test", apiVersion: 1 };
    const events = house.state.watch(request, { signal: leave.signal })[Symbol.asyncIterator]();
    assertEquals((await events.next()).value?.event, []);
    assertEquals(house.api.api.watches, 1);
    const left = Promise.withResolvers<void>();
    house.exchanges[0]?.onBroken(() => left.resolve());
    const next = events.next();
    leave.abort();
    const error = await assertRejects(() => next, ConnectError);
    assertEquals(error.code, Code.Canceled);
    await left.promise;
    assertEquals(house.api.api.watches, 0);
  });

  Deno.test(`http2Transport() ends a call at its deadline, and tells the server of it, by ${protocol}`, async () => {
    using house = new House({ protocol, answer: () => {} });
    const error = await assertRejects(
      () => house.machine.version({}, { timeoutMs: 20 }),
      ConnectError,
    );
    assertEquals(error.code, Code.DeadlineExceeded);
    const name = protocol === "connect" ? "connect-timeout-ms" : "grpc-timeout";
    const told = headerValue(house.exchanges[0]?.headers ?? [], name);
    assertEquals(told, protocol === "connect" ? "20" : "20m");
  });
}

Deno.test("http2Transport() sends a request again that the server did not look at, and no other", async () => {
  using house = new House({
    answer(exchange, count) {
      if (count <= 2) exchange.reset(Http2Code.REFUSED_STREAM);
      else answerWith(exchange, { body: framed(VERSION) });
    },
  });
  assertEquals((await house.machine.version({})).messages[0]?.version?.tag, "v1");
  assertEquals(house.exchanges.length, 3);
  for (
    const [code, expected] of [
      [Http2Code.REFUSED_STREAM, Code.Unavailable],
      [Http2Code.CANCEL, Code.Canceled],
      [Http2Code.ENHANCE_YOUR_CALM, Code.ResourceExhausted],
      [Http2Code.INADEQUATE_SECURITY, Code.PermissionDenied],
      [Http2Code.INTERNAL_ERROR, Code.Internal],
    ] as const
  ) {
    using other = new House({ answer: (exchange) => exchange.reset(code) });
    const error = await assertRejects(() => other.machine.version({}), ConnectError);
    assertEquals(error.code, expected, error.message);
    assertEquals(other.exchanges.length, code === Http2Code.REFUSED_STREAM ? 4 : 1);
  }
});

Deno.test("http2Transport() reads status, message and details of gRPC, whether alone or behind a body", async () => {
  const detail = toBinary(StringValueSchema, create(StringValueSchema, { value: "why" }));
  const any = [
    0x0a,
    39,
    ...new TextEncoder().encode("type.googleapis.com/google.protobuf.StringValue"),
  ];
  const length = any.length - 2;
  any[1] = length;
  const packed = [...any, 0x12, detail.length, ...detail];
  const status = Uint8Array.from([0x08, 9, 0x12, 2, 0x6e, 0x6f, 0x1a, packed.length, ...packed]);
  const trailers = [
    ...["grpc-status", "9", "grpc-message", "a%20b%E2%82%AC"],
    ...["grpc-status-details-bin", status.toBase64({ omitPadding: true })],
  ];
  using alone = new House({
    answer: (exchange) =>
      exchange.respond(200, ["content-type", "application/grpc", ...trailers], true),
  });
  using behind = new House({ answer: (exchange) => answerWith(exchange, { trailers }) });
  for (const house of [alone, behind]) {
    const error = await assertRejects(() => house.machine.version({}), ConnectError);
    assertEquals([error.code, error.rawMessage], [Code.FailedPrecondition, "no"]);
    assertEquals(error.findDetails(StringValueSchema).map(({ value }) => value), ["why"]);
  }
});

Deno.test("http2Transport() inflates answers up to the bound of a message, and no further", async () => {
  const zip = (bytes: Uint8Array) => framed(new Uint8Array(gzipSync(bytes)), 1);
  const headers = ["grpc-encoding", "gzip"];
  using good = new House({
    answer: (exchange) => answerWith(exchange, { headers, body: zip(VERSION) }),
  });
  assertEquals((await good.machine.version({})).messages[0]?.version?.tag, "v1");
  assertEquals(headerValue(good.exchanges[0]?.headers ?? [], "grpc-accept-encoding"), "gzip");
  const bomb = zip(new Uint8Array(MESSAGE_BYTES_MAX + 1));
  using bad = new House({ answer: (exchange) => answerWith(exchange, { headers, body: bomb }) });
  const error = await assertRejects(() => bad.machine.version({}), ConnectError);
  assertEquals(error.code, Code.ResourceExhausted);
  const huge = framed(new Uint8Array(0));
  new DataView(huge.buffer).setUint32(1, MESSAGE_BYTES_MAX + 1);
  using long = new House({ answer: (exchange) => answerWith(exchange, { body: huge }) });
  const refused = await assertRejects(() => long.machine.version({}), ConnectError);
  assertEquals(refused.code, Code.ResourceExhausted);
});

Deno.test("http2Transport() takes nothing for an answer that is none", async () => {
  const cases: readonly (readonly [Answer, Code])[] = [
    [(exchange) => exchange.respond(404, [], true), Code.Unimplemented],
    [(exchange) => exchange.respond(503, [], true), Code.Unavailable],
    [(exchange) => exchange.respond(200, ["content-type", "text/html"], true), Code.Unknown],
    [(exchange) => answerWith(exchange, { body: framed(VERSION), trailers: [] }), Code.Internal],
    [(exchange) => answerWith(exchange, {}), Code.Unimplemented],
    [
      (exchange) => answerWith(exchange, { body: framed(VERSION).subarray(0, 7) }),
      Code.Internal,
    ],
  ];
  for (const [answer, code] of cases) {
    using house = new House({ answer });
    const error = await assertRejects(() => house.machine.version({}), ConnectError);
    assertEquals(Code[error.code], Code[code], error.message);
  }
});

Deno.test("http2Transport() takes a status in the head for none where more is said behind it", async () => {
  const headers = ["grpc-status", "9"];
  const cases: readonly (readonly [Answer, Code])[] = [
    [(exchange) => answerWith(exchange, { headers, trailers: [] }), Code.FailedPrecondition],
    [
      (exchange) => answerWith(exchange, { headers, trailers: ["grpc-status", "8"] }),
      Code.ResourceExhausted,
    ],
    [
      (exchange) => answerWith(exchange, { headers, body: framed(VERSION), trailers: [] }),
      Code.Internal,
    ],
  ];
  for (const [answer, code] of cases) {
    using house = new House({ answer });
    const error = await assertRejects(() => house.machine.version({}), ConnectError);
    assertEquals(Code[error.code], Code[code], error.message);
  }
});

Deno.test("http2Transport() waits for the head of a stream's answer so long, and no longer", async () => {
  using house = new House({ answer: () => {}, answerWaitMs: 10_000 });
  const reading = assertRejects(
    () => Array.fromAsync(house.state.list({})),
    ConnectError,
    "no answer in 10 s",
  );
  await house.clock.sleeping(2);
  for (let count = 0; count < 11; count++) await house.clock.advance(1000);
  await reading;
});

Deno.test("http2Transport() sends its token with every call", async () => {
  using house = new House({
    token: "hush",
    answer: (exchange) => answerWith(exchange, { body: framed(VERSION) }),
  });
  await house.machine.version({});
  const [exchange] = house.exchanges;
  assertEquals(headerValue(exchange?.headers ?? [], "authorization"), "Bearer hush");
  assertEquals([exchange?.path, exchange?.authority], [
    "/machine.MachineService/Version",
    "localhost",
  ]);
  assert(headerValue(exchange?.headers ?? [], "te") === "trailers");
});

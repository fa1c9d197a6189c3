// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { create, toBinary } from "@bufbuild/protobuf";
import { gzipSync } from "node:zlib";
import { GetRequestSchema, State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { Health, HealthCheckRequestSchema } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { anyService } from "../../tests/fakes/any_service.ts";
import { apiFixture, opaqueResource } from "../../tests/fakes/api.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeExchange, type FakeExchangeInit } from "../../tests/fakes/fake_exchange.ts";
import { FakeLog } from "../../tests/fakes/log.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import {
  answersIn,
  bytesOf,
  codeOf,
  framed,
  grpcCall,
  messageOf,
  messagesIn,
  pathOf,
} from "../../tests/fakes/grpc_client.ts";
import { JSON_DEPTH_MAX } from "../limits.ts";

const KIND = { namespace: "default", type: "os/test" };
const GET = State.method.get;
const request = toBinary(GetRequestSchema, create(GetRequestSchema, { ...KIND, id: "a" }));
const zipped = new Uint8Array(gzipSync(request));

async function serve() {
  const fixture = apiFixture();
  await fixture.state.create(opaqueResource("a", { yaml: "y: 1\n".repeat(1000) }));
  // A first call reads a module; later ones are answered at once.
  await grpcCall(fixture.api.exchange, GET, { ...KIND, id: "a" }).over();
  const ask = (init: Partial<FakeExchangeInit>): FakeExchange =>
    FakeExchange.ask(fixture.api.exchange, { path: pathOf(GET), body: framed(request), ...init });
  return { ...fixture, ask };
}

Deno.test("grpcServer() answers a unary call at once, in the form it was asked in", async () => {
  const { ask } = await serve();
  for (const type of ["application/grpc", "application/grpc+proto"]) {
    const exchange = ask({ contentType: type });
    assertEquals([exchange.closed, exchange.status, codeOf(exchange)], [true, 200, "OK"]);
    assertEquals(exchange.header("content-type"), type);
    assertEquals(exchange.header("grpc-accept-encoding"), "identity,gzip");
    assertEquals(answersIn(exchange, GET)[0]?.resource?.metadata?.id, "a");
    assertEquals(exchange.written.length, 1);
  }
  const late = ask({ body: framed(request) });
  assertEquals(late.answerHeaders, ask({}).answerHeaders);
});

Deno.test("grpcServer() speaks JSON to who asks in JSON, refusals and streams too", async () => {
  const { ask } = await serve();
  const json = (value: unknown) => framed(new TextEncoder().encode(JSON.stringify(value)));
  const said = (exchange: FakeExchange) =>
    messagesIn(exchange).map((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
  const contentType = "application/grpc+json";
  // A field that we do not know is none of our business.
  const got = ask({ contentType, body: json({ ...KIND, id: "a", later: 1 }) });
  assertEquals([codeOf(got), got.header("content-type")], ["OK", contentType]);
  assertEquals(said(got)[0]?.resource?.metadata?.id, "a");
  const zipped = ask({
    contentType,
    body: json({ ...KIND, id: "a" }),
    headers: ["grpc-encoding", "gzip"],
  });
  assertEquals([zipped.written[0]?.[0], said(zipped)], [1, said(got)]);
  const path = pathOf(State.method.list);
  const listed = ask({ contentType, path, body: json(KIND) });
  await listed.over();
  assertEquals(said(listed), said(got));
  const absent = ask({ contentType, body: json({ ...KIND, id: "b" }) });
  assertEquals([codeOf(absent), absent.written], ["NotFound", []]);
  const deep = "[".repeat(JSON_DEPTH_MAX + 1);
  for (const text of ["", "{", '{"id":1}', deep, '"\xff"']) {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    assertEquals(codeOf(ask({ contentType, body: framed(bytes) })), "InvalidArgument", text);
  }
});

Deno.test("grpcServer() takes messages to the bound it is given, compressed or not", async () => {
  const check = (length: number) => {
    const filled = create(HealthCheckRequestSchema, { service: "x".repeat(length - 3) });
    const message = toBinary(HealthCheckRequestSchema, filled);
    assertEquals(message.length, length);
    return message;
  };
  const { exchange: handler } = anyService(Health, { check: () => ({}) }, {
    clock: new FakeClock(),
    random: new FakeRandom(),
    log: new FakeLog(),
    signal: new AbortController().signal,
    messageBytesMax: 1000,
  });
  const code = async (body: Uint8Array, headers: readonly string[] = []) => {
    const exchange = FakeExchange.ask(handler, {
      path: pathOf(Health.method.check),
      body,
      headers,
    });
    await exchange.over();
    return codeOf(exchange);
  };
  const gzip = ["grpc-encoding", "gzip"];
  const packed = (length: number) => framed(new Uint8Array(gzipSync(check(length))), 1);
  assertEquals(await code(framed(check(1000))), "OK");
  assertEquals(await code(framed(check(1001))), "ResourceExhausted");
  assertEquals(await code(packed(1000), gzip), "OK");
  assertEquals(await code(packed(1001), gzip), "ResourceExhausted");
});

Deno.test("grpcServer() takes a body that comes in pieces", async () => {
  const { api } = await serve();
  const exchange = FakeExchange.ask(api.exchange, { path: pathOf(GET) });
  for (const byte of framed(request)) exchange.send(Uint8Array.of(byte));
  assertEquals(exchange.closed, false);
  exchange.sendEnd();
  assertEquals(codeOf(exchange), "OK");
});

Deno.test("grpcServer() refuses other methods and forms of messages as HTTP does", async () => {
  const { ask } = await serve();
  for (const method of ["GET", "PUT", "OPTIONS"]) {
    const exchange = ask({ method });
    assertEquals([exchange.status, exchange.header("allow")], [405, "POST"]);
  }
  for (const contentType of ["application/grpc+cbor", "application/grpc+thrift"]) {
    const exchange = ask({ contentType });
    assertEquals([exchange.status, exchange.written.length], [415, 0]);
    assertStringIncludes(exchange.header("accept-post") ?? "", "application/grpc+proto");
  }
});

Deno.test("grpcServer() names what is served to who calls what is not", async () => {
  const { ask } = await serve();
  const method = ask({ path: "/cosi.resource.State/Got" });
  assertEquals([method.status, codeOf(method)], [200, "Unimplemented"]);
  assertStringIncludes(messageOf(method), "/cosi.resource.State/Got, may be /cosi.resource.State/");
  const bad = ["/no.Service/Get", "/", "*", "//", "/cosi.resource.State", "/cosi.resource.State/"];
  for (const path of [...bad, `${pathOf(GET)}?a=b`, `/${"x".repeat(9000)}/y`]) {
    const exchange = ask({ path });
    assertEquals([exchange.status, codeOf(exchange)], [200, "Unimplemented"], path.slice(0, 50));
    assert((exchange.trailer("grpc-message") ?? "").length < 1000);
  }
});

Deno.test("grpcServer() knows identity and gzip, and names them to who sends another", async () => {
  const { ask } = await serve();
  const other = ask({ headers: ["grpc-encoding", "zstd"] });
  assertEquals(codeOf(other), "Unimplemented");
  assertEquals(other.header("grpc-accept-encoding"), "identity,gzip");
  assertStringIncludes(messageOf(other), '"zstd"');
  assertEquals(codeOf(ask({ headers: ["grpc-encoding", "identity"] })), "OK");
  assertEquals(codeOf(ask({ body: framed(zipped, 1) })), "Internal");
});

Deno.test("grpcServer() reads gzip, and answers in it unless the caller cannot read it", async () => {
  const { ask } = await serve();
  const plain = ask({});
  const both = ask({ headers: ["grpc-encoding", "gzip"], body: framed(zipped, 1) });
  assertEquals([codeOf(both), both.header("grpc-encoding")], ["OK", "gzip"]);
  assertEquals(both.written[0]?.[0], 1);
  assert((both.written[0]?.length ?? 0) < 1000);
  assertEquals(answersIn(both, GET), answersIn(plain, GET));
  const one = ask({ headers: ["grpc-encoding", "gzip", "grpc-accept-encoding", "identity"] });
  assertEquals([one.header("grpc-encoding"), one.written[0]?.[0]], [undefined, 0]);
  const list = grpcCall((await serve()).api.exchange, State.method.list, KIND, {
    headers: ["grpc-encoding", "gzip"],
  });
  await list.over();
  assertEquals([codeOf(list), list.written[0]?.[0]], ["OK", 1]);
});

Deno.test("grpcServer() refuses every body but one message", async () => {
  const { ask } = await serve();
  const frame = framed(request);
  const bodies: [string, Uint8Array][] = [
    ["Unimplemented", bytesOf(frame, frame)],
    ["Unimplemented", new Uint8Array(0)],
    ["Unimplemented", bytesOf(frame, new Uint8Array(3))],
    ["InvalidArgument", frame.subarray(0, 7)],
    ["InvalidArgument", frame.subarray(0, 3)],
    ["ResourceExhausted", new Uint8Array(5_000_000)],
  ];
  for (const [code, body] of bodies) {
    for (const method of [GET, State.method.list]) {
      const exchange = ask({ path: pathOf(method), body });
      await exchange.over();
      assertEquals([codeOf(exchange), exchange.status, exchange.written.length], [code, 200, 0]);
    }
  }
});

Deno.test("grpcServer() refuses a deadline that is none, or has passed", async () => {
  const { ask } = await serve();
  assertEquals(codeOf(ask({ headers: ["grpc-timeout", "1x"] })), "InvalidArgument");
  const passed = ask({ headers: ["grpc-timeout", "0n"] });
  assertEquals([codeOf(passed), messageOf(passed)], ["DeadlineExceeded", "the deadline passed"]);
  assertEquals(codeOf(ask({ headers: ["grpc-timeout", "1S"] })), "OK");
});

Deno.test("grpcServer() hands other content types to HTTP, Connect and gRPC-Web among them", async () => {
  const { ask } = await serve();
  const connect = ask({ contentType: "application/proto", body: request });
  await connect.over();
  assertEquals([connect.status, connect.header("content-type")], [200, "application/proto"]);
  const web = ask({ contentType: "application/grpc-web+proto" });
  await web.over();
  assertEquals([web.status, web.header("content-type")], [200, "application/grpc-web+proto"]);
  const live = ask({ method: "GET", path: "/livez", contentType: null });
  await live.over();
  assertEquals(live.status, 200);
});

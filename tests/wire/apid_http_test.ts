/** HTTP/1.1 through the proxy of the API, in clear and over TLS, and every protocol when the machine is gone. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { connect } from "../../api/client/transport.ts";
import type { Exchange } from "../../api/http2/exchange.ts";
import { HTTP2_HEADER_BYTES_MAX, MESSAGE_BYTES_MAX } from "../../api/limits.ts";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { apiFixture, opaqueResource, TOKEN } from "../fakes/api.ts";
import { ApidHouse } from "../fakes/apid_house.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";

const CERTIFICATES = await callerCertificates();
const { admin } = CERTIFICATES;
const PATH = "/api/v1/resources/default/os%2Ftest";
const POINTER = { namespace: "default", type: "os/test", id: "a" };

/** The API behind the proxy. */
async function apiHouse() {
  const fixture = apiFixture();
  await fixture.state.create(opaqueResource("a", { yaml: "1\n" }));
  const house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: fixture.api.exchange,
  });
  return { fixture, house };
}

/** Lines of a stream as they come. */
function linesOf(response: Response): ReadableStreamDefaultReader<string> {
  const text = response.body ?? new ReadableStream();
  return text.pipeThrough(new TextDecoderStream()).getReader();
}

Deno.test("apiProxy() answers over HTTP/1.1 as the machine does: bodies, HEAD, 404, 405, ETag", async () => {
  const { fixture, house } = await apiHouse();
  await using _ = house;
  using tls = Deno.createHttpClient({ caCerts: [CERTIFICATES.ca], http2: false, ...admin });
  const ways = [
    (path: string, init?: RequestInit) => house.fetch(path, init),
    (path: string, init?: RequestInit) =>
      fetch(`https://localhost:${house.tlsPort}${path}`, { ...init, client: tls }),
  ];
  for (const ask of ways) {
    for (const path of ["/livez", "/version", `${PATH}/a`, PATH, "/nowhere", "/api/v1/types"]) {
      for (const method of ["GET", "HEAD", "PUT"]) {
        const [got, own] = await Promise.all([
          ask(path, { method }),
          fixture.ask(path, { method }),
        ]);
        assertEquals([path, method, got.status, await got.text()], [
          path,
          method,
          own.status,
          await own.text(),
        ]);
        for (const name of ["content-type", "etag", "allow", "cache-control"]) {
          assertEquals([name, got.headers.get(name)], [name, own.headers.get(name)]);
        }
      }
    }
  }
  fixture.stop.abort();
});

Deno.test("apiProxy() passes events over HTTP/1.1 as they come, and ends the watch when its reader leaves", async () => {
  const { fixture, house } = await apiHouse();
  await using _ = house;
  for (const accept of ["text/event-stream", "application/x-ndjson"]) {
    const response = await house.fetch(`${PATH}?watch&bootstrap`, { headers: { accept } });
    assertStringIncludes(response.headers.get("content-type") ?? "", accept);
    const lines = linesOf(response);
    let said = "";
    while (!said.includes('"bootstrapped"')) said += (await lines.read()).value ?? "";
    await fixture.state.create(opaqueResource(accept.replace("/", "-"), { yaml: "2\n" }));
    while (!said.includes(accept.replace("/", "-"))) said += (await lines.read()).value ?? "";
    assertEquals(fixture.api.watches, 1);
    await lines.cancel();
    await house.until(() => fixture.api.watches === 0);
  }
  fixture.stop.abort();
});

Deno.test("apiProxy() says 413 of a body that is too large, without holding it", async () => {
  const { fixture, house } = await apiHouse();
  await using _ = house;
  const headers = { "content-type": "application/json" };
  const body = new Uint8Array(MESSAGE_BYTES_MAX + 1);
  const known = await house.fetch(PATH, { method: "POST", headers, body });
  assertEquals([known.status, (await known.json()).code], [413, "too-large"]);
  // Of unknown length, and somewhat more than may be.
  const pieces = Array(MESSAGE_BYTES_MAX / 65_536 + 4).fill(new Uint8Array(65_536));
  const unknown = await house.fetch(PATH, {
    method: "POST",
    headers,
    body: ReadableStream.from(pieces),
  });
  assertEquals([unknown.status, (await unknown.json()).code], [413, "too-large"]);
  fixture.stop.abort();
});

Deno.test("apiProxy() says 431 of headers that are longer than the machine takes, which hears nothing of them", async () => {
  await using house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: (exchange) => exchange.respond(200, ["content-type", "application/json"], true),
  });
  const fits = { "x-long": "x".repeat(HTTP2_HEADER_BYTES_MAX - 2_000) };
  const long = { "x-long": "x".repeat(HTTP2_HEADER_BYTES_MAX) };
  const answered = await house.fetch("/api/v1/types", { headers: fits });
  assertEquals([answered.status, await answered.text()], [200, ""]);
  assertEquals(house.seen.length, 1);
  const refused = await house.fetch("/api/v1/types", { headers: long });
  const { code, detail } = await refused.json();
  assertEquals([refused.status, code], [431, "too-large"]);
  assertMatch(detail, /^the headers take \d+ bytes, and may take 16384$/);
  const path = await house.fetch(`/livez?${"x".repeat(HTTP2_HEADER_BYTES_MAX)}`);
  assertEquals([path.status, (await path.json()).code], [431, "too-large"]);
  const call = await house.fetch("/cosi.resource.State/Get", {
    method: "POST",
    headers: { ...long, "content-type": "application/json" },
    body: "{}",
  });
  assertEquals([call.status, (await call.json()).code], [431, "resource_exhausted"]);
  assertEquals([house.seen.length, house.log.lines], [1, []]);
});

Deno.test("apiProxy() carries Connect over HTTP/1.1, calls and streams", async () => {
  const { fixture, house } = await apiHouse();
  await using _ = house;
  const origin = `http://127.0.0.1:${house.httpPort}`;
  using connection = connect(
    { endpoint: { transport: "http", origin }, token: TOKEN },
    { clock: house.clock, random: fixture.random },
  );
  const client = createClient(State, connection.transport);
  assertEquals((await client.get({ ...POINTER, options: {} })).resource?.metadata?.id, "a");
  const listed: string[] = [];
  for await (const { resource } of client.list({ namespace: "default", type: "os/test" })) {
    listed.push(resource?.metadata?.id ?? "");
  }
  assertEquals(listed, ["a"]);
  const missing = await assertRejects(
    () => client.get({ ...POINTER, id: "b", options: {} }),
    ConnectError,
  );
  assertEquals(missing.code, Code.NotFound);
  fixture.stop.abort();
});

Deno.test("apiProxy() says of gRPC over HTTP/1.1 that it needs HTTP/2", async () => {
  const { fixture, house } = await apiHouse();
  await using _ = house;
  const response = await house.fetch("/cosi.resource.State/Get", {
    method: "POST",
    headers: { "content-type": "application/grpc" },
    body: new Uint8Array(5),
  });
  assertEquals([response.status, (await response.json()).code], [415, "unsupported-media-type"]);
  assertEquals(house.seen, []);
  fixture.stop.abort();
});

for (const protocol of ["grpc", "connect", "grpc-web"] as const) {
  Deno.test(`apiProxy() says Unavailable to a call by ${protocol} while the machine is gone, and serves the next when it is back`, async () => {
    const { fixture, house } = await apiHouse();
    await using _ = house;
    using http2 = house.client(admin);
    const client = createClient(State, house.transport(http2, protocol));
    const get = () => client.get({ ...POINTER, options: {} });
    assertEquals((await get()).resource?.metadata?.id, "a");
    await house.stopMachine();
    for (let attempt = 0; attempt < 3; attempt++) {
      const error = await assertRejects(get, ConnectError);
      assertEquals(error.code, Code.Unavailable);
      assertStringIncludes(error.rawMessage, "the machine's API does not answer");
      const streamed = await assertRejects(async () => {
        for await (const __ of client.list({ namespace: "default", type: "os/test" }));
      }, ConnectError);
      assertEquals(streamed.code, Code.Unavailable);
    }
    await house.startMachine();
    assertEquals((await get()).resource?.metadata?.id, "a");
    fixture.stop.abort();
  });
}

Deno.test("apiProxy() answers 503 with a reason over HTTP/1.1 and HTTP/2 while the machine is gone", async () => {
  const { fixture, house } = await apiHouse();
  await using _ = house;
  await house.stopMachine();
  using tls = Deno.createHttpClient({ caCerts: [CERTIFICATES.ca], http1: false, ...admin });
  const answers = [
    await house.fetch("/livez"),
    await house.fetch(PATH),
    await fetch(`https://localhost:${house.tlsPort}/api/v1/types`, { client: tls }),
  ];
  for (const answer of answers) {
    const { status, code, detail } = await answer.json();
    assertEquals([answer.status, status, code], [503, 503, "closed"]);
    assertStringIncludes(detail, "the machine's API does not answer");
    assertEquals(answer.headers.get("content-type"), "application/problem+json");
  }
  const stranger = await house.fetch(PATH, { headers: { authorization: "Bearer no" } });
  assertEquals([stranger.status, (await stranger.json()).code], [401, "unauthenticated"]);
  fixture.stop.abort();
});

Deno.test("apiProxy() breaks a stream of HTTP off that the machine did not end, and says 503 for half an answer", async () => {
  const held: Exchange[] = [];
  await using house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: (exchange) => {
      held.push(exchange);
      const type = exchange.path === PATH ? "text/event-stream" : "text/plain";
      exchange.respond(200, ["content-type", type]);
      exchange.write(new TextEncoder().encode("half"));
    },
  });
  using tls = Deno.createHttpClient({ caCerts: [CERTIFICATES.ca], http1: false, ...admin });
  const inClear = await house.fetch(PATH);
  const overTls = await fetch(`https://localhost:${house.tlsPort}${PATH}`, { client: tls });
  const broken = [inClear, overTls].map((answer) => assertRejects(() => answer.text(), TypeError));
  const half = house.fetch("/metrics");
  await house.until(() => held.length === 3);
  await house.stopMachine();
  await Promise.all(broken);
  const { status, code } = await (await half).json();
  assertEquals([status, code], [503, "closed"]);
});

Deno.test("apiProxy() carries long answers over HTTP/1.1 whole", async () => {
  const { fixture, house } = await apiHouse();
  await using _ = house;
  for (const length of [1, 65_536, 65_537, 1_000_000]) {
    await fixture.state.create(opaqueResource(`b${length}`, { yaml: "x".repeat(length) }));
    const answer = await house.fetch(`${PATH}/b${length}`);
    assertEquals((await answer.json()).spec.yaml.length, length);
  }
  fixture.stop.abort();
});

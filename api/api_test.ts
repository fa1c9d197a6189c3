// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { apiFixture, TOKEN } from "../tests/fakes/api.ts";
import { bytesOf, framed } from "../tests/fakes/grpc_client.ts";
import { SERVICES } from "./grpc/served_methods.ts";
import { JSON_DEPTH_MAX } from "./limits.ts";

const TYPES = "/api/v1/types";
const GET_CALL = "/cosi.resource.State/Get";

function overTcp(fixture: ReturnType<typeof apiFixture>) {
  return (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    fixture.api.handle(new Request(`http://127.0.0.1:50080${path}`, { ...init, headers }), {
      transport: "tcp",
      client: "127.0.0.1",
    });
}

const bearer = { authorization: `Bearer ${TOKEN}` };

Deno.test("createApi() lets nobody in over TCP without the token, and says how", async () => {
  const fixture = apiFixture();
  const ask = overTcp(fixture);
  const headers: Record<string, string>[] = [
    {},
    { authorization: "Bearer wrong" },
    { authorization: `Bearer ${TOKEN}x` },
    { authorization: `Bearer ${TOKEN.slice(1)}` },
    { authorization: "Bearer " },
    { authorization: `Basic ${TOKEN}` },
  ];
  for (const given of headers) {
    const answer = await ask(TYPES, given);
    assertEquals(answer.status, 401);
    assertEquals(answer.headers.get("www-authenticate"), 'Bearer realm="strata"');
    assertEquals(answer.headers.get("content-type"), "application/problem+json");
    assertEquals((await answer.json()).code, "unauthenticated");
  }
  assertEquals((await ask("/no/such/route")).status, 401);
  assertEquals((await ask(TYPES, bearer)).status, 200);
  assertEquals((await ask(TYPES, { authorization: `bearer ${TOKEN}` })).status, 200);
  assertFalse(JSON.stringify(fixture.log.lines).includes(TOKEN));
});

Deno.test("createApi() refuses a call of Connect without the token as Connect does", async () => {
  const ask = overTcp(apiFixture());
  const init = { method: "POST", body: "{}" };
  const answer = await ask(GET_CALL, { "content-type": "application/json" }, init);
  assertEquals([answer.status, answer.headers.get("content-type")], [401, "application/json"]);
  const { code, message } = await answer.json();
  assertEquals(code, "unauthenticated");
  assertStringIncludes(message, "Bearer TOKEN");
});

Deno.test("createApi() without a token answers only the open routes over TCP", async () => {
  const ask = overTcp(apiFixture({ token: null }));
  for (const path of ["/livez", "/readyz", "/healthz", "/version"]) {
    assertEquals((await ask(path)).status, 200, path);
  }
  for (const given of [{}, { authorization: "Bearer " }, bearer]) {
    assertEquals((await ask(TYPES, given)).status, 403);
  }
});

Deno.test("createApi() judges Host and Origin over TCP and nothing of it on unix sockets", async () => {
  const fixture = apiFixture();
  const ask = overTcp(fixture);
  for (const host of ["localhost:50080", "127.0.0.1", "[::1]:1", "LOCALHOST"]) {
    assertEquals((await ask(TYPES, { ...bearer, host })).status, 200, host);
  }
  for (const host of ["evil.example", "10.0.2.15:50080", "127.0.0.1.evil.example", "a b"]) {
    assertEquals((await ask(TYPES, { ...bearer, host })).status, 403, host);
  }
  assertEquals((await ask(TYPES, { ...bearer, origin: "http://localhost:3000" })).status, 200);
  for (const origin of ["http://evil.example", "null"]) {
    const answer = await ask(TYPES, { ...bearer, origin });
    assertEquals([answer.status, (await answer.json()).code], [403, "access-denied"]);
  }
  assertEquals((await fixture.ask(TYPES, { headers: { host: "anything" } })).status, 200);
});

Deno.test("createApi() answers /readyz with what is missing", async () => {
  const fixture = apiFixture();
  fixture.health.now = { ready: false, unmet: ["no disk fits"] };
  const ask = overTcp(fixture);
  for (const path of ["/readyz", "/healthz"]) {
    const answer = await ask(path);
    assertEquals(answer.status, 503);
    assertStringIncludes(await answer.text(), "[-] no disk fits\n");
  }
  assertEquals(await (await ask("/livez")).text(), "ok\n");
  fixture.health.now = { ready: true, unmet: [] };
  assertEquals(await (await ask("/readyz?verbose")).text(), "[+] agent answers\nreadyz passed\n");
  assertEquals((await (await ask("/version")).json()).tag, "v0.1.0");
  const wrong = await ask("/livez", {}, { method: "POST" });
  assertEquals([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD"]);
  assertEquals(await (await ask("/livez", {}, { method: "HEAD" })).text(), "");
});

Deno.test("createApi() serves Connect by plain JSON, unary GET included, and tells what it has not", async () => {
  const { ask } = apiFixture();
  const body = '{"namespace":"fs","type":"EtcFileSpecs.fs.strata","id":"none"}';
  const headers = { "content-type": "application/json" };
  const posted = await ask(GET_CALL, { method: "POST", headers, body });
  assertEquals([posted.status, (await posted.json()).code], [404, "not_found"]);
  const query = `?connect=v1&encoding=json&message=${encodeURIComponent(body)}`;
  assertEquals((await ask(`${GET_CALL}${query}`)).status, 404);
  const create = await ask(`/cosi.resource.State/Create${query}`);
  assertEquals([create.status, create.headers.get("allow")], [405, "POST"]);
  const unknown = await ask("/cosi.resource.State/Nope", { method: "POST", headers, body });
  assertEquals([unknown.status, (await unknown.json()).code], [404, "unimplemented"]);
  const malformed = await ask(GET_CALL, { method: "POST", headers, body: "{" });
  assertEquals([malformed.status, (await malformed.json()).code], [400, "invalid_argument"]);
  const deflated = { ...headers, "content-encoding": "deflate" };
  const compressed = await ask(GET_CALL, { method: "POST", headers: deflated, body });
  assertEquals((await compressed.json()).code, "unimplemented");
  const huge = await ask(GET_CALL, {
    method: "POST",
    headers,
    body: " ".repeat(4 * 1024 * 1024 + 1),
  });
  assertEquals((await huge.json()).code, "resource_exhausted");
  for (const answer of [posted, create, unknown, malformed]) {
    assertEquals(answer.headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("createApi() lets no browser guess what an answer is, however it came about", async () => {
  const { ask, api } = apiFixture();
  // A target that is no URL cannot be asked for by fetch: listeners hand it on as it came.
  const bad = new Request("http://localhost/");
  Object.defineProperty(bad, "url", { value: "http://a b/" });
  const answers = [
    await api.handle(bad, { transport: "unix" }),
    await ask("/api/v1/types"),
    await ask("/nowhere"),
    await ask("/livez"),
    await ask(GET_CALL, { method: "DELETE" }),
    await api.handle(new Request("http://localhost/api/v1/types"), { transport: "tcp" }),
    await api.handle(new Request(`http://localhost${GET_CALL}`), { transport: "tcp" }),
  ];
  assertEquals(answers.map(({ status }) => status), [400, 200, 404, 200, 405, 401, 401]);
  for (const { headers } of answers) {
    assertEquals(headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("createApi() answers by GET the calls that their contract says change nothing, and no other", async () => {
  const { ask } = apiFixture();
  const isRead = async (path: string) => {
    const { status } = await ask(`${path}?connect=v1&encoding=json&message=%7B%7D`);
    return status !== 405;
  };
  const reads: string[] = [];
  for (const { typeName, methods } of SERVICES) {
    for (const { name, methodKind } of methods) {
      const path = `/${typeName}/${name}`;
      // Streams have no GET.
      if (methodKind === "unary" && await isRead(path)) reads.push(path);
    }
  }
  assertEquals(reads.sort(), [
    "/cosi.resource.State/Get",
    "/strata.runtime.v1.GraphService/Graph",
    "/strata.runtime.v1.GraphService/Why",
  ]);
});

Deno.test("createApi() counts the levels of JSON that is compressed once it is inflated, and of none else", async () => {
  const { ask } = apiFixture();
  const kind = { namespace: "fs", type: "EtcFileSpecs.fs.strata" };
  const named = (id: string) => JSON.stringify({ ...kind, id });
  const open = "[".repeat(JSON_DEPTH_MAX + 1);
  const [deep, flat] = [`{"a":${open}`, `${named(open)}`].map((text) => gzipSync(text));
  // Bytes of gzip may be brackets: those of a name in its head are more than there may be levels.
  const plain = gzipSync(named("none"));
  const name = new TextEncoder().encode(`${open}\0`);
  const packed = bytesOf(
    plain.subarray(0, 3),
    Uint8Array.of(8),
    plain.subarray(4, 10),
    name,
    plain.subarray(10),
  );
  const codeOf = async (path: string, init: RequestInit) => {
    const said = await (await ask(path, init)).text();
    return /"(not_found|invalid_argument)"/.exec(said)?.[1];
  };
  const bodies = [[deep, "invalid_argument"], [flat, "not_found"], [packed, "not_found"]] as const;
  for (const [body, code] of bodies) {
    assert(body !== undefined);
    const bytes = new Uint8Array(body);
    const unary = { "content-type": "application/json", "content-encoding": "gzip" };
    assertEquals(await codeOf(GET_CALL, { method: "POST", headers: unary, body: bytes }), code);
    const message = bytes.toBase64({ alphabet: "base64url" });
    const query = `?connect=v1&encoding=json&base64=1&compression=gzip&message=${message}`;
    assertEquals(await codeOf(`${GET_CALL}${query}`, {}), code);
    const stream = {
      "content-type": "application/connect+json",
      "connect-content-encoding": "gzip",
    };
    const frame = new Uint8Array(framed(bytes, 1));
    const path = "/cosi.resource.State/List";
    const listed = await codeOf(path, { method: "POST", headers: stream, body: frame });
    assertEquals(listed, code === "not_found" ? undefined : code);
  }
});

Deno.test("createApi() refuses who calls in the words of the protocol that it calls in", async () => {
  const ask = overTcp(apiFixture());
  const call = { method: "POST", body: new Uint8Array(5) };
  const web = await ask(GET_CALL, { "content-type": "application/grpc-web" }, call);
  assertEquals([web.status, web.headers.get("grpc-status")], [200, "16"]);
  const path = "/cosi.resource.State/List";
  const stream = await ask(path, { "content-type": "application/connect+proto" }, call);
  assertStringIncludes(await stream.text(), '"unauthenticated"');
  const unknown = { ...bearer, "content-type": "application/grpc-web+proto" };
  const absent = await ask("/cosi.resource.State/Nope", unknown, call);
  assertEquals([absent.status, absent.headers.get("grpc-status")], [200, "12"]);
});

Deno.test("createApi() serves gRPC-Web", async () => {
  const { ask } = apiFixture();
  const headers = { "content-type": "application/grpc-web+proto" };
  const body = new Uint8Array(5); // An empty message in its envelope.
  const answer = await ask("/machine.MachineService/Version", { method: "POST", headers, body });
  assertEquals(answer.status, 200);
  assertStringIncludes(await answer.text(), "grpc-status: 0");
});

// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { apiFixture, TOKEN } from "../tests/fakes/api.ts";

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
  const zipped = { ...headers, "content-encoding": "gzip" };
  const compressed = await ask(GET_CALL, { method: "POST", headers: zipped, body });
  assertEquals((await compressed.json()).code, "unimplemented");
  const huge = await ask(GET_CALL, {
    method: "POST",
    headers,
    body: " ".repeat(4 * 1024 * 1024 + 1),
  });
  assertEquals((await huge.json()).code, "resource_exhausted");
  assert(posted.headers.get("x-content-type-options") === "nosniff");
});

Deno.test("createApi() serves gRPC-Web", async () => {
  const { ask } = apiFixture();
  const headers = { "content-type": "application/grpc-web+proto" };
  const body = new Uint8Array(5); // An empty message in its envelope.
  const answer = await ask("/machine.MachineService/Version", { method: "POST", headers, body });
  assertEquals(answer.status, 200);
  assertStringIncludes(await answer.text(), "grpc-status: 0");
});

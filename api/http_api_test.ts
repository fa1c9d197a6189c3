// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { etcFileSpec, mountStatus } from "../runtime/resources/fs.ts";
import { opaqueResource, TOKEN } from "../tests/fakes/api.ts";
import { BASE, HOSTS, httpFixture, problem } from "../tests/fakes/http_api.ts";

const JSON_TYPE = { "content-type": "application/json" };

Deno.test("GET /api/v1/types answers definitions with aliases and print columns", async () => {
  const { ask } = httpFixture();
  const { items } = await (await ask("/api/v1/types")).json();
  const mounts = items.find(({ type }: { type: string }) => type === mountStatus.type);
  assertEquals(mounts.defaultNamespace, "fs");
  assert(mounts.allAliases.includes("mounts"));
  assertEquals(mounts.printColumns[0], { name: "Source", jsonPath: "{.source}" });
});

Deno.test("POST creates, GET answers what is stored, by alias and default namespace too", async () => {
  const { ask, send } = httpFixture();
  const created = await send("POST", `${BASE}/fs/EtcFileSpecs.fs.strata`, {
    metadata: { id: "a/b c", labels: { __proto__x: "1" } },
    spec: { contents: "x" },
  });
  assertEquals(created.status, 201);
  assertEquals(created.headers.get("location"), `${BASE}/fs/EtcFileSpecs.fs.strata/a%2Fb%20c`);
  for (const id of ["a%2Fb%20c", "a/b%20c"]) {
    const got = await ask(`${BASE}/_/etcfilespec/${id}`);
    assertEquals(got.status, 200);
    assertEquals(await got.json(), {
      metadata: {
        namespace: "fs",
        type: "EtcFileSpecs.fs.strata",
        id: "a/b c",
        version: "1",
        phase: "running",
        owner: "",
        finalizers: [],
        labels: { __proto__x: "1" },
        annotations: {},
        created: "2026-01-02T03:04:05Z",
        updated: "2026-01-02T03:04:05Z",
      },
      spec: { contents: "x", mode: 0 },
    });
  }
});

Deno.test("POST keeps a label named __proto__", async () => {
  const { ask, send } = httpFixture();
  const body = '{"metadata":{"id":"p","labels":{"__proto__":"x"}},"spec":{}}';
  assertEquals((await send("POST", `${BASE}/_/etcfilespec`, body)).status, 201);
  const text = await (await ask(`${BASE}/_/etcfilespec/p`)).text();
  assertStringIncludes(text, '"labels":{"__proto__":"x"}');
});

Deno.test("POST of a type nobody knows takes and gives yaml and proto", async () => {
  const { send } = httpFixture();
  const spec = { yaml: "a: 1\n", proto: "AQI=" };
  const created = await send("POST", `${BASE}/default/os/x`, {}, JSON_TYPE);
  assertEquals((await problem(created)).status, 405);
  const path = `${BASE}/default/${encodeURIComponent("os/test")}`;
  const stored = await send("POST", path, { metadata: { id: "a" }, spec });
  assertEquals((await stored.json()).spec, spec);
  const wrong = await problem(send("POST", path, { metadata: { id: "b" }, spec: { size: 1 } }));
  assertEquals([wrong.status, wrong.code], [400, "invalid-resource"]);
});

Deno.test("POST refuses what is malformed, naming it", async () => {
  const { send, state } = httpFixture();
  const path = `${BASE}/_/etcfilespec`;
  const refused = async (body: unknown, status: number, words: string, headers?: HeadersInit) => {
    const answer = await problem(send("POST", path, body, headers));
    assertEquals(answer.status, status, answer.detail);
    assertStringIncludes(answer.detail, words);
  };
  const metadata = { id: "a" };
  await refused("{", 400, "no JSON");
  await refused("[]", 400, "no JSON object");
  await refused({ metadata }, 400, "spec is missing");
  await refused({ spec: {} }, 400, "metadata is missing");
  await refused({ metadata: {}, spec: {} }, 400, "metadata.id is missing");
  await refused({ metadata, spec: { content: "x" } }, 400, "content");
  await refused({ metadata, spec: { mode: "many" } }, 400, "mode");
  await refused({ metadata: { id: "a", color: "red" }, spec: {} }, 400, "color");
  await refused({ metadata: { id: "a", type: "X" }, spec: {} }, 400, "the path says");
  await refused({ metadata: { id: "a", labels: { n: 1 } }, spec: {} }, 400, "may be a string");
  await refused({ metadata: { id: "a", phase: "off" }, spec: {} }, 400, "unknown phase: off");
  await refused({ metadata: { id: "a", owner: "me" }, spec: {} }, 403, "own nothing");
  await refused({ metadata, spec: {} }, 415, "application/json", { "content-type": "text/plain" });
  const gzip = { ...JSON_TYPE, "content-encoding": "gzip" };
  await refused({ metadata, spec: {} }, 415, "may be identity", gzip);
  await refused("[".repeat(1000) + "]".repeat(1000), 400, "");
  await refused(`{"spec":${"[".repeat(1000)}${"]".repeat(1000)}}`, 400, "nested too deep");
  await refused({ metadata, spec: { contents: "x".repeat(1_400_000) } }, 400, "1310720");
  await refused(
    { metadata: { id: "a", labels: { a: "x".repeat(1_400_000) } }, spec: {} },
    400,
    "1310720",
  );
  await refused("x".repeat(4 * 1024 * 1024 + 1), 413, "4194304");
  assertEquals(state.listNow({ namespace: "fs", type: etcFileSpec.type }).length, 0);
  const body = { metadata, spec: {} };
  assertEquals((await send("POST", path, body)).status, 201);
  const taken = await problem(send("POST", path, body));
  assertEquals([taken.status, taken.code], [409, "already-exists"]);
});

Deno.test("POST counts the bytes of a body without a length", async () => {
  const { ask } = httpFixture();
  let sent = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  const init = { method: "POST", headers: JSON_TYPE, body: endless };
  assertEquals((await problem(ask(`${BASE}/_/etcfilespec`, init))).status, 413);
  assert(sent < 5 * 1024 * 1024);
});

Deno.test("GET lists in order, narrowed by labels and id, as JSON or a line each", async () => {
  const { ask, state } = httpFixture();
  for (const [id, size] of [["b", "10Gi"], ["a", "2Gi"], ["c", "x"]] as const) {
    await state.create(opaqueResource(id, { labels: { size, kind: id === "c" ? "hdd" : "ssd" } }));
  }
  const path = `${BASE}/default/${encodeURIComponent("os/test")}`;
  const ids = async (query: string) => {
    const { items } = await (await ask(`${path}${query}`)).json();
    return items.map(({ metadata }: { metadata: { id: string } }) => metadata.id).join("");
  };
  assertEquals(await ids(""), "abc");
  assertEquals(await ids(`?label=${encodeURIComponent("size<3Gi")}`), "a");
  assertEquals(await ids(`?label=kind=hdd&label=${encodeURIComponent("size<=2Gi")}`), "ac");
  assertEquals(await ids(`?label=${encodeURIComponent("kind in (ssd),size!=2Gi")}`), "b");
  assertEquals(await ids("?id=^[ab]$"), "ab");
  const streamed = await ask(path, { headers: { accept: "application/x-ndjson" } });
  assertEquals(streamed.headers.get("content-type"), "application/x-ndjson");
  const lines = (await streamed.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ metadata }) => metadata.id), ["a", "b", "c"]);
  const forms = {
    "application/json, Application/X-NDJSON; q=0.5": "application/x-ndjson",
    "application/x-ndjson;q=0, */*": "application/json",
    "application/x-ndjson-seq": "application/json",
    "*/*": "application/json",
  };
  for (const [accept, form] of Object.entries(forms)) {
    const answer = await ask(path, { headers: { accept } });
    await answer.body?.cancel();
    assertEquals(answer.headers.get("content-type"), form, accept);
  }
  const head = await ask(path, { method: "HEAD", headers: { accept: "application/x-ndjson" } });
  assertEquals([head.status, await head.text()], [200, ""]);
  for (const bad of ["?label=a%3D%3D%3D(", "?id=(", "?color=red", "?watch=maybe"]) {
    const answer = await problem(ask(path + bad));
    assertEquals([answer.status, answer.code], [400, "invalid-query"], bad);
  }
});

Deno.test("GET answers 304 to the tag that the resource has, and 404 to a name without one", async () => {
  const { ask, state } = httpFixture();
  await state.create(etcFileSpec.newResource("hosts", { contents: "x" }));
  const etag = (await ask(HOSTS)).headers.get("etag") ?? "";
  assertMatch(etag, /^"1-\d{19}"$/);
  const again = (tag: string) => ask(HOSTS, { headers: { "if-none-match": tag } });
  assertEquals((await again(`"x", W/${etag}`)).status, 304);
  assertEquals((await again('"x"')).status, 200);
  const missing = await problem(ask(`${HOSTS}x`));
  assertEquals([missing.status, missing.code], [404, "not-found"]);
  assertStringIncludes(missing.detail, "EtcFileSpecs.fs.strata(fs/hostsx@undefined)");
  assertEquals((await problem(ask(`${BASE}/_/nonsense`))).status, 404);
  assertEquals((await problem(ask(`${BASE}/fs/%ff`))).status, 400);
});

Deno.test("PUT replaces only what If-Match names, both halves of it", async () => {
  const { ask, send, state, clock } = httpFixture();
  const name = { namespace: "fs", type: etcFileSpec.type, id: "hosts" };
  await state.create(etcFileSpec.newResource("hosts", { contents: "x" }));
  const body = { metadata: { id: "hosts" }, spec: { contents: "y" } };
  const put = (tag: string | undefined, what: unknown = body) =>
    send("PUT", HOSTS, what, tag === undefined ? JSON_TYPE : { ...JSON_TYPE, "if-match": tag });
  assertEquals((await problem(put(undefined))).status, 428);
  assertEquals((await problem(put("1"))).status, 400);
  const etag = (await ask(HOSTS)).headers.get("etag") ?? "";
  const updated = await put(etag);
  assertEquals([updated.status, (await updated.json()).spec.contents], [200, "y"]);
  const stale = await problem(put(etag));
  assertEquals([stale.status, stale.code], [412, "version-conflict"]);
  assertEquals((await problem(put("*", { metadata: { id: "other" }, spec: {} }))).status, 400);
  await state.destroy(name);
  assertEquals((await problem(put("*"))).status, 404);
  await clock.advance(1000);
  await state.create(etcFileSpec.newResource("hosts", { contents: "z" }));
  assertEquals((await problem(put(etag))).status, 412, "version 1 again, but another resource");
});

Deno.test("DELETE destroys, says what holds a resource, and refuses owned ones", async () => {
  const { ask, state } = httpFixture();
  const remove = (id: string, headers = {}) =>
    ask(`${BASE}/_/etcfilespec/${id}`, { method: "DELETE", headers });
  await state.create(etcFileSpec.newResource("hosts", {}));
  assertEquals((await problem(remove("hosts", { "if-match": '"9-9"' }))).status, 412);
  const etag = (await ask(HOSTS)).headers.get("etag") ?? "";
  assertEquals((await remove("hosts", { "if-match": etag })).status, 204);
  assertEquals((await problem(remove("hosts"))).status, 404);
  await state.create(etcFileSpec.newResource("held", {}, { finalizers: ["keeper"] }));
  const held = await remove("held");
  assertEquals([held.status, (await held.json()).finalizers], [202, ["keeper"]]);
  assertEquals((await remove("held")).status, 202);
  await state.create(etcFileSpec.newResource("owned", {}), { owner: "me" });
  assertEquals((await problem(remove("owned"))).code, "owner-conflict");
  await state.teardown({ namespace: "fs", type: etcFileSpec.type, id: "owned" }, { owner: "me" });
  assertEquals((await problem(remove("owned"))).status, 403);
});

Deno.test("DELETE ?wait blocks until the last finalizer is gone, or the time is over", async () => {
  const { ask, state, clock, stop } = httpFixture();
  const name = { namespace: "fs", type: etcFileSpec.type, id: "held" };
  await state.create(etcFileSpec.newResource("held", {}, { finalizers: ["keeper"] }));
  const remove = (wait: string) =>
    ask(`${BASE}/_/etcfilespec/held?wait=${wait}`, { method: "DELETE" });
  const tooLate = remove("5");
  await clock.sleeping();
  await clock.advance(5000);
  assertEquals((await tooLate).status, 202);
  const inTime = remove("300");
  await clock.sleeping();
  await state.removeFinalizer(name, ["keeper"]);
  assertEquals((await inTime).status, 204);
  assertEquals(clock.pendingMs, []);
  for (const wait of ["301", "-1", "x"]) assertEquals((await problem(remove(wait))).status, 400);
  await state.create(etcFileSpec.newResource("held", {}, { finalizers: ["keeper"] }));
  const interrupted = remove("300");
  await clock.sleeping();
  stop.abort();
  assertEquals((await problem(interrupted)).code, "closed");
});

Deno.test("Unknown paths answer 404 and unknown methods 405 with Allow, as problems", async () => {
  const { ask } = httpFixture();
  for (const path of ["/", "/api", "/api/v1", "/api/v1/resources", "/api/v1/resources/fs"]) {
    assertEquals((await problem(ask(path))).code, "not-found", path);
  }
  const cases = { "/api/v1/types": "GET, HEAD", [HOSTS]: "GET, HEAD, PUT, PATCH, DELETE" };
  for (const [path, allow] of Object.entries(cases)) {
    const answer = await problem(ask(path, { method: "POST", body: "{}" }));
    assertEquals([answer.status, answer.headers.get("allow")], [405, allow]);
  }
});

Deno.test("A page of another origin is told nothing: no answer carries a header of CORS", async () => {
  const { ask, api } = httpFixture();
  const headers = { origin: "http://localhost", "access-control-request-method": "PUT" };
  for (const [method, status] of [["OPTIONS", 405], ["GET", 200]] as const) {
    const answer = await ask("/api/v1/types", { method, headers });
    assertEquals(answer.status, status);
    await answer.body?.cancel();
    const named = [...answer.headers.keys()].filter((name) => name.startsWith("access-control"));
    assertEquals(named, []);
  }
  const foreign = new Request("http://localhost/api/v1/types", {
    headers: { origin: "http://evil.example", authorization: `Bearer ${TOKEN}` },
  });
  const refused = await problem(api.handle(foreign, { transport: "tcp" }));
  assertEquals([refused.status, refused.code], [403, "access-denied"]);
});

Deno.test("A fault of ours says internal outside and everything in the log", async () => {
  const { ask, state, log } = httpFixture();
  Object.assign(state, {
    getNow: () => {
      throw new TypeError("secret inside");
    },
  });
  const answer = await problem(ask(HOSTS));
  assertEquals([answer.status, answer.code, answer.detail], [500, "internal", "internal"]);
  assertStringIncludes(String(log.lines[0]?.facts["error"]), "secret inside");
});

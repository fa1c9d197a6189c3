// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import { apiFixture, TOKEN } from "../tests/fakes/api.ts";
import { type HttpClient, httpClient, watchEvents } from "./http_client.ts";

const KIND = { namespace: "_", type: "etcfilespec" };

function fixture(transport: "unix" | "tcp" = "unix") {
  const made = apiFixture();
  const sent: Request[] = [];
  const client = httpClient("http://localhost", {
    fetch: (request) => {
      sent.push(request);
      return made.api.handle(request, { transport });
    },
    ...(transport === "tcp" ? { token: TOKEN } : {}),
  });
  return { ...made, sent, client };
}

Deno.test("httpClient() creates, reads, patches, updates, lists and deletes", async () => {
  const { client } = fixture();
  const kind = client.api.v1.resources[":namespace"][":type"];
  const one = kind[":id"];
  const param = { ...KIND, id: "a/b c?%#:type" };
  const created = await kind.$post({
    param: KIND,
    json: { metadata: { id: param.id }, spec: { contents: "x" } },
  });
  assert(created.status === 201);
  assertEquals((await created.json()).metadata.id, param.id);
  const patched = await one.$patch({ param, json: { metadata: { labels: { a: "1" } } } });
  assert(patched.status === 200);
  assertEquals((await patched.json()).metadata.labels, { a: "1" });
  const updated = await one.$put({
    param,
    header: { "if-match": patched.headers.get("etag") ?? "" },
    json: { metadata: { id: param.id, labels: { b: "2" } }, spec: {} },
  });
  assertEquals(updated.status, 200);
  const listed = await kind.$get({ param: KIND, query: { label: ["b=2", "c"] } });
  assert(listed.status === 200);
  assertEquals((await listed.json()).items.map(({ metadata }) => metadata.id), [param.id]);
  const gone = await one.$delete({ param, query: { wait: "1" } });
  assertEquals(gone.status, 204);
  const missing = await one.$get({ param });
  assert(missing.status === 404);
  assertEquals((await missing.json()).code, "not-found");
});

Deno.test("httpClient() may be awaited, and says where a call would go", async () => {
  const client = await Promise.resolve(fixture().client);
  const one = client.api.v1.resources[":namespace"][":type"][":id"];
  const url = one.$url({ param: { ...KIND, id: "a/?" } });
  assertEquals(url.href, "http://localhost/api/v1/resources/_/etcfilespec/a%2F%3F");
});

Deno.test("httpClient() sends its token, and nothing where it has none", async () => {
  const tcp = fixture("tcp");
  assertEquals((await tcp.client.api.v1.types.$get()).status, 200);
  assertEquals(tcp.sent[0]?.headers.get("authorization"), `Bearer ${TOKEN}`);
  const unix = fixture();
  const graph = await unix.client.api.v1.graph.$get();
  assert(graph.status === 200);
  assertEquals((await graph.json()).controllers[0]?.runs, `${2n ** 60n}`);
  assertEquals(unix.sent[0]?.headers.get("authorization"), null);
});

Deno.test("watchEvents() gives the events of a watch, one by one, and ends it when it is left", async () => {
  const { client, state, api } = fixture();
  await state.create(etcFileSpec.newResource("a", {}));
  const response = await client.api.v1.resources[":namespace"][":type"].$get(
    { param: KIND, query: { watch: "", bootstrap: "" } },
    { headers: { accept: "application/x-ndjson" } },
  );
  const seen: string[] = [];
  for await (const { event, resource } of watchEvents(response)) {
    seen.push(`${event} ${resource?.metadata.id}`);
    if (event === "noop") await state.create(etcFileSpec.newResource("b", {}));
    if (resource?.metadata.id === "b") break;
  }
  assertEquals(seen, ["created a", "bootstrapped ", "noop ", "created b"]);
  assertEquals(api.watches, 0);
});

/** Never called: what must not compile, and what a caller is told. */
async function _typesOnly(client: HttpClient): Promise<void> {
  const kind = client.api.v1.resources[":namespace"][":type"];
  const one = kind[":id"];
  const param = { ...KIND, id: "a" };
  // @ts-expect-error no such path
  client.api.v1.typos;
  // @ts-expect-error no such version
  client.api.v2.types.$get();
  // @ts-expect-error types are not deleted
  client.api.v1.types.$delete();
  // @ts-expect-error a kind has two parts
  await kind.$get({ param: { namespace: "_" } });
  // @ts-expect-error parameters must be given
  await one.$get();
  // @ts-expect-error no such parameter of the path
  await one.$get({ param: { ...param, version: "1" } });
  // @ts-expect-error no such parameter of the query
  await kind.$get({ param: KIND, query: { labels: "a" } });
  // @ts-expect-error flags are texts that mean something
  await kind.$get({ param: KIND, query: { watch: "maybe" } });
  // @ts-expect-error waiting is of deletes
  await one.$get({ param, query: { wait: "1" } });
  // @ts-expect-error an update needs If-Match
  await one.$put({ param, json: { metadata: { id: "a" }, spec: {} } });
  // @ts-expect-error so it does by that name
  await one.$put({ param, header: { etag: "" }, json: { metadata: { id: "a" }, spec: {} } });
  // @ts-expect-error a resource has an id
  await kind.$post({ param: KIND, json: { metadata: {}, spec: {} } });
  // @ts-expect-error callers own nothing
  await kind.$post({ param: KIND, json: { metadata: { id: "a", owner: "me" }, spec: {} } });
  // @ts-expect-error finalizers of a patch are no array
  await one.$patch({ param, json: { metadata: { finalizers: ["f"] } } });
  // @ts-expect-error a patch changes no id
  await one.$patch({ param, json: { metadata: { id: "b" } } });
  const found = await one.$get({ param });
  // @ts-expect-error it may be a refusal
  (await found.json()).metadata;
  if (found.status === 200) {
    const { metadata } = await found.json();
    const owner: string = metadata.owner;
    const phase: "running" | "tearingDown" = metadata.phase;
    // @ts-expect-error versions are texts
    const version: number = metadata.version;
    // @ts-expect-error no such field
    metadata.size;
    void [owner, phase, version];
  }
  // @ts-expect-error no such status
  found.status === 418;
  const health = await client.livez.$get();
  const text: string = await health.text();
  // @ts-expect-error health is no JSON
  (await health.json()).status;
  const graph = await client.api.v1.graph.$get();
  if (graph.status === 200) {
    const { kinds } = await graph.json();
    const running: string | undefined = kinds[0]?.running;
    // @ts-expect-error 64-bit integers are texts
    const number: number | undefined = kinds[0]?.running;
    void [running, number];
  }
  void text;
}

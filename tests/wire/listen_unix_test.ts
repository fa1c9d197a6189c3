// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { createClient } from "@connectrpc/connect";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { listenUnix } from "../../api/listen_unix.ts";
import { etcFileSpec } from "../../runtime/resources/fs.ts";
import { apiFixture } from "../fakes/api.ts";
import { connectTransport } from "../fakes/connect_client.ts";

async function serve(path: string) {
  const fixture = apiFixture();
  const { clock, log, stop } = fixture;
  const listening = await listenUnix({
    path,
    mode: 0o600,
    handle: (request, arrival) => fixture.api.handle(request, arrival),
    clock,
    log,
    signal: stop.signal,
  });
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  return {
    ...fixture,
    listening,
    fetch: (request: Request) => fetch(request, { client }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      client.close();
      await listening.closed;
    },
  };
}

async function folder() {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("listenUnix() serves Connect and the HTTP API on a socket that only its owner may open", async () => {
  await using place = await folder();
  const path = `${place.path}/http.sock`;
  {
    await using server = await serve(path);
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    const created = await server.fetch(
      new Request("http://localhost/api/v1/resources/_/etcfilespec", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"metadata":{"id":"hosts"},"spec":{"contents":"x"}}',
      }),
    );
    assertEquals(created.status, 201);
    await created.body?.cancel();
    const client = createClient(State, connectTransport(server.fetch, { format: "binary" }));
    const { resource } = await client.get({ namespace: "fs", type: etcFileSpec.type, id: "hosts" });
    assertEquals(resource?.metadata?.version, "1");
  }
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("listenUnix() carries a watch of Connect until its reader leaves", async () => {
  await using place = await folder();
  await using server = await serve(`${place.path}/http.sock`);
  const client = createClient(State, connectTransport(server.fetch, { format: "binary" }));
  const stop = new AbortController();
  await assertRejects(async () => {
    const request = { namespace: "fs", type: etcFileSpec.type };
    let messages = 0;
    for await (const _ of client.watch(request, { signal: stop.signal })) {
      if (++messages === 1) await server.state.create(etcFileSpec.newResource("a", {}));
      else stop.abort();
    }
  });
  while (server.api.watches > 0) await server.clock.sleep(0);
});

Deno.test("listenUnix() ends open streams when the agent stops", async () => {
  await using place = await folder();
  await using server = await serve(`${place.path}/http.sock`);
  const url = "http://localhost/api/v1/resources/_/etcfilespec?watch";
  const response = await server.fetch(new Request(url));
  server.stop.abort();
  await response.text();
  await server.listening.closed;
});

Deno.test("listenUnix() replaces a socket file that nobody answers on, and no other", async () => {
  await using place = await folder();
  const path = `${place.path}/http.sock`;
  // A socket whose listener is gone stays in the folder.
  const stale = Deno.listen({ transport: "unix", path });
  stale.close();
  await using server = await serve(path);
  const alive = await server.fetch(new Request("http://localhost/livez"));
  assertEquals(await alive.text(), "ok\n");
  await assertRejects(() => serve(path), Error, `${path}: something else listens there`);
  const file = `${place.path}/file`;
  await Deno.writeTextFile(file, "mine");
  await assertRejects(() => serve(file), Error, `${file}: it is no socket`);
  assertEquals(await Deno.readTextFile(file), "mine");
  const nowhere = `${place.path}/none/http.sock`;
  await assertRejects(() => serve(nowhere), Error, `${nowhere}: its folder does not exist`);
});

Deno.test("listenUnix() leaves a tag strong where the client takes compressed answers, so that it can be given back", async () => {
  await using place = await folder();
  await using server = await serve(`${place.path}/http.sock`);
  const init = { contents: "x".repeat(4096) };
  await server.state.create(etcFileSpec.newResource("hosts", init));
  const url = "http://localhost/api/v1/resources/_/etcfilespec/hosts";
  const found = await server.fetch(
    new Request(url, { headers: { "accept-encoding": "gzip, br" } }),
  );
  const etag = found.headers.get("etag") ?? "";
  assertEquals([etag.startsWith('"1-'), (await found.json()).spec.contents], [true, init.contents]);
  const updated = await server.fetch(
    new Request(url, {
      method: "PUT",
      headers: { "content-type": "application/json", "if-match": etag },
      body: '{"metadata":{"id":"hosts"},"spec":{}}',
    }),
  );
  assertEquals([updated.status, (await updated.json()).metadata.version], [200, "2"]);
});

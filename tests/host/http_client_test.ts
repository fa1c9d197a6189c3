/** The typed client of the HTTP API against `strata serve`, over its socket and by token. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { httpClient, unixFetch, watchEvents } from "../../api/http_client.ts";
import { hostBench } from "./host_process.ts";

const PARAM = { namespace: "_", type: "etcfilespec" };

Deno.test("httpClient() reaches strata serve over its socket and over TCP by token, typed and watching", async () => {
  await using bench = await hostBench();
  const serving = await bench.serve();
  {
    using unix = unixFetch(bench.socket);
    const client = httpClient("http://localhost", unix);
    const kind = client.api.v1.resources[":namespace"][":type"];
    const stop = new AbortController();
    const watching = await kind.$get(
      { param: PARAM, query: { watch: "" } },
      { headers: { accept: "application/x-ndjson" }, init: { signal: stop.signal } },
    );
    const json = { metadata: { id: "a/b ?" }, spec: { contents: "x" } };
    const created = await kind.$post({ param: PARAM, json });
    assert(created.status === 201);
    assertEquals((await created.json()).metadata.version, "1");
    for await (const { event, resource } of watchEvents(watching)) {
      if (event === "noop") continue;
      assertEquals([event, resource?.metadata.id], ["created", "a/b ?"]);
      break;
    }
    stop.abort();

    const tcp = httpClient(serving.origin, { token: serving.token });
    const param = { ...PARAM, id: "a/b ?" };
    const found = await tcp.api.v1.resources[":namespace"][":type"][":id"].$get({ param });
    assert(found.status === 200);
    assertEquals((await found.json()).metadata.namespace, "fs");
    const stranger = await httpClient(serving.origin).api.v1.types.$get();
    assert(stranger.status === 401);
    assertEquals((await stranger.json()).code, "unauthenticated");
  }
  assertEquals((await serving.end("SIGTERM")).code, 0);
});

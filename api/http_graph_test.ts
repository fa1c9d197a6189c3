// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import { apiFixture } from "../tests/fakes/api.ts";

Deno.test("GET /api/v1/graph answers nodes and edges with every field", async () => {
  const response = await apiFixture().ask("/api/v1/graph");
  assertEquals([response.status, response.headers.get("content-type")], [200, "application/json"]);
  const { controllers, kinds, edges } = await response.json();
  assertEquals(controllers[0], {
    name: "test.C",
    flavour: "FLAVOUR_CONTROLLER",
    phase: "PHASE_BACKING_OFF",
    runs: `${2n ** 60n}`,
    crashes: "1",
    wakeups: "3",
    queueLength: "0",
    lastRun: "2023-11-14T22:13:20.000000005Z",
    lastError: "boom",
    lastErrorTime: "2023-11-14T22:13:20.000000005Z",
    wokenBy: { namespace: "default", type: "os/test", id: "a", revision: "7" },
  });
  assertEquals(kinds, [
    {
      namespace: "default",
      type: "os/test",
      running: "2",
      tearingDown: "0",
      overruns: "1",
      withheld: false,
    },
  ]);
  const [written] = edges;
  assertEquals(written, {
    controller: "test.C",
    type: "TYPE_OUTPUT_EXCLUSIVE",
    namespace: "",
    resourceType: "os/out",
    id: "",
  });
});

Deno.test("GET /api/v1/why answers the way back, and 404 where nothing is known", async () => {
  const { ask } = apiFixture();
  const response = await ask("/api/v1/why/default/os%2Ftest/a");
  assertEquals(response.status, 200);
  const { steps, end } = await response.json();
  assertEquals(end, "END_ORIGIN");
  assertEquals(steps.map((step: Record<string, unknown>) => [step["event"], step["actor"]]), [
    ["EVENT_UPDATED", "test.C"],
    ["EVENT_CREATED", "os:admin"],
  ]);
  const unknown = await ask("/api/v1/why/default/os%2Ftest/b");
  assertEquals([unknown.status, (await unknown.json()).code], [404, "not-found"]);
});

Deno.test("GET /api/v1/why takes aliases, the default namespace and ids with a slash", async () => {
  const { ask, graph } = apiFixture();
  const asked: string[] = [];
  graph.why = ({ namespace, type, id }) => {
    asked.push(`${namespace} ${type} ${id}`);
    return { steps: [] };
  };
  await ask("/api/v1/why/_/etcfilespec/a/b%20c");
  assertEquals(asked, [`fs ${etcFileSpec.type} a/b c`]);
});

Deno.test("GET /metrics answers Prometheus with the numbers of the port and the open watches", async () => {
  const { ask, stop } = apiFixture();
  const watch = await ask("/api/v1/resources/default/os%2Ftest?watch");
  const response = await ask("/metrics");
  assertEquals(
    [response.status, response.headers.get("content-type")],
    [200, "text/plain; version=0.0.4; charset=utf-8"],
  );
  const text = await response.text();
  assertStringIncludes(text, 'strata_controller_crashes_total{controller="test.C"} 1\n');
  assertStringIncludes(text, "# TYPE strata_watches gauge\nstrata_watches 1\n");
  stop.abort();
  await watch.body?.cancel();
});

for (const path of ["/api/v1/graph", "/api/v1/why/default/os%2Ftest/a", "/metrics"]) {
  Deno.test(`${path} is for those who may call, by GET alone, and knows no parameter`, async () => {
    const { api, ask } = apiFixture();
    const stranger = await api.handle(new Request(`http://localhost${path}`), { transport: "tcp" });
    assertEquals(stranger.status, 401);
    await stranger.body?.cancel();
    const posted = await ask(path, { method: "POST" });
    assertEquals([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"]);
    await posted.body?.cancel();
    const asked = await ask(`${path}?x=1`);
    assertEquals([asked.status, (await asked.json()).code], [400, "invalid-query"]);
    const head = await ask(path, { method: "HEAD" });
    assertEquals([head.status, await head.text()], [200, ""]);
  });
}

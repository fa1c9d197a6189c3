// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import { State } from "../proto/gen/cosi/resource/state_pb.ts";
import {
  GraphService,
  WhyResponse_End as End,
  WhyStep_Event as Event,
} from "../proto/gen/strata/runtime/v1/graph_pb.ts";
import { newMetadata } from "../runtime/core/metadata.ts";
import { watchOverrun } from "../runtime/resources/runtime.ts";
import {
  type CausalHouse,
  causalHouse,
  OUTS,
  RESIDENT_BYTES,
} from "../tests/fakes/causal_house.ts";
import { connectTransport } from "../tests/fakes/connect_client.ts";
import { controller, INTS, item, STRS } from "../tests/fakes/engine_house.ts";
import { answersIn, codeOf, grpcCall, messageOf } from "../tests/fakes/grpc_client.ts";

/** The one answer of a call over gRPC. */
async function byGrpc<Desc extends DescMethod>(
  { api }: CausalHouse,
  method: Desc,
  request: MessageInitShape<Desc["input"]>,
) {
  const exchange = grpcCall(api.exchange, method, request);
  await exchange.until(() => exchange.closed);
  assertEquals([codeOf(exchange), messageOf(exchange)], ["OK", ""]);
  const [answer] = answersIn(exchange, method);
  assert(answer !== undefined);
  return answer;
}

function create(id: string): MessageInitShape<typeof State.method.create.input> {
  const { namespace, type } = INTS;
  const metadata = { namespace, type, id, version: "undefined", phase: "running" };
  return { resource: { metadata, spec: { yamlSpec: "1\n" } } };
}

async function postInt({ ask, clock }: CausalHouse, id: string): Promise<void> {
  const created = await ask(`/api/v1/resources/default/${encodeURIComponent(INTS.type)}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ metadata: { id }, spec: { yaml: "1\n" } }),
  });
  assertEquals(created.status, 201);
  await created.body?.cancel();
  await clock.advance(0);
}

const OUT_A = { ...OUTS, id: "a" };

Deno.test("Why walks over gRPC from the last output through both controllers back to the call", async () => {
  await using house = await causalHouse();
  await byGrpc(house, State.method.create, create("a"));
  await house.clock.advance(0);
  const { steps, end } = await byGrpc(house, GraphService.method.why, OUT_A);
  assertEquals(end, End.ORIGIN);
  assertEquals(
    steps.map(({ write, event, actor, version, phase }) => [
      `${write?.namespace}/${write?.type}/${write?.id} ${write?.revision}`,
      Event[event],
      actor,
      version,
      phase,
    ]),
    [
      ["outs/test/out/a 1", "CREATED", "test.OutController", "1", "running"],
      ["default/test/str/a 2", "CREATED", "test.StrController", "1", "running"],
      ["default/test/int/a 1", "CREATED", "os:admin", "1", "running"],
    ],
  );
  assertEquals(steps.map(({ request }) => request !== ""), [false, false, true]);
  assertMatch(steps[2]?.request ?? "", /^cosi\.resource\.State\/Create [0-9a-f]{8}$/);
  assertEquals(steps[2]?.time?.seconds, house.clock.now().seconds);
});

Deno.test("GET /api/v1/why walks the same way, from an update too", async () => {
  await using house = await causalHouse();
  await postInt(house, "a");
  const patched = await house.ask(`/api/v1/resources/default/${encodeURIComponent(INTS.type)}/a`, {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    body: JSON.stringify({ metadata: { labels: { changed: "yes" } } }),
  });
  assertEquals(patched.status, 200);
  await patched.body?.cancel();
  await house.clock.advance(0);
  const response = await house.ask(`/api/v1/why/outs/${encodeURIComponent(OUTS.type)}/a`);
  const { steps, end } = await response.json();
  assertEquals(end, "END_ORIGIN");
  const shown = steps.map((step: Record<string, unknown>) => [step["event"], step["actor"]]);
  assertEquals(shown, [
    ["EVENT_UPDATED", "test.OutController"],
    ["EVENT_UPDATED", "test.StrController"],
    ["EVENT_UPDATED", "os:admin"],
  ]);
  assertMatch(steps[2].request, /^PATCH [0-9a-f]{8}$/);
  assertEquals(steps[2].write, { ...INTS, id: "a", revision: "3" });
});

Deno.test("Why names calls over Connect, and tells of what was destroyed", async () => {
  await using house = await causalHouse();
  const transport = connectTransport(
    (request) => house.api.handle(request, { transport: "unix" }),
    { format: "binary" },
  );
  await transport.unary(State.method.create, undefined, undefined, undefined, create("a"));
  await house.clock.advance(0);
  await transport.unary(State.method.destroy, undefined, undefined, undefined, {
    ...INTS,
    id: "a",
  });
  const { steps } = await byGrpc(house, GraphService.method.why, { ...INTS, id: "a" });
  assertEquals(steps.map(({ event, actor }) => [Event[event], actor]), [["DESTROYED", "os:admin"]]);
  assertMatch(steps[0]?.request ?? "", /^cosi\.resource\.State\/Destroy [0-9a-f]{8}$/);
});

Deno.test("Why says where the history ends, and refuses what never was", async () => {
  await using house = await causalHouse({ initial: 2, maximum: 2, gap: 0 });
  await postInt(house, "a");
  for (const id of ["b", "c"]) await house.state.create(item(INTS, id, ""));
  await house.clock.advance(0);
  const int = await byGrpc(house, GraphService.method.why, { ...INTS, id: "a" });
  assertEquals(int.end, End.FORGOTTEN);
  assertEquals(int.steps.map(({ write, event, version }) => [write?.revision, event, version]), [
    [0n, Event.UNSPECIFIED, "1"],
  ]);
  const never = grpcCall(house.api.exchange, GraphService.method.why, { ...INTS, id: "never" });
  await never.until(() => never.closed);
  assertEquals(codeOf(never), "NotFound");
  assertStringIncludes(messageOf(never), "never");
});

Deno.test("Graph tells of controllers, kinds with their counts, and who reads and writes what", async () => {
  await using house = await causalHouse();
  await postInt(house, "a");
  await house.state.create({
    metadata: newMetadata({ ...INTS, id: "going", phase: "tearingDown" }),
    spec: item(INTS, "", "").spec,
  });
  await house.clock.advance(0);
  await postInt(house, "bad");
  const response = await house.ask("/api/v1/graph");
  const { controllers, kinds, edges } = await response.json();
  const [strs, outs] = controllers;
  assertEquals([strs.name, strs.flavour, strs.phase, strs.runs, strs.crashes, strs.lastError], [
    "test.StrController",
    "FLAVOUR_CONTROLLER",
    "PHASE_BACKING_OFF",
    "1",
    "1",
    "a bad int",
  ]);
  assertEquals(strs.wokenBy.id, "bad");
  assertEquals([strs.lastErrorTime, outs.lastErrorTime], ["2026-01-02T03:04:05Z", undefined]);
  assertEquals([outs.flavour, outs.phase, outs.runs], ["FLAVOUR_QUEUE", "PHASE_RUNNING", "2"]);
  const counted = kinds.map((kind: Record<string, string>) =>
    [kind["namespace"], kind["type"], kind["running"], kind["tearingDown"]].join(" ")
  );
  assertEquals(counted, [
    "default test/int 2 1",
    "default test/str 2 0",
    "outs test/out 2 0",
    "runtime WatchOverruns.runtime.strata 0 0",
  ]);
  assertEquals(
    edges.map((edge: Record<string, string>) => `${edge["type"]} ${edge["controller"]}`),
    [
      "TYPE_OUTPUT_EXCLUSIVE runtime.WatchOverrunController",
      "TYPE_OUTPUT_EXCLUSIVE test.StrController",
      "TYPE_OUTPUT_SHARED test.OutController",
      "TYPE_INPUT_DESTROY_READY runtime.WatchOverrunController",
      "TYPE_INPUT_Q_PRIMARY test.OutController",
      "TYPE_INPUT_STRONG test.StrController",
    ],
  );
});

Deno.test("Graph has a node for an output of which there is nothing, in no namespace", async () => {
  await using house = await causalHouse();
  const { kinds } = await byGrpc(house, GraphService.method.graph, {});
  const [first] = kinds;
  assertEquals([first?.namespace, first?.type, first?.running], ["", OUTS.type, 0n]);
});

Deno.test("Graph is bounded: kinds that no controller names, and what a controller threw", async () => {
  await using house = await causalHouse();
  for (let n = 0; n < 5000; n++) {
    await house.state.create(item({ namespace: "a", type: `t/${n}` }, "x", ""));
  }
  await house.engine.register(controller("test.LongController", {
    turn: () => {
      throw new Error("😀".repeat(5000));
    },
  }));
  await house.clock.advance(0);
  const { kinds, controllers } = await byGrpc(house, GraphService.method.graph, {});
  assertEquals(kinds.length, 4096);
  const named = kinds.filter(({ namespace }) => namespace !== "a").map(({ type }) => type);
  assertEquals(named, [OUTS.type, INTS.type, STRS.type, watchOverrun.type]);
  const long = controllers.find(({ name }) => name === "test.LongController");
  assertEquals([long?.crashes, long?.lastError], [1n, "😀".repeat(512)]);
  const text = await (await house.ask("/metrics")).text();
  assertEquals([...text.matchAll(/^strata_resources\{/gm)].length, 2 * 4096);
});

Deno.test("GET /metrics counts what controllers did, in Prometheus's words", async () => {
  await using house = await causalHouse();
  await postInt(house, "a");
  const text = await (await house.ask("/metrics")).text();
  for (
    const line of [
      "# TYPE strata_controller_writes_total counter",
      'strata_controller_writes_total{controller="test.StrController"} 1',
      'strata_qcontroller_processed_total{controller="test.OutController"} 1',
      "# TYPE strata_qcontroller_queue_length gauge",
      'strata_qcontroller_queue_length{controller="test.OutController"} 0',
      'strata_qcontroller_reconcile_busy_seconds_total{controller="test.OutController"} 0',
      'strata_resources{namespace="outs",type="test/out",phase="running"} 1',
      'strata_resources{namespace="outs",type="test/out",phase="tearingDown"} 0',
      `process_resident_memory_bytes ${RESIDENT_BYTES}`,
      "strata_watches 0",
    ]
  ) assertStringIncludes(`\n${text}`, `\n${line}\n`);
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);
  assertEquals(new Set(names.map(([name]) => name)).size, names.length);
  for (const [name, type] of names) assertEquals(name?.endsWith("_total"), type === "counter");
});

Deno.test("an overtaken watch becomes a resource, a number of its kind and a metric", async () => {
  await using house = await causalHouse({ initial: 8, maximum: 8, gap: 1 });
  // In one turn, so that nobody reads meanwhile: more than the history holds.
  const ids = Array.from({ length: 20 }, (_, n) => `${n}`);
  await Promise.all(ids.map((id) => house.state.create(item(INTS, id, ""))));
  await house.state.watchFor(
    { ...watchOverrun, id: `default/${INTS.type}` },
    { events: ["created"] },
  );
  const path = `/api/v1/resources/_/overruns/default/${INTS.type}`;
  const { spec } = await (await house.ask(path)).json();
  const last = "2026-01-02T03:04:05Z";
  assertEquals(spec, { ...INTS, count: "1", last });
  const { kinds } = await byGrpc(house, GraphService.method.graph, {});
  assertEquals(kinds.find(({ type }) => type === INTS.type)?.overruns, 1n);
  const text = await (await house.ask("/metrics")).text();
  assertStringIncludes(text, `strata_watch_overruns_total{resource="${INTS.type}"} 1\n`);
});

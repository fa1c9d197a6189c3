// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { create } from "@bufbuild/protobuf";
import {
  Edge_Type as EdgeType,
  GraphResponseSchema,
  WhyResponse_End as End,
} from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { isAccessDenied, StateError } from "../../runtime/core/errors.ts";
import { etcFileSpec } from "../../runtime/resources/fs.ts";
import { memoryState } from "../../runtime/state/memory.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { ADMIN, READER, SECRETS, typesWithSecrets } from "../../tests/fakes/secrets.ts";
import type { GraphPort } from "../graph_port.ts";
import { readableGraph } from "./readable_graph.ts";
import { reading } from "./readable_state.ts";

const OPEN = { namespace: etcFileSpec.namespace, type: etcFileSpec.type };
const SECRET = { namespace: SECRETS.namespace, type: SECRETS.type };
const REVISION = { revision: 1n };

const PORT: GraphPort = {
  graph: () => ({
    controllers: [
      { name: "test.Open", lastError: "a file", wokenBy: { ...OPEN, id: "hosts", ...REVISION } },
      { name: "test.Secret", lastError: "hush", wokenBy: { ...SECRET, id: "key", ...REVISION } },
      { name: "test.Calm" },
    ],
    kinds: [{ ...OPEN, running: 1n }, { ...SECRET, running: 3n, tearingDown: 2n, overruns: 1n }],
    edges: [
      {
        controller: "test.Open",
        type: EdgeType.INPUT_STRONG,
        namespace: OPEN.namespace,
        resourceType: OPEN.type,
        id: "hosts",
      },
      {
        controller: "test.Secret",
        type: EdgeType.INPUT_STRONG,
        namespace: SECRET.namespace,
        resourceType: SECRET.type,
        id: "key",
      },
      { controller: "test.Secret", type: EdgeType.OUTPUT_EXCLUSIVE, resourceType: OPEN.type },
      { controller: "test.Calm", type: EdgeType.OUTPUT_SHARED, resourceType: SECRET.type },
    ],
  }),
  why: ({ type }) => ({
    steps: [
      { write: { ...OPEN, type, id: "hosts", revision: 2n } },
      { write: { ...SECRET, id: "key", revision: 1n }, actor: "os:admin" },
      { write: { ...OPEN, id: "first", revision: 1n } },
    ],
    end: End.ORIGIN,
  }),
  metrics: () => [
    {
      name: "a",
      help: "",
      type: "gauge",
      samples: [{ labels: { ...OPEN }, value: 1 }, { labels: { ...SECRET }, value: 3 }],
    },
    {
      name: "b",
      help: "",
      type: "gauge",
      samples: [{ labels: { resource: SECRET.type }, value: 1 }, {
        labels: { controller: "c" },
        value: 2,
      }],
    },
  ],
};

function ports(): { reader: GraphPort; admin: GraphPort } {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  const views = readableGraph(PORT, reading({ state, types: typesWithSecrets() }));
  return { reader: views(READER), admin: views(ADMIN) };
}

Deno.test("readableGraph() tells readers of sensitive kinds that they are there, and no more", () => {
  const { controllers, kinds, edges } = create(GraphResponseSchema, ports().reader.graph());
  assertEquals(controllers.map(({ lastError, wokenBy }) => [lastError, wokenBy?.id]), [
    ["a file", "hosts"],
    ["withheld", undefined],
    ["", undefined],
  ]);
  assertEquals(
    kinds.map(({ type, running, tearingDown, overruns, withheld }) => [
      type,
      running,
      tearingDown,
      overruns,
      withheld,
    ]),
    [[OPEN.type, 1n, 0n, 0n, false], [SECRET.type, 0n, 0n, 0n, true]],
  );
  assertEquals(edges.map(({ resourceType, id }) => [resourceType, id]), [
    [OPEN.type, "hosts"],
    [SECRET.type, ""],
    [OPEN.type, ""],
    [SECRET.type, ""],
  ]);
});

Deno.test("readableGraph() refuses readers the causes of a secret, and ends before one on the way", () => {
  const { reader } = ports();
  const error = assertThrows(() => reader.why({ ...SECRET, id: "key" }), StateError);
  assert(isAccessDenied(error));
  const facts = reader.why({ ...OPEN, id: "hosts" });
  assertEquals([facts?.steps?.length, facts?.end], [1, End.WITHHELD]);
});

Deno.test("readableGraph() counts no secrets for readers", () => {
  const [a, b] = ports().reader.metrics();
  assertEquals(a?.samples.map(({ value }) => value), [1]);
  assertEquals(b?.samples.map(({ value }) => value), [2]);
});

Deno.test("readableGraph() gives admins the port itself", () => {
  assertEquals(ports().admin, PORT);
});

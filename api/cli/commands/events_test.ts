/** `strata events` against the services of a real machine, joined without a socket. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import process from "node:process";
import { parseAllDocuments } from "yaml";
import {
  WhyResponse_End as End,
  WhyStep_Event as Event,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { machineTypes } from "../../../runtime/resources/machine_types.ts";
import { registerTypes } from "../../../runtime/resources/meta.ts";
import { mountStatus } from "../../../runtime/resources/fs.ts";
import { nodeAddress } from "../../../runtime/resources/network.ts";
import { apiFixture } from "../../../tests/fakes/api.ts";
import { runFake, type RunResult } from "../../../tests/fakes/cli_world.ts";
import { FakeClock } from "../../../tests/fakes/clock.ts";
import { connectTransport } from "../../../tests/fakes/connect_client.ts";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

const WRITE = { namespace: "fs", type: mountStatus.type, id: "/a", revision: 7n };

/** A machine on which something happened: two seconds apart, of two kinds by turns. */
async function machine() {
  const kinds: { namespace: string; type: string }[] = [];
  const fixture = apiFixture();
  const { api, state, clock, graph } = fixture;
  graph.graph = () => ({
    controllers: [],
    edges: [],
    kinds: [{ namespace: "fs", type: mountStatus.type }, ...kinds],
  });
  graph.why = ({ type, id }) =>
    type === mountStatus.type && id === "/a"
      ? {
        steps: [
          { write: WRITE, version: "2", event: Event.UPDATED, actor: "fs.C" },
          { write: { ...WRITE, id: "/b" }, version: "7", event: Event.CREATED, actor: "me" },
        ],
        end: End.ORIGIN,
      }
      : undefined;
  await registerTypes(state, { types: machineTypes(), namespaces: [] });
  await clock.advance(10_000);
  await state.create(mountStatus.newResource("/a", { source: "x" }));
  await clock.advance(2_000);
  await state.create(nodeAddress.newResource("n", {}));
  await clock.advance(2_000);
  await state.update(
    mountStatus.withSpec(await state.get(mountStatus.newResource("/a", {}).metadata), {
      source: "y",
    }),
  );
  await clock.advance(2_000);
  await state.destroy(nodeAddress.newResource("n", {}).metadata);
  const transport = connectTransport((request) => api.handle(request, { transport: "unix" }), {
    format: "binary",
  });
  const run = (
    args: readonly string[],
    options: {
      readonly signal?: AbortSignal;
      readonly write?: (text: string) => void;
      readonly clock?: FakeClock;
    } = {},
  ): Promise<RunResult> =>
    runFake(["events", ...args], { transport, knownTypes: machineTypes(), clock, ...options });
  return { ...fixture, kinds, run };
}

/** Lines without their columns of nothing. */
function rows({ out }: { readonly out: string }): readonly string[] {
  return out.trimEnd().split("\n").map((line) => line.split(/ {2,}/).join(" | ").trim());
}

Deno.test("events tells the past of all kinds in order of time, and the last of it only", async () => {
  const { run } = await machine();
  const { code, out, err } = await run(["--tail", "4", "--no-follow"]);
  assertEquals([code, err], [0, ""]);
  assertEquals(rows({ out }), [
    "TIME | EVENT | TYPE | ID | BY | BECAUSE OF",
    "2026-01-02T03:04:15Z | created | MountStatus | /a",
    "2026-01-02T03:04:17Z | created | NodeAddress | n",
    "| destroyed | NodeAddress | n",
    "2026-01-02T03:04:19Z | updated | MountStatus | /a | fs.C | MountStatus /b",
  ]);
  const { out: without } = await run(["--tail", "1", "--no-follow", "--no-causes", "--no-headers"]);
  assertEquals(rows({ out: without }), ["2026-01-02T03:04:19Z | updated | MountStatus | /a"]);
  const all = await run(["--tail", "all", "--no-follow", "--no-headers"]);
  assertEquals(rows(all).length, machineTypes().all().length + 4);
  assertEquals(rows(await run(["--no-follow", "--no-headers"])).length, 10);
  assertEquals((await run(["--tail", "0", "--no-follow", "--no-headers"])).out, "");
});

Deno.test("events takes types by any name, a namespace, and a time", async () => {
  const { run, state } = await machine();
  await state.create(mountStatus.newResource("/b", {}, { namespace: "other" }));
  const past = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { out } = await run([
      ...args,
      "--no-follow",
      "-o",
      "jsonpath={.event} {.namespace} {.id}",
    ]);
    return out.trimEnd().split("\n");
  };
  assertEquals(await past("mounts"), ["created fs /a", "updated fs /a"]);
  assertEquals(await past("mounts", "-n", "other"), ["created other /b"]);
  assertEquals(await past("nodeaddress", "MountStatuses.fs.strata", "--tail", "1"), [
    "updated fs /a",
  ]);
  assertEquals(await past("--since", "3s"), ["updated fs /a"]);
  assertEquals(await past("--since", "2026-01-02T03:04:17Z"), [
    "created network n",
    "updated fs /a",
  ]);
  assertEquals(await past("--since", "1h", "--tail", "1"), ["updated fs /a"]);
});

Deno.test("events -o json and yaml give the same, one value an event", async () => {
  const { run } = await machine();
  const { out: json } = await run(["mounts", "--no-follow", "-o", "json"]);
  const { out: yaml } = await run(["mounts", "--no-follow", "-o", "yaml"]);
  const values = json.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(parseAllDocuments(yaml).map((document) => document.toJS()), values);
  assertEquals(values[0], {
    time: "2026-01-02T03:04:15Z",
    event: "created",
    namespace: "fs",
    type: "MountStatuses.fs.strata",
    id: "/a",
    version: "1",
    phase: "running",
    owner: "",
  });
  assertEquals(values[1].cause, {
    actor: "fs.C",
    because: { namespace: "fs", type: mountStatus.type, id: "/b", revision: "7" },
  });
});

Deno.test("events follows what happens, of kinds that come to be as well", async () => {
  const { run, state, kinds } = await machine();
  const stop = new AbortController();
  const clock = new FakeClock();
  const lines: string[] = [];
  const told = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  const ended = run(["--tail", "1", "-o", "jsonpath={.event} {.type} {.id}"], {
    signal: stop.signal,
    clock,
    write(text) {
      lines.push(text.trimEnd());
      told[lines.length - 1]?.resolve();
    },
  });
  await told[0]?.promise;
  await state.create(mountStatus.newResource("/live", {}));
  await told[1]?.promise;
  // Nobody has watched this kind so far: the next look finds it.
  await state.create(mountStatus.newResource("/new", {}, { namespace: "elsewhere" }));
  kinds.push({ namespace: "elsewhere", type: mountStatus.type });
  while (!clock.pendingMs.includes(2_000)) await clock.sleeping(clock.pendingMs.length + 1);
  await clock.advance(2_000);
  await told[2]?.promise;
  stop.abort();
  const { code, err } = await ended;
  assertEquals([code, err], [130, ""]);
  assertEquals(lines, [
    "updated MountStatuses.fs.strata /a",
    "created MountStatuses.fs.strata /live",
    "created MountStatuses.fs.strata /new",
  ]);
});

Deno.test("events refuses what it cannot tell of", async () => {
  const { run } = await machine();
  const cases = [
    [["mountz"], 3, /^strata: no resource type "mountz": did you mean mounts\?\n$/],
    [
      ["--tail", "x"],
      2,
      /^strata: cannot use --tail "x": it must be a whole number below a million, or all\n/,
    ],
    [
      ["--since", "soon"],
      2,
      /^strata: cannot use --since "soon": it must be a duration such as 10m, or a time/,
    ],
    [
      ["-o", "jsonpath={.a"],
      2,
      /^strata: cannot use the JSONPath template: "\{" at character 1 is never closed\n/,
    ],
    [["-o", "name"], 2, /Allowed choices are table, wide, yaml, json, jsonpath=TEMPLATE\n/],
  ] as const;
  for (const [args, exit, message] of cases) {
    const { code, out, err } = await run(args);
    assertEquals([code, out], [exit, ""], err);
    assertMatch(err, message);
  }
});

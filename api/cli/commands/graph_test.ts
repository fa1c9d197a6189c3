// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { displayWidth } from "../display_width.ts";
import { GRAPH, HOSTILE, HOSTILE_GRAPH } from "../../../tests/fakes/cli_graph.ts";
import { type FakeMachine, fakeMachine } from "../../../tests/fakes/cli_machine.ts";
import { DEFINITIONS } from "../../../tests/fakes/cli_resources.ts";
import { runFake, type RunResult } from "../../../tests/fakes/cli_world.ts";
import {
  type GraphResponse,
  GraphResponseSchema,
} from "../../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { fromJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import process from "node:process";
import { parse } from "yaml";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

function graph(
  args: readonly string[],
  machine?: FakeMachine,
  terminal?: number,
): Promise<RunResult> {
  return runFake(["graph", ...args], {
    routes: fakeMachine({ graph: GRAPH, resources: DEFINITIONS, ...machine }),
    ...(terminal === undefined
      ? {}
      : { terminal, env: { STRATA_ENDPOINT: "http://h:1", NO_COLOR: "1" } }),
  });
}

Deno.test("graph prints controllers with what they did, read and write, then kinds, in 80 columns", async () => {
  const { code, out, err } = await graph([], {}, 80);
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out,
    `4 controllers (1 failed), 6 kinds

fs.MountStatusController: running
  did         1 run, 0 crashes, 12 wake-ups
  last run    2026-01-02T03:05:05Z
  woken by    MountSpecs.fs.strata /var in fs, write 17
  reads       MountSpecs.fs.strata in fs (strong)
  writes      MountStatuses.fs.strata (exclusive)

fs.EtcFileController: failed, waiting to start again
  did         4 runs, 3 crashes, 5 wake-ups
  last run    2026-01-02T03:04:15Z
  last error  2026-01-02T03:04:16Z Cannot mount "/etc/hosts": EROFS (30), the
              file system below it is read-only
  reads       EtcFileStatuses.fs.strata in fs (destroy-ready)
              EtcFileSpecs.fs.strata in fs (strong)
              MountStatuses.fs.strata /etc in fs (weak)
  writes      EtcFileStatuses.fs.strata (exclusive)

runtime.ReportController: running
  did         40 jobs, 1 failed, 2 waiting
  last run    2026-01-02T03:05:35Z
  last error  2026-01-02T03:04:35Z Cannot report: the report is too long
  reads       EtcFileStatuses.fs.strata in fs (mapped)
              MountStatuses.fs.strata in fs (primary)
              MountSpecs.fs.strata in fs (mapped destroy-ready)
  writes      Reports.runtime.strata (shared)

runtime.IdleController: not started
  did         0 runs, 0 crashes, 0 wake-ups
  last run    never

NAMESPACE   TYPE                        RUNNING   TEARING DOWN   OVERRUNS
fs          EtcFileSpecs.fs.strata      3         1              0
fs          EtcFileStatuses.fs.strata   3         0              0
fs          MountSpecs.fs.strata        5         0              2
fs          MountStatuses.fs.strata     14        0              0
meta        Namespaces.meta.cosi.dev    4         0              0
runtime     Reports.runtime.strata      17        0              0
`,
  );
  for (const line of out.split("\n")) assert(displayWidth(line) <= 80, line);
});

Deno.test("graph breaks no line of a pipe", async () => {
  const { out } = await graph([]);
  assertStringIncludes(out, "EROFS (30), the file system below it is read-only\n");
});

Deno.test("graph of a machine without controllers says so", async () => {
  const { code, out } = await graph([], { graph: fromJson(GraphResponseSchema, {}) });
  assertEquals([code, out], [0, "0 controllers, 0 kinds\n"]);
});

Deno.test("graph prints no name that could move the cursor or turn letters round", async () => {
  for (const format of ["text", "dot", "mermaid", "svg", "json", "yaml"]) {
    const { code, out } = await graph(["-o", format], { graph: HOSTILE_GRAPH });
    assertEquals(code, 0, format);
    // deno-lint-ignore no-control-regex -- control characters are what may not be there
    assertEquals(/[\x00-\x09\x0b-\x1f\u202e\u2028]/.exec(out), null, format);
  }
});

Deno.test("graph -o json and -o yaml give the same graph, whatever its names", async () => {
  for (const wanted of [GRAPH, HOSTILE_GRAPH]) {
    const json = await graph(["-o", "json"], { graph: wanted });
    const value = JSON.parse(json.out);
    assertEquals(fromJson(GraphResponseSchema, value), wanted);
    const yaml = await graph(["-o", "yaml"], { graph: wanted });
    assertEquals(parse(yaml.out), value);
  }
});

Deno.test("graph -o dot, mermaid and svg print whole files", async () => {
  assertMatch((await graph(["-o", "dot"])).out, /^digraph strata \{\n[^]*\n\}\n$/);
  assertMatch((await graph(["-o", "mermaid"])).out, /^flowchart LR\n[^]*\n$/);
  assertMatch((await graph(["-o", "svg"])).out, /^<svg [^]*<\/svg>\n$/);
});

async function shown(args: readonly string[]): Promise<readonly [string[], string[]]> {
  const { code, out, err } = await graph([...args, "-o", "json"]);
  assertEquals(code, 0, err);
  const { controllers, kinds }: GraphResponse = fromJson(GraphResponseSchema, JSON.parse(out));
  return [controllers.map(({ name }) => name), kinds.map(({ type }) => type)];
}

Deno.test("graph --controller and --type show a part, named in any case or by an alias", async () => {
  const mounts = [
    ["fs.MountStatusController", "fs.EtcFileController", "runtime.ReportController"],
    ["MountStatuses.fs.strata"],
  ] as const;
  for (const name of ["mounts", "MS", "mountstatuses.FS.strata"]) {
    assertEquals(await shown(["--type", name]), [[...mounts[0]], [...mounts[1]]]);
  }
  assertEquals(await shown(["--controller", "FS.MountStatusController"]), [
    ["fs.MountStatusController"],
    ["MountSpecs.fs.strata", "MountStatuses.fs.strata"],
  ]);
  const [, kinds] = await shown(["--no-untouched"]);
  assert(!kinds.includes("Namespaces.meta.cosi.dev"));
});

Deno.test("graph ends with 3 for a controller or type that is not there, and names the near ones", async () => {
  const cases = [
    [
      ["--controller", "fs.EtcFileControler"],
      'no controller "fs.EtcFileControler": did you mean fs.EtcFileController?',
    ],
    [["--controller", "x"], 'no controller "x": "strata graph" shows them'],
    [["--type", "muonts"], 'no resource type "muonts": did you mean mounts?'],
    [
      ["--type", "foreign"],
      "type Foreigns.example.dev is not in the graph: no controller names it, and no resource has it",
    ],
  ] as const;
  for (const [args, message] of cases) {
    const { code, out, err } = await graph(args);
    assertEquals([code, out, err], [3, "", `strata: ${message}\n`]);
  }
});

Deno.test("graph ends with 2 and the choices for a form it does not have", async () => {
  const { code, err } = await graph(["-o", "png"]);
  assertEquals(code, 2);
  assertStringIncludes(
    err,
    "'png' is invalid. Allowed choices are text, dot, mermaid, svg, yaml, json, jsonpath=TEMPLATE\n",
  );
});

Deno.test("graph ends as the call does", async () => {
  const refusal = new ConnectError("not for you", Code.PermissionDenied);
  const { code, err } = await graph([], { refusal });
  assertEquals([code, err], [4, "strata: refused: not for you\n"]);
});

Deno.test("graph asks for types only when one is named that the graph has not", async () => {
  const calls: string[] = [];
  const seen = (call: string) => void calls.push(call);
  await graph([], { seen });
  await graph(["--type", HOSTILE], { seen, graph: HOSTILE_GRAPH });
  assertEquals(calls, ["graph", "graph"]);
  await graph(["--type", "ms"], { seen });
  assertEquals(calls.slice(2), ["graph", "list"]);
});

/** `-o` of every command that shows data. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { parse, parseAllDocuments } from "yaml";
import { optionName } from "./command_spec.ts";
import { COMMANDS } from "./command_table.ts";
import { EventType } from "../../proto/gen/cosi/resource/state_pb.ts";
import {
  eventOf,
  FAKE_KNOWN_TYPES,
  type FakeMachine,
  fakeMachine,
} from "../../tests/fakes/cli_machine.ts";
import { DEFINITIONS, mountOf } from "../../tests/fakes/cli_resources.ts";
import { type FakeWorldOptions, runFake, type RunResult } from "../../tests/fakes/cli_world.ts";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

const MACHINE: FakeMachine = {
  resources: [
    ...DEFINITIONS,
    mountOf("/", { source: "a" }),
    mountOf("/var", { source: "b\x1b[31m" }),
  ],
  services: [{ id: "apid", state: "Running" }],
  processes: [{ pid: 1, command: "strata" }],
  entries: [{ name: "/etc", relativeName: "." }, {
    name: "/etc/hosts",
    relativeName: "hosts",
    size: 5n,
  }],
};

function run(
  args: readonly string[],
  options: FakeWorldOptions & { machine?: FakeMachine } = {},
): Promise<RunResult> {
  const { machine = MACHINE, ...rest } = options;
  return runFake(args, { routes: fakeMachine(machine), knownTypes: FAKE_KNOWN_TYPES, ...rest });
}

/** Commands whose data the fake machine has. */
const SHOWN: readonly (readonly string[])[] = [
  ["version"],
  ["get", "mounts"],
  ["get", "mounts", "/var"],
  ["types"],
  ["explain", "mounts"],
  ["mounts"],
  ["services"],
  ["service", "apid"],
  ["stats"],
  ["memory"],
  ["processes"],
  ["ls", "/etc"],
  ["graph"],
];

Deno.test("every command that shows data has yaml, json and jsonpath, by the same names", () => {
  const plain = ["read", "logs", "dmesg", "reboot", "shutdown", "verify", "serve"];
  plain.push("completion", "__complete");
  for (const { name, options = [] } of COMMANDS) {
    if (plain.includes(name) || /^(config (?!contexts|view)|gen )/.test(name)) continue;
    const output = options.find((option) => optionName(option) === "output");
    assertEquals(output?.flags, "-o, --output <FORMAT>", name);
    for (const choice of ["yaml", "json", "jsonpath=TEMPLATE"]) {
      assert(output?.choices?.includes(choice), `${name} ${choice}`);
    }
  }
});

Deno.test("-o yaml, json and jsonpath show the same", async () => {
  for (const args of SHOWN) {
    const json = await run([...args, "-o", "json"]);
    assertEquals([json.code, json.err], [0, ""], args.join(" "));
    const value: unknown = JSON.parse(json.out);
    const yaml = (await run([...args, "-o", "yaml"])).out;
    // Resources are documents, as everywhere.
    const isList = args[0] === "get" && args.length === 2;
    const versions = (text: unknown): string =>
      JSON.stringify(text).replaceAll(/"version":"?(\d+)"?/g, '"version":$1');
    if (!isList && args[0] !== "get") assertEquals(parse(yaml), value, args.join(" "));
    if (isList) {
      const ids = parseAllDocuments(yaml).map((document) => document.toJS().metadata.id);
      assertEquals(ids, ["/", "/var"]);
      continue;
    }
    const { out } = await run([...args, "-o", "jsonpath={$}"]);
    assertEquals(versions(JSON.parse(out)), versions(value), args.join(" "));
  }
});

Deno.test("-o jsonpath picks out of each resource, a line each, with or without braces", async () => {
  const picked = async (template: string) =>
    (await run(["get", "mounts", "-o", `jsonpath=${template}`])).out;
  assertEquals(await picked("{.metadata.id} {.metadata.version}"), "/ 1\n/var 1\n");
  assertEquals(await picked(".metadata.id"), "/\n/var\n");
  assertEquals(await picked("{.nothing}"), "\n\n");
  const wrong = await run(["get", "mounts", "-o", "jsonpath={.a"]);
  assertEquals([wrong.code, wrong.out], [2, ""]);
  assertMatch(
    wrong.err,
    /^strata: cannot use the JSONPath template: "\{" at character 1 is never closed\n/,
  );
});

Deno.test("-o jsonpath is as it is for a pipe, and safe on a terminal", async () => {
  const args = ["get", "mounts", "/var", "-o", "jsonpath=.spec.source"];
  assertEquals((await run(args)).out, "b\x1b[31m\n");
  const env = { STRATA_ENDPOINT: "http://h:1", NO_COLOR: "1" };
  assertEquals((await run(args, { terminal: 80, env })).out, "b\\x1b[31m\n");
});

Deno.test("-o jsonpath shows a line for each change of a watch", async () => {
  const machine: FakeMachine = {
    ...MACHINE,
    async *watch() {
      yield { event: [eventOf(EventType.CREATED, mountOf("/a", {}))] };
      yield await Promise.resolve({ event: [eventOf(EventType.UPDATED, mountOf("/b", {}))] });
    },
  };
  const { code, out } = await run(["get", "mounts", "-w", "-o", "jsonpath=.metadata.id"], {
    machine,
  });
  assertEquals([code, out], [5, "/a\n/b\n"]);
});

Deno.test("-o name shows names alone", async () => {
  const cases = [
    [
      ["types", "-o", "name"],
      "MountStatuses.fs.strata\nForeigns.example.dev\nOthers.example.dev\n",
    ],
    [["mounts", "-o", "name"], "/\n/var\n/proc\n"],
    [["ls", "/etc", "-o", "name"], "hosts\n"],
    [["get", "mounts", "-o", "name"], "MountStatuses.fs.strata//\nMountStatuses.fs.strata//var\n"],
  ] as const;
  for (const [args, out] of cases) assertEquals((await run(args)).out, out, args.join(" "));
});

Deno.test("types -o wide shows every name of a type", async () => {
  const { out } = await run(["types", "-o", "wide"]);
  assertStringIncludes(out, "mountstatuses mountstatuses.fs mounts ms mountstatus");
  assertMatch(out, /^TYPE +NAMESPACE +ALIASES +KIND +ALL NAMES +COLUMNS$/m);
});

Deno.test("version -o json has no machine in it where none was asked", async () => {
  const { out } = await run(["version", "--client", "-o", "json"], { env: {} });
  assertEquals(Object.keys(JSON.parse(out)), ["client"]);
  const both = JSON.parse((await run(["version", "-o", "json"])).out);
  assertEquals([both.machine[0].tag, both.machine[0].platform], ["v9.9.9", {
    name: "qemu",
    mode: "metal",
  }]);
});

Deno.test("--timeout must be a duration", async () => {
  const { code, err } = await run(["types", "--timeout", "soon"]);
  assertEquals([code, err.split("\n")[0]], [
    2,
    'strata: cannot use --timeout "soon": it must be a duration of at most 24 days, such as 500ms, 30s or 1m30s',
  ]);
});

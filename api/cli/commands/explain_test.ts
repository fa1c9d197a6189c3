// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { parse } from "yaml";
import { ResourceDefinitionSpec_Sensitivity as Sensitivity } from "../../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { COMMENTS } from "../../../proto/gen/comments.ts";
import { machineTypes } from "../../../runtime/resources/machine_types.ts";
import { fakeMachine } from "../../../tests/fakes/cli_machine.ts";
import { definitionOf, DEFINITIONS } from "../../../tests/fakes/cli_resources.ts";
import { runFake, type RunResult } from "../../../tests/fakes/cli_world.ts";
import type { DescEnum, DescMessage } from "@bufbuild/protobuf";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

/** Without any machine. */
function explain(...args: readonly string[]): Promise<RunResult> {
  return runFake(["explain", ...args], { env: {}, knownTypes: machineTypes() });
}

Deno.test("explain tells of a type and its fields without a machine", async () => {
  const { code, out, err } = await explain("watchoverruns");
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out,
    `KIND:       WatchOverrun
TYPE:       WatchOverruns.runtime.strata
NAMESPACE:  runtime
ALIASES:    overruns, watchoverrun, wo, wos

DESCRIPTION:
    Observed: a watch of the engine that was overtaken; the kind was then listed again. The id is
    NAMESPACE/TYPE.

FIELDS:
    namespace <string>
        Namespace of the resources that were watched.

    type <string>
        Their type.

    count <uint64>
        How often it happened since the agent started.

    last <Timestamp>
        When it happened last.
`,
  );
});

Deno.test("explain finds fields by either form of their names, with or without spec, in any case", async () => {
  const first = await explain("mounts.readOnly");
  assertMatch(first.out, /^FIELD: {6}spec\.readOnly <bool>$/m);
  assertStringIncludes(first.out, "Whether nothing can be written through this mount.");
  for (
    const words of [
      "mounts.read_only",
      "mounts.spec.readonly",
      "MountStatuses.fs.strata.readOnly",
      "mounts.readOnly.",
    ]
  ) {
    assertEquals((await explain(words)).out, first.out, words);
  }
});

Deno.test("explain goes through messages and lists, and knows the metadata", async () => {
  assertMatch(
    (await explain("volumes.repairs")).out,
    /^FIELD: {6}spec\.repairs <\[\]VolumeRepair>$/m,
  );
  assertStringIncludes(
    (await explain("volumes.repairs")).out,
    "    outcome <string>\n        How it ended.",
  );
  assertMatch(
    (await explain("volumes.repairs.outcome")).out,
    /^FIELD: {6}spec\.repairs\.outcome <string>$/m,
  );
  assertMatch(
    (await explain("mounts.metadata.labels")).out,
    /^FIELD: {6}metadata\.labels <map\[string\]string>$/m,
  );
  assertStringIncludes((await explain("mounts.metadata")).out, "    finalizers <[]string>\n");
});

Deno.test("explain names the values of an enumeration", async () => {
  const { out } = await explain("volumes.phase");
  assertStringIncludes(out, "VALUES:\n    PHASE_UNSPECIFIED\n        Nothing is known yet.\n");
  assertStringIncludes((await explain("volumes")).out, "One of PHASE_UNSPECIFIED, PHASE_MISSING,");
});

Deno.test("explain --recursive shows the names of all fields", async () => {
  const { out } = await explain("mountreport", "--recursive");
  const [, fields] = out.split("FIELDS:\n");
  assertEquals(
    fields,
    `    specVersion <string>
    mounted <MountSpec>
        source <string>
        target <string>
        fstype <string>
        readOnly <bool>
        executable <string>
        parameters <[]string>
        releaseMs <uint32>
    error <string>
    holders <[]MountHolder>
        pid <uint32>
        name <string>
        by <string>
        path <string>
    detached <[]string>
`,
  );
});

Deno.test("explain -o yaml and json give the same as data", async () => {
  const yaml = parse((await explain("volumes.repairs", "-o", "yaml")).out);
  assertEquals(yaml, JSON.parse((await explain("volumes.repairs", "-o", "json")).out));
  assertEquals([yaml.kind, yaml.path, yaml.fieldType], [
    "VolumeStatus",
    "spec.repairs",
    "[]VolumeRepair",
  ]);
  assertEquals(yaml.fields[2], { name: "outcome", type: "string", description: "How it ended." });
});

Deno.test("explain suggests names near the one that is not there", async () => {
  const cases = [
    [
      "mounts.optoins",
      3,
      'strata: no field "optoins" in MountStatus.spec: did you mean options?\n',
    ],
    [
      "mounts.source.x",
      3,
      'strata: no field "x" in MountStatus.spec.source: it is string, and has no fields\n',
    ],
    [
      "etcfilespec.zzzzz",
      3,
      'strata: no field "zzzzz" in EtcFileSpec.spec: it has contents, mode, owner\n',
    ],
    ["ms", 2, /^strata: resource type "ms" is ambiguous: it may be Mount/],
    [
      "muonts.source",
      3,
      /^strata: no resource type "muonts.source", and there is no machine to ask: did you mean mounts/,
    ],
  ] as const;
  for (const [words, exit, message] of cases) {
    const { code, err } = await explain(words);
    assertEquals(code, exit, err);
    if (typeof message === "string") assertEquals(err, message);
    else assertMatch(err, message);
  }
});

Deno.test("explain tells what the machine defines of a type that only it knows, and that fields are not described", async () => {
  const options = { routes: fakeMachine({ resources: DEFINITIONS }), knownTypes: machineTypes() };
  const { code, out } = await runFake(["explain", "foreign.size"], options);
  assertEquals(code, 0);
  assertEquals(
    out,
    `KIND:       Foreign
TYPE:       Foreigns.example.dev
NAMESPACE:  fs
ALIASES:    foreign
COLUMNS:    Size {.size}

Its fields are not described, "size" neither: this client does not know the type, and its definition does not tell them.
`,
  );
  for (const words of ["foreign", "FOREIGNS.example.dev", "foreign."]) {
    const whole = await runFake(["explain", words], options);
    assertEquals([whole.code, whole.out], [0, out.replace(', "size" neither', "")], words);
  }
  const { code: none, err } = await runFake(["explain", "foriegn"], options);
  assertEquals([none, err], [
    3,
    'strata: no resource type "foriegn": did you mean foreign or foreigns?\n',
  ]);
});

Deno.test("explain gives what the machine defines as data, without fields", async () => {
  const secret = definitionOf({
    resourceType: "Secrets.example.dev",
    displayType: "Secret",
    defaultNamespace: "vault",
    allAliases: ["secrets"],
    sensitivity: Sensitivity.SENSITIVE,
  });
  const options = { routes: fakeMachine({ resources: [secret] }), knownTypes: machineTypes() };
  const data = await runFake(["explain", "secrets.key", "-o", "json"], options);
  assertEquals(JSON.parse(data.out), {
    type: "Secrets.example.dev",
    kind: "Secret",
    namespace: "vault",
    aliases: [],
    sensitive: true,
    columns: [],
  });
  const one = await runFake(["explain", "secrets", "-o", "jsonpath={.namespace}"], options);
  assertEquals(one.out, "vault\n");
  const text = await runFake(["explain", "secrets"], options);
  assertMatch(text.out, /^READERS: {4}administrators only$/m);
});

Deno.test("explain refuses a name that several types of the machine have, and finds each by its own", async () => {
  const options = { routes: fakeMachine({ resources: DEFINITIONS }), knownTypes: machineTypes() };
  const { code, err } = await runFake(["explain", "shared.size"], options);
  assertEquals(code, 2);
  const may = "Foreigns.example.dev, Others.example.dev";
  assertStringIncludes(err, `resource type "shared" is ambiguous: it may be ${may}\n`);
  const { out } = await runFake(["explain", "others.example.dev"], options);
  assertMatch(out, /^KIND: {7}Other$/m);
});

Deno.test("explain prints no control characters of a machine's", async () => {
  const foreign = definitionOf({
    resourceType: "Foreigns.example.dev",
    displayType: "For\u001b[2Jeign",
    allAliases: ["foreigns"],
  });
  const options = { routes: fakeMachine({ resources: [foreign] }), knownTypes: machineTypes() };
  const { code, out } = await runFake(["explain", "foreigns.a\u001b[2Jb"], options);
  assertEquals([code, out.includes("\u001b")], [0, false]);
});

Deno.test("explain fits the terminal", async () => {
  const { out } = await runFake(["explain", "mounts"], {
    env: { NO_COLOR: "1" },
    knownTypes: machineTypes(),
    terminal: 50,
  });
  for (const line of out.split("\n")) assertEquals(line.length <= 50, true, line);
});

Deno.test("every field of our types has its comment in COMMENTS", () => {
  const seen = new Set<string>();
  const visit = (message: DescMessage): void => {
    if (seen.has(message.typeName) || message.typeName.startsWith("google.")) return;
    seen.add(message.typeName);
    const names = [
      message.typeName,
      ...message.fields.map(({ name }) => `${message.typeName}.${name}`),
    ];
    for (const name of names) assertEquals(COMMENTS[name] !== undefined, true, name);
    for (const field of message.fields) {
      if (field.message !== undefined) visit(field.message);
      if (field.enum !== undefined) visitEnum(field.enum);
    }
  };
  const visitEnum = ({ typeName, values }: DescEnum): void => {
    for (const { name } of values) {
      assertEquals(COMMENTS[`${typeName}.${name}`] !== undefined, true, name);
    }
  };
  for (const { descriptor } of machineTypes().all()) visit(descriptor);
});

// @ts-types="../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  assert as check,
  asyncProperty,
  dictionary,
  record,
  string,
  uniqueArray,
} from "fast-check";
import process from "node:process";
import { StateError } from "../runtime/core/errors.ts";
import { metadataEquals, newMetadata } from "../runtime/core/metadata.ts";
import { OpaqueSpec } from "../runtime/core/opaque.ts";
import { resourceEquals } from "../runtime/core/resource_equality.ts";
import { resourceTypes } from "../runtime/core/resource_types.ts";
import { parseTimestamp } from "../runtime/core/timestamp.ts";
import { namespaceType, resourceDefinitionType } from "../runtime/resources/meta.ts";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import { defineResource } from "../runtime/core/definition.ts";
import { parseMetadataYaml } from "./metadata_reader.ts";
import { metadataText, metadataYaml } from "./metadata_yaml.ts";
import { parseResourceYaml, resourceYaml } from "./resource_yaml.ts";

// The YAML parser asks for a variable of its own debugging, and unit tests may read no environment.
Object.defineProperty(process, "env", { value: {} });

const TYPES = resourceTypes([namespaceType, resourceDefinitionType]);
const RICH = newMetadata({
  namespace: "default",
  type: "Disks.example",
  id: '"sda',
  version: 3n,
  phase: "tearingDown",
  owner: "X",
  created: parseTimestamp("2026-01-02T03:04:05.5Z"),
  updated: parseTimestamp("2026-01-02T03:04:06+01:00"),
  labels: { "\u{1f600}": "astral", "\uffff": "private", b: "true", a: "1", c: "", "": "empty" },
  annotations: { note: "a: b", line: "one\ntwo" },
  finalizers: ["z", "- a"],
});
const RICH_YAML = `namespace: default
type: Disks.example
id: '"sda'
version: 3
owner: X
phase: tearingDown
created: 2026-01-02T03:04:05Z
updated: 2026-01-02T02:04:06Z
labels:
    '': empty
    a: 1
    b: true
    c:
    \uffff: private
    \u{1f600}: astral
annotations:
    line: "one\\ntwo"
    note: 'a: b'
finalizers:
    - z
    - '- a'
`;

Deno.test("TestMetadataMarshalYAML: metadataYaml() keeps the order of keys and quotes what it must", () => {
  assertEquals(metadataYaml(metadataText(RICH)), RICH_YAML);
  const bare = newMetadata({ namespace: "n", type: "t", id: "i" });
  assertEquals(
    metadataYaml(metadataText(bare)),
    "namespace: n\ntype: t\nid: i\nversion: undefined\nowner:\nphase: running\n" +
      "created: 1970-01-01T00:00:00Z\nupdated: 1970-01-01T00:00:00Z\n",
  );
});

Deno.test("TestMetadataMarshalYAML: parseMetadataYaml() reads what metadataYaml() writes", async () => {
  assert(metadataEquals(await parseMetadataYaml(RICH_YAML), RICH));
  const names = uniqueArray(string({ unit: "binary" }), { maxLength: 3 });
  const texts = dictionary(string({ unit: "binary" }), string({ unit: "binary" }), { maxKeys: 3 });
  const metadata = record({ id: string({ unit: "binary" }), labels: texts, finalizers: names });
  await check(
    asyncProperty(metadata, async (part) => {
      const written = newMetadata({ namespace: "n", type: "t", ...part });
      const read = await parseMetadataYaml(metadataYaml(metadataText(written)));
      assertEquals({ ...read }, { ...written });
    }),
    { numRuns: 300 },
  );
});

Deno.test("parseMetadataYaml() takes any order, ignores what it does not know, and reads raw text", async () => {
  const text =
    "---\nstrange: [1]\nid: 0x10\nowner: ~\nnamespace: 'null'\ntype: true\nversion: 003\n";
  const { id, owner, namespace, type, version } = await parseMetadataYaml(text);
  assertEquals([id, owner, namespace, type, version], ["0x10", "~", "null", "true", 3n]);
});

Deno.test("parseMetadataYaml() says where it cannot read", async () => {
  const cases: Readonly<Record<string, string>> = {
    "": "1:1: metadata may be a mapping",
    "- a": "1:1: metadata may be a mapping",
    "id: a\nversion:": "2:9: error parsing version",
    "id: a\nversion: -1": "2:10: error parsing version",
    "id: a\nphase: Running": "2:8: unknown phase: Running",
    "created: 2026-01-02": "1:10: Cannot read time",
    "id: [a]": "1:5: id may be a scalar",
    "labels: [a]": "1:9: labels may be a mapping",
    "labels:\n    a: [b]": "2:8: labels.a may be a scalar",
    "finalizers: a": "1:13: finalizers may be a sequence",
    "finalizers:\n    - a\n    - {}": "3:7: a finalizer may be a scalar",
    "id: a\nid: b": "2:1: ",
    "id: a\n---\nid: b": "2:1: ",
    "id: 'a": "1:7: ",
    "id: &x a\nowner: *x": "2:8: owner may be a scalar",
  };
  for (const [text, message] of Object.entries(cases)) {
    await assertRejects(() => parseMetadataYaml(text), StateError, `invalid resource: ${message}`);
  }
});

Deno.test("TestYAMLResource: parseResourceYaml() reads a whole resource", async () => {
  const text = `spec:
  resourceType: T
  aliases: [a]
  sensitivity: 1
metadata:
  namespace: meta
  type: ${resourceDefinitionType.type}
  id: t
  version: 1
  phase: running
`;
  const resource = await parseResourceYaml(text, TYPES);
  assert(resourceDefinitionType.is(resource));
  assertEquals([resource.metadata.version, resource.spec.aliases], [1n, ["a"]]);
  assertEquals([resource.spec.resourceType, resource.spec.sensitivity], ["T", 1]);
});

Deno.test("TestYAMLResource: parseResourceYaml() is strict", async () => {
  const metadata = `metadata: { namespace: meta, type: ${namespaceType.type}, id: a }\n`;
  const cases: Readonly<Record<string, string>> = {
    "a": "1:1: a resource may be a mapping",
    [metadata]: "1:1: key spec is missing",
    "spec: {}": "1:1: key metadata is missing",
    [`${metadata}spec: {}\nstatus: {}`]: '3:1: unknown key "status", may be metadata or spec',
    [`${metadata}spec: true`]: "2:7: spec may be a mapping",
    "metadata: x\nspec: {}": "1:11: metadata may be a mapping",
    "metadata: { type: T }\nspec: {}": '2:7: type "T" is not registered',
    [`${metadata}spec: { descripton: a }`]: "2:7: Namespaces.meta.cosi.dev: Cannot read spec.descr",
    [`${metadata}spec: { description: [*x] }`]: "2:",
  };
  for (const [text, message] of Object.entries(cases)) {
    const parse = () => parseResourceYaml(text, TYPES);
    await assertRejects(parse, StateError, `invalid resource: ${message}`);
  }
});

Deno.test("TestYAMLResourceEquality: parseResourceYaml() reads what resourceYaml() writes", async () => {
  const spec = { resourceType: "T", aliases: ["1", "true", "a: b"], printColumns: [{ name: "n" }] };
  const resource = resourceDefinitionType.newResource("t", spec, { labels: { a: "1" } });
  assert(
    resourceEquals(await parseResourceYaml(await resourceYaml(resource, TYPES), TYPES), resource),
  );
});

Deno.test("TestNewAnyFromProto: resourceYaml() keeps the layout of an opaque spec", async () => {
  const metadata = newMetadata({ namespace: "n", type: "t", id: "i" });
  const opaque = async (yaml: string) =>
    (await resourceYaml({ metadata, spec: new OpaqueSpec(undefined, yaml) }, TYPES)).split("\n")
      .slice(9).join("\n");
  assertEquals(
    await opaque("list: [1, 2]\nmore:\n    a: 1\n"),
    "spec:\n    list: [ 1, 2 ]\n    more:\n        a: 1\n",
  );
  assertEquals(await opaque(""), "spec: {}\n");
});

Deno.test("TestMetadataMarshalYAML: keys too long for YAML to find are told to be keys", async () => {
  // 1024 characters with the quotes, where there are any, are found by YAML itself.
  const keys = [
    "k".repeat(1024),
    "k".repeat(1025),
    `'${"k".repeat(1019)}'`,
    `'${"k".repeat(1020)}'`,
  ];
  keys.push(`"${"\n".repeat(600)}`, "\u{1f600}".repeat(600), `- ${"a: b".repeat(300)}`);
  const names = Object.fromEntries(
    keys.map((key, index) => [key, index === 1 ? "" : `v${index}: x`]),
  );
  const written = newMetadata({
    namespace: "n",
    type: "t",
    id: "i",
    labels: names,
    annotations: names,
  });
  const yaml = metadataYaml(metadataText(written));
  const lines = yaml.split("\n");
  assert(lines.includes(`    ${"k".repeat(1024)}: 'v0: x'`));
  assertEquals(lines.indexOf("    :") - lines.indexOf(`    ? ${"k".repeat(1025)}`), 1);
  assertEquals({ ...await parseMetadataYaml(yaml) }, { ...written });
  const whole = { metadata: written, spec: namespaceType.newResource("a", {}).spec };
  const text = await resourceYaml({
    ...whole,
    metadata: newMetadata({ ...written, type: namespaceType.type }),
  }, TYPES);
  assertEquals((await parseResourceYaml(text, TYPES)).metadata.labels, written.labels);
});

Deno.test("ExampleResource_testInline: resourceYaml() puts the fields right under spec", async () => {
  const resource = resourceDefinitionType.newResource("t", {
    resourceType: "T",
    printColumns: [{ name: "n", jsonPath: "{.x}" }],
  });
  const text = await resourceYaml(resource, TYPES);
  assertEquals(
    text.slice(text.indexOf("spec:")),
    [
      "spec:",
      "    resourceType: T",
      '    displayType: ""',
      '    defaultNamespace: ""',
      "    aliases: []",
      "    allAliases: []",
      "    printColumns:",
      "        - name: n",
      '          jsonPath: "{.x}"',
      "    sensitivity: NON_SENSITIVE",
      "",
    ].join("\n"),
  );
});

Deno.test("TestCustomYAMLUnmarshal: a message with a form of its own is read in it", async () => {
  const structs = defineResource({ descriptor: StructSchema, type: "Structs.x-y", namespace: "n" });
  const types = resourceTypes([structs]);
  const text = "metadata: { namespace: n, type: Structs.x-y, id: a }\n" +
    "spec: { list: [1, a], nested: { flag: true } }\n";
  const resource = await parseResourceYaml(text, types);
  assertEquals(structs.toJson(resource.spec), { list: [1, "a"], nested: { flag: true } });
  const again = await parseResourceYaml(await resourceYaml(resource, types), types);
  assert(resourceEquals(again, resource));
});

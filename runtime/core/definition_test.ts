// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { create } from "@bufbuild/protobuf";
import {
  AnySchema,
  BytesValueSchema,
  FileDescriptorProtoSchema,
  StructSchema,
} from "@bufbuild/protobuf/wkt";
import {
  NamespaceSpecSchema,
  ResourceDefinitionSpecSchema,
} from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { ResourceSchema } from "../../proto/gen/cosi/resource/resource_pb.ts";
import {
  HealthListRequestSchema,
  HealthListResponseSchema,
} from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { StateError } from "./errors.ts";
import { defineResource } from "./definition.ts";
import { parseTypeName, singularName } from "./type_name.ts";
import { resourceTypes } from "./resource_types.ts";

const definitions = defineResource({
  descriptor: ResourceDefinitionSpecSchema,
  type: "ResourceDefinitions.meta.cosi.dev",
  namespace: "meta",
  aliases: ["api-resources"],
});
const namespaces = defineResource({
  descriptor: NamespaceSpecSchema,
  type: "Namespaces.meta.cosi.dev",
  namespace: "meta",
  aliases: ["ns"],
});

Deno.test("defineResource() makes the names of the contract", () => {
  assertEquals(definitions.displayType, "ResourceDefinition");
  assertEquals([...definitions.aliases], ["api-resources", "resourcedefinition", "rd", "rds"]);
  assertEquals([...definitions.allAliases], [
    "resourcedefinitions",
    "resourcedefinitions.meta",
    "resourcedefinitions.meta.cosi",
    ...definitions.aliases,
  ]);
  assertEquals([...namespaces.aliases], ["ns", "namespace"]);
  const specs = defineResource({
    descriptor: NamespaceSpecSchema,
    type: "MountSpecs.fs.strata",
    namespace: "fs",
  });
  assertEquals([...specs.aliases], ["mountspec", "ms"]);
  assertEquals([...specs.allAliases], ["mountspecs", "mountspecs.fs", "mountspec", "ms"]);
});

Deno.test("parseTypeName() names the first rule a type breaks", () => {
  const cases: Readonly<Record<string, string>> = {
    "Mounts": "missing suffix",
    ".fs.strata": "name is empty",
    "Mounts.": "suffix is empty",
    "mounts.fs.strata": "name should be in CamelCase",
    "mOunts.fs": 'name doesn\'t match "^[A-Z][A-Za-z0-9-]+$"',
    "Mounts.Fs": "suffix doesn't match",
    "Mounts.fs..strata": "suffix doesn't match",
  };
  for (const [type, rule] of Object.entries(cases)) {
    const message = `error validating resource definition "${type}": ${rule}`;
    assertThrows(() => parseTypeName(type), StateError, message);
  }
});

Deno.test("singularName() knows the plurals of our own types", () => {
  const cases: Readonly<Record<string, string>> = {
    MountSpecs: "MountSpec",
    MountStatuses: "MountStatus",
    BootSteps: "BootStep",
    Addresses: "Address",
    Policies: "Policy",
    Keys: "Key",
    Switches: "Switch",
    Disks: "Disk",
    SeriesBoxes: "SeriesBox",
    ClassesRules: "ClassesRule",
    Hardware: "Hardware",
  };
  for (const [plural, singular] of Object.entries(cases)) {
    assertEquals(singularName(plural), singular);
  }
});

Deno.test("defineResource() refuses messages that cannot be made immutable", () => {
  const refused = [
    [ResourceSchema, "cosi.resource.Spec.proto_spec is bytes"],
    [AnySchema, "google.protobuf.Any, which is never immutable"],
    [BytesValueSchema, "google.protobuf.BytesValue.value is bytes"],
    [FileDescriptorProtoSchema, "google.protobuf.UninterpretedOption.string_value is bytes"],
  ] as const;
  for (const [descriptor, message] of refused) {
    const declare = () => defineResource({ descriptor, type: "Types.of", namespace: "c" });
    assertThrows(declare, StateError, message);
  }
  defineResource({ descriptor: StructSchema, type: "Structs.b-c", namespace: "c" });
});

Deno.test("ResourceDefinition.newResource() gives a frozen copy in the type's namespace", () => {
  const aliases = ["a"];
  const resource = definitions.newResource("id", { aliases }, { labels: { l: "v" } });
  aliases.push("b");
  assertEquals(resource.spec.aliases, ["a"]);
  assert(Object.isFrozen(resource.spec) && Object.isFrozen(resource.spec.aliases));
  assertEquals(resource.metadata.namespace, "meta");
  assertEquals([resource.metadata.type, resource.metadata.id], [definitions.type, "id"]);
  const elsewhere = definitions.newResource("id", {}, { namespace: "other", owner: "X" });
  assertEquals([elsewhere.metadata.namespace, elsewhere.metadata.owner], ["other", "X"]);
  const next = definitions.withSpec(elsewhere, { displayType: "T" });
  assertStrictEquals(next.metadata, elsewhere.metadata);
  assertEquals(next.spec.displayType, "T");
  assertStrictEquals(definitions.withSpec(elsewhere, next.spec).spec, next.spec);
});

Deno.test("ResourceDefinition.is() wants the type and its message", () => {
  const resource = namespaces.newResource("a", { description: "b" });
  assert(namespaces.is(resource));
  assert(!definitions.is(resource));
  assert(!namespaces.is({ metadata: resource.metadata, spec: { description: "b" } }));
});

Deno.test("ResourceDefinition.toProto() gives the bytes back that a spec came from", () => {
  // Field 1 = "a", and field 15 = 1, which this version does not know.
  const bytes = Uint8Array.of(0x0a, 1, 0x61, 0x78, 1);
  const spec = namespaces.fromProto(bytes);
  bytes.fill(0);
  assertEquals(spec.description, "a");
  assertEquals("$unknown" in spec, false);
  const encoded = namespaces.toProto(spec);
  assertEquals([...encoded], [0x0a, 1, 0x61, 0x78, 1]);
  encoded.fill(0);
  assertEquals([...namespaces.toProto(spec)], [0x0a, 1, 0x61, 0x78, 1]);
  const made = namespaces.newResource("x", { description: "a" }).spec;
  namespaces.toProto(made).fill(0);
  assertEquals([...namespaces.toProto(made)], [0x0a, 1, 0x61]);
  assertThrows(() => namespaces.fromProto(Uint8Array.of(0x0a, 9)), StateError);
  assertThrows(() => namespaces.toProto({}), StateError, "no cosi.resource.meta.NamespaceSpec");
});

Deno.test("ResourceDefinition.fromJson() names the field it does not know", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{ descripton: "" }, "Cannot read spec.descripton: unknown field, may be resourceType,"],
    [
      { printColumns: [{ nam: "" }] },
      "Cannot read spec.printColumns[0].nam: unknown field, may be name, jsonPath",
    ],
    [{ aliases: "x" }, "aliases"],
    [{ sensitivity: "SECRET" }, "SECRET"],
    [5, "cannot decode message"],
  ];
  for (const [json, message] of cases) {
    assertThrows(() => definitions.fromJson(json), StateError, message);
  }
  const spec = definitions.fromJson({ resourceType: "T", print_columns: [{ jsonPath: "x" }] });
  assert(Object.isFrozen(spec.printColumns[0]));
  assertEquals(definitions.toJson(spec), {
    resourceType: "T",
    displayType: "",
    defaultNamespace: "",
    aliases: [],
    allAliases: [],
    printColumns: [{ name: "", jsonPath: "x" }],
    sensitivity: "NON_SENSITIVE",
  });
});

Deno.test("resourceTypes() finds types by any name in any case", () => {
  const clash = defineResource({
    descriptor: NamespaceSpecSchema,
    type: "Names.x-y",
    namespace: "n",
    aliases: ["NS"],
  });
  const types = resourceTypes([definitions, namespaces, clash]);
  const found = (name: string) => types.find(name).map(({ type }) => type);
  assertEquals(found("RD"), [definitions.type]);
  assertEquals(found("resourcedefinitions.META"), [definitions.type]);
  assertEquals(found("namespaces.meta.cosi.dev"), [namespaces.type]);
  assertEquals(found("ns"), [namespaces.type, clash.type]);
  assertEquals(found("nothing"), []);
  assertEquals(types.byType("Names.x-y")?.displayType, "Name");
  assertEquals(types.byType("names.x-y"), undefined);
  assertThrows(
    () => resourceTypes([clash, clash]),
    StateError,
    'type "Names.x-y" is defined twice',
  );
});

const empties = defineResource({
  descriptor: HealthListRequestSchema,
  type: "Empties.test.strata",
  namespace: "test",
});
const healths = defineResource({
  descriptor: HealthListResponseSchema,
  type: "Healths.test.strata",
  namespace: "test",
});

Deno.test("defineResource() has no columns and no sensitivity unless told", () => {
  assertEquals([empties.printColumns, empties.sensitivity], [[], ""]);
});

Deno.test("ResourceDefinition.is() wants the type and the message", () => {
  const twin = defineResource({
    descriptor: NamespaceSpecSchema,
    type: "Rooms.meta.cosi.dev",
    namespace: "meta",
  });
  const [room, namespace] = [twin.newResource("a", {}), namespaces.newResource("a", {})];
  assertEquals([twin.is(room), twin.is(namespace)], [true, false]);
  assertEquals(namespaces.is({ ...namespace, spec: {} }), false);
});

Deno.test("ResourceDefinition.newResource() copies every message but its own", () => {
  const given = create(NamespaceSpecSchema, { description: "x" });
  const { spec } = namespaces.newResource("a", given);
  given.description = "other";
  assertEquals([spec.description, Object.isFrozen(spec)], ["x", true]);
  assertStrictEquals(namespaces.newResource("b", spec).spec, spec);
});

Deno.test("ResourceDefinition.newResource() refuses what the fields cannot hold", () => {
  const status = 2 ** 40;
  const words = "invalid resource: Healths.test.strata: ";
  const error = assertThrows(
    () => healths.newResource("a", { statuses: { x: { status } } }),
    StateError,
    words,
  );
  assert(error.cause instanceof Error);
  // What cannot be made immutable is told without the type, as everywhere.
  const description = (() => "x") as unknown as string; // What no compiler let through.
  const own = assertThrows(() => namespaces.newResource("a", { description }), StateError);
  assertEquals(own.message.slice(0, 42), "invalid resource: Cannot make spec.descrip");
});

Deno.test("ResourceDefinition.toProto() encodes what may change each time anew", () => {
  const spec = create(NamespaceSpecSchema, { description: "x" });
  const [before] = [namespaces.toProto(spec)];
  spec.description = "y";
  assertEquals([before, namespaces.toProto(spec)].map((bytes) => bytes.at(-1)), [0x78, 0x79]);
});

Deno.test("ResourceDefinition.fromJson() says that a message without fields has none", () => {
  const words = "Cannot read spec.a: unknown field, may be no field";
  assertThrows(() => empties.fromJson({ a: 1 }), StateError, words);
});

/** Conformance: resource types, and the resources that tell of them. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import { NamespaceSpecSchema } from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { defineResource, type ResourceDeclaration } from "../../runtime/core/definition.ts";
import { isAlreadyExists, StateError } from "../../runtime/core/errors.ts";
import { frozenCopy } from "../../runtime/core/freeze.ts";
import { withMetadata } from "../../runtime/core/metadata.ts";
import { resourceTypes } from "../../runtime/core/resource_types.ts";
import type { State } from "../../runtime/core/state.ts";
import {
  META,
  namespaceType,
  registerTypes,
  resourceDefinitionType,
} from "../../runtime/resources/meta.ts";
import type { OpenState } from "./state_fixtures.ts";

type Declaration = ResourceDeclaration<typeof NamespaceSpecSchema>;

function declare(type: string, more: Partial<Declaration> = {}) {
  return defineResource({ descriptor: NamespaceSpecSchema, namespace: META, type, ...more });
}

/** @param open Gives each case that needs one an empty state. */
export function definitionCases(open: OpenState): void {
  nameCases();
  validationCases(open);
  registryCases(open);
  contentCases();
}

function nameCases(): void {
  Deno.test("TestRDSpec: the names that follow from a type", () => {
    const { displayType, aliases, allAliases } = resourceDefinitionType;
    assertEquals(displayType, "ResourceDefinition");
    assertEquals(aliases, ["api-resources", "resourcedefinition", "rd", "rds"]);
    const long = ["", ".meta", ".meta.cosi"].map((end) => `resourcedefinitions${end}`);
    assertEquals(allAliases, [...long, ...aliases]);
    // Initials that end in S have no plural of their own; a single one is no name.
    assertEquals(declare("MountSpecs.fs.x-y").aliases, ["mountspec", "ms"]);
    assertEquals(declare("Disks.fs").allAliases, ["disks", "disk"]);
  });

  Deno.test("TestRDSpecNoAliases: none but the given ones", () => {
    const skipAutomaticAliases = true;
    const aliases = ["api-resources"];
    const skipping = declare(resourceDefinitionType.type, { aliases, skipAutomaticAliases });
    assertEquals(skipping.displayType, "ResourceDefinition");
    assertEquals([skipping.aliases, skipping.allAliases], [["api-resources"], ["api-resources"]]);
    assertEquals(declare("Disks.fs", { skipAutomaticAliases }).allAliases, []);
    const types = resourceTypes([skipping]);
    assertEquals([types.find("rd").length, types.find("API-resources").length], [0, 1]);
    assertEquals(types.find("resourcedefinitions.meta.cosi.dev").length, 1);
  });

  Deno.test("TestNSSpec: namespaces are a type like any other", () => {
    assertEquals([namespaceType.type, namespaceType.namespace], ["Namespaces.meta.cosi.dev", META]);
    const long = ["", ".meta", ".meta.cosi"].map((end) => `namespaces${end}`);
    assertEquals(namespaceType.allAliases, [...long, "ns", "namespace"]);
    assertEquals(namespaceType.newResource("a", { description: "d" }).spec.description, "d");
  });
}

function validationCases(open: OpenState): void {
  Deno.test("TestRDSpecValidation: the first rule that is broken", () => {
    const broken: Readonly<Record<string, string>> = {
      "Disks": "missing suffix",
      ".fs": "name is empty",
      "Disks.": "suffix is empty",
      "disks.fs": "name should be in CamelCase",
      "dIsks.fs": "name doesn't match",
      "Di_sks.fs": "name doesn't match",
      "D.fs": "name doesn't match",
      "Disks.f": "suffix doesn't match",
      "Disks.fs.": "suffix doesn't match",
      "Disks.FS": "suffix doesn't match",
      "Disks.fs..x": "suffix doesn't match",
    };
    for (const [type, rule] of Object.entries(broken)) {
      const words = `error validating resource definition "${type}": ${rule}`;
      const error = assertThrows(() => declare(type), StateError, words);
      assertEquals(error.failure.refusal, "invalid-resource");
    }
    // As a caller whom no compiler checks would declare it.
    const sensitivity = "secret" as "sensitive";
    const words = 'error validating resource definition "Disks.fs": unknown sensitivity "secret"';
    assertThrows(() => declare("Disks.fs", { sensitivity }), StateError, words);
    assertEquals(declare("Disks.fs", { sensitivity: "sensitive" }).sensitivity, "sensitive");
  });

  Deno.test("TestRDSpecValidation: a name that is no plural is not registered", async () => {
    for (const type of ["Disk.fs", "MountStatus.fs", "Person.fs"]) {
      await using opened = await open();
      const types = resourceTypes([declare("Disks.fs"), declare(type)]);
      const register = () => registerTypes(opened.state, { namespaces: [], types });
      const words = `error validating resource definition "${type}": name should be plural`;
      await assertRejects(register, StateError, words);
      assertEquals(await registered(opened.state), []);
    }
    await using opened = await open();
    const plurals = ["Disks.fs", "MountStatuses.fs", "People.fs", "DNSEntries.fs", "Metadata.fs"];
    const types = resourceTypes(
      plurals.map((type) => declare(type, { skipAutomaticAliases: true })),
    );
    await registerTypes(opened.state, { namespaces: [], types });
    assertEquals((await registered(opened.state)).length, plurals.length);
  });
}

async function registered(state: State): Promise<readonly string[]> {
  const found = await state.list({ namespace: META, type: resourceDefinitionType.type });
  return found.map(({ metadata }) => `${metadata.id} ${metadata.owner}`);
}

function registryCases(open: OpenState): void {
  Deno.test("TestNamespaceRegistry: the default namespace registers on an empty state", async () => {
    await using opened = await open();
    const { state } = opened;
    const namespaces = [{ name: META, description: "About resources." }];
    await registerTypes(state, { namespaces, types: resourceTypes([]) });
    const found = await state.get({ namespace: META, type: namespaceType.type, id: META });
    assert(namespaceType.is(found));
    assertEquals([found.spec.description, found.metadata.owner], ["About resources.", META]);
    const again = () => registerTypes(state, { namespaces, types: resourceTypes([]) });
    assert(isAlreadyExists(await assertRejects(again, StateError)));
  });

  Deno.test("TestResourceRegistry: the default types register on an empty state", async () => {
    await using opened = await open();
    const types = resourceTypes([resourceDefinitionType, namespaceType]);
    await registerTypes(opened.state, { namespaces: [], types });
    assertEquals(await registered(opened.state), [
      "namespaces.meta.cosi.dev meta",
      "resourcedefinitions.meta.cosi.dev meta",
    ]);
  });
}

function contentCases(): void {
  Deno.test("TestTypedResource: a typed content, and its type found again", () => {
    const made = resourceDefinitionType.newResource("t", { resourceType: "T" });
    const [found] = resourceTypes([namespaceType, resourceDefinitionType]).find(made.metadata.type);
    assertStrictEquals(found, resourceDefinitionType);
    assert(resourceDefinitionType.is(made) && !namespaceType.is(made));
    assertEquals([made.spec.resourceType, made.spec.aliases], ["T", []]);
  });

  Deno.test("TestAllocations, TestCopyAllocations: what is immutable is shared, not copied", () => {
    const made = resourceDefinitionType.newResource("t", { aliases: ["a"] }, { labels: { l: "" } });
    const copy = withMetadata(made, { phase: "tearingDown" });
    assertStrictEquals(copy.spec, made.spec);
    assertEquals(copy.metadata.labels, made.metadata.labels);
    assertStrictEquals(resourceDefinitionType.withSpec(copy, made.spec).spec, made.spec);
  });

  Deno.test("TestUnmarshalJSON: JSON is read into the message", () => {
    const spec = resourceDefinitionType.fromJson({
      resourceType: "T",
      printColumns: [{ name: "n" }],
    });
    assertEquals([spec.resourceType, spec.printColumns[0]?.name], ["T", "n"]);
    const words = "Cannot read spec.resourceTyp: unknown field, may be resourceType";
    assertThrows(() => resourceDefinitionType.fromJson({ resourceTyp: "T" }), StateError, words);
  });

  Deno.test("TestCustomJSONUnmarshal: a message with a form of its own is read in it", () => {
    const structs = defineResource({
      descriptor: StructSchema,
      type: "Structs.x-y",
      namespace: "n",
    });
    const json = { list: [1, "a", null], nested: { flag: true } };
    const spec = structs.fromJson(json);
    assertEquals(structs.toJson(spec), json);
    assertEquals(structs.toJson(structs.fromProto(structs.toProto(spec))), json);
    assertThrows(() => structs.fromJson([1]), StateError, "Structs.x-y");
  });

  Deno.test("TestResource (handle): a content with a live handle is none", () => {
    const handles = { function: () => {}, signal: new AbortController().signal, map: new Map() };
    for (const [name, handle] of Object.entries(handles)) {
      const words = "Cannot make spec.part.handle immutable";
      const error = assertThrows(() => frozenCopy({ part: { handle } }), StateError, words);
      assertEquals(error.failure.refusal, "invalid-resource", name);
    }
  });
}

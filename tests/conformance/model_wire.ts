/** Conformance: resources that travel. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ResourceCodec, resourceCodec } from "../../api/codec.ts";
import { ResourceDefinitionSpec_Sensitivity } from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import {
  type Resource as WireResource,
  ResourceSchema,
} from "../../proto/gen/cosi/resource/resource_pb.ts";
import { defineResource } from "../../runtime/core/definition.ts";
import { StateError } from "../../runtime/core/errors.ts";
import { metadataEquals, newMetadata } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import type { Resource } from "../../runtime/core/resource.ts";
import { resourceEquals } from "../../runtime/core/resource_equality.ts";
import { resourceTypes } from "../../runtime/core/resource_types.ts";
import { NamespaceSpecSchema } from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import {
  namespaceType,
  resourceDefinitionOf,
  resourceDefinitionType,
} from "../../runtime/resources/meta.ts";
import { text } from "./state_fixtures.ts";

const TYPES = resourceTypes([namespaceType, resourceDefinitionType]);
/** A process that knows no type. */
const NO_TYPES = resourceTypes([]);

async function codecOf(types: typeof TYPES): Promise<ResourceCodec> {
  const codec = resourceCodec(types);
  await codec.prepare();
  return codec;
}

/** As it arrives: encoded to bytes and read again. */
function sent(wire: WireResource): WireResource {
  return fromBinary(ResourceSchema, toBinary(ResourceSchema, wire));
}

async function roundTrip(resource: Resource, types = TYPES): Promise<Resource> {
  const codec = await codecOf(types);
  return codec.decode(sent(codec.encode(resource)));
}

export function wireCases(): void {
  metadataCase();
  metaResourceCases();
  formCases();
}

function metadataCase(): void {
  Deno.test("TestNewMedataFromProto: metadata as if made by hand", async () => {
    const wire = create(ResourceSchema, {
      metadata: {
        namespace: "n",
        type: "test/str",
        id: "i",
        version: "3",
        owner: "X",
        phase: "tearingDown",
        finalizers: ["A", "B", "A"],
        labels: { l: "v", __proto__x: "" },
        annotations: { a: "w" },
        created: { seconds: 5n, nanos: 6 },
      },
      spec: {},
    });
    const { metadata } = (await codecOf(TYPES)).decode(sent(wire));
    const expected = newMetadata({
      namespace: "n",
      type: "test/str",
      id: "i",
      version: 3n,
      owner: "X",
      phase: "tearingDown",
      finalizers: ["A", "B"],
      labels: { l: "v", __proto__x: "" },
      annotations: { a: "w" },
    });
    assert(metadataEquals(metadata, expected));
    assertEquals([metadata.created, metadata.updated], [
      { seconds: 5n, nanos: 6 },
      { seconds: 0n, nanos: 0 },
    ]);
    const codec = await codecOf(TYPES);
    for (const part of [{ version: "" }, { version: "-1" }, { phase: "" }, { phase: "Running" }]) {
      const broken = create(ResourceSchema, {
        metadata: { version: "1", phase: "running", ...part },
        spec: {},
      });
      assertThrows(() => codec.decode(broken), StateError);
    }
  });
}

function metaResourceCases(): void {
  Deno.test("TestProtobufNamespace: it survives the wire", async () => {
    const made = namespaceType.newResource("a", { description: "d" }, { owner: "meta" });
    assert(resourceEquals(await roundTrip(made), made));
  });

  Deno.test("TestProtobufResourceDefinition: it survives the wire, sensitivity and columns too", async () => {
    const secrets = defineResource({
      descriptor: NamespaceSpecSchema,
      type: "Secrets.x-y",
      namespace: "n",
      aliases: ["sec"],
      printColumns: [{ name: "Note", jsonPath: "{.description}" }],
      sensitivity: "sensitive",
    });
    const made = resourceDefinitionOf(secrets);
    const read = await roundTrip(made);
    assert(resourceEquals(read, made) && resourceDefinitionType.is(read));
    assertEquals(read.metadata.id, "secrets.x-y");
    assertEquals(read.spec.sensitivity, ResourceDefinitionSpec_Sensitivity.SENSITIVE);
    assertEquals(read.spec.printColumns.map(({ name, jsonPath }) => [name, jsonPath]), [
      ["Note", "{.description}"],
    ]);
    assertEquals([read.spec.displayType, read.spec.aliases], ["Secret", ["sec", "secret"]]);
  });
}

function formCases(): void {
  const made = namespaceType.newResource("a", { description: "d" });

  Deno.test("TestMarshalUnmarshal (resource): from the wire to bytes, and on to the type", async () => {
    const [known, blind] = [await codecOf(TYPES), await codecOf(NO_TYPES)];
    const raw = blind.decode(sent(known.encode(made)));
    assert(raw.spec instanceof OpaqueSpec && !namespaceType.is(raw));
    assertEquals([...raw.spec.proto() ?? []], [0x0a, 1, 0x64]);
    const typed = known.decode(sent(blind.encode(raw)));
    assert(namespaceType.is(typed) && resourceEquals(typed, made));
  });

  Deno.test("TestRegistry: the registered type is chosen, another stays as it came", async () => {
    assert(namespaceType.is(await roundTrip(made)));
    const stranger = text("a", "1");
    const read = await roundTrip(stranger);
    assert(read.spec instanceof OpaqueSpec && resourceEquals(read, stranger));
  });

  Deno.test("TestResourceSpec: bytes that are absent, empty or there stay what they are", async () => {
    const { metadata } = text("a", "");
    for (const proto of [undefined, new Uint8Array(0), Uint8Array.of(0, 255)]) {
      for (const yaml of ["", "a: [1, 2]\n"]) {
        const { spec } = await roundTrip({ metadata, spec: new OpaqueSpec(proto, yaml) });
        assert(spec instanceof OpaqueSpec);
        assertEquals([spec.proto(), spec.yaml], [proto, yaml]);
      }
    }
  });

  Deno.test("TestResourceEquality: typed ones by what they say", async () => {
    const other = namespaceType.newResource("a", { description: "e" });
    assert(resourceEquals(made, namespaceType.newResource("a", { description: "d" })));
    assert(!resourceEquals(made, other));
    assert(resourceEquals(await roundTrip(other), other));
  });

  Deno.test("TestDynamicResourceEquality: raw ones by bytes and text", async () => {
    const { metadata } = text("a", "");
    const raw = (byte: number, yaml: string) => ({
      metadata,
      spec: new OpaqueSpec(Uint8Array.of(byte), yaml),
    });
    assert(resourceEquals(await roundTrip(raw(1, "a")), raw(1, "a")));
    assert(!resourceEquals(raw(1, "a"), raw(2, "a")));
    assert(!resourceEquals(raw(1, "a"), raw(1, "b")));
    assert(!resourceEquals(raw(1, "a"), made));
    const absent = { metadata, spec: new OpaqueSpec(undefined, "") };
    assert(!resourceEquals(absent, { metadata, spec: new OpaqueSpec(new Uint8Array(0), "") }));
  });
}

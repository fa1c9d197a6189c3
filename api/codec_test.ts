// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { clone, create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ResourceSchema } from "../proto/gen/cosi/resource/resource_pb.ts";
import { StateError } from "../runtime/core/errors.ts";
import { newMetadata, tombstone } from "../runtime/core/metadata.ts";
import { OpaqueSpec } from "../runtime/core/opaque.ts";
import { etcFileSpec } from "../runtime/resources/fs.ts";
import { machineTypes } from "../runtime/resources/machine_types.ts";
import { resourceCodec } from "./codec.ts";

const name = { namespace: "default", type: "os/test", id: "a/b" };

function viaWire(resource: Parameters<ReturnType<typeof resourceCodec>["encode"]>[0]) {
  const codec = resourceCodec(machineTypes());
  const bytes = toBinary(ResourceSchema, codec.encode(resource));
  return codec.decode(fromBinary(ResourceSchema, bytes));
}

Deno.test("resourceCodec() keeps all metadata of an unknown type, nanoseconds included", () => {
  const labels = Object.fromEntries([["__proto__", "x"], ["empty", ""]]);
  const metadata = newMetadata({
    ...name,
    version: 2n ** 62n,
    phase: "tearingDown",
    owner: "me",
    finalizers: ["b", "a"],
    labels,
    annotations: { n: "1" },
    created: { seconds: -1n, nanos: 999_999_999 },
    updated: { seconds: 253_402_300_799n, nanos: 1 },
  });
  const back = viaWire({ metadata, spec: new OpaqueSpec(new Uint8Array([0, 255]), "y: [1]\n") });
  assertEquals(back.metadata, metadata);
  assertEquals((back.spec as OpaqueSpec).proto(), new Uint8Array([0, 255]));
  assertEquals((back.spec as OpaqueSpec).yaml, "y: [1]\n");
});

Deno.test("resourceCodec() tells absent bytes from empty ones", () => {
  const proto = (spec: OpaqueSpec) =>
    (viaWire({ metadata: newMetadata(name), spec }).spec as OpaqueSpec).proto();
  assertEquals(proto(new OpaqueSpec(undefined, "")), undefined);
  assertEquals(proto(new OpaqueSpec(new Uint8Array(), "")), new Uint8Array());
});

Deno.test("resourceCodec() always sends a spec, empty for a tombstone", () => {
  const wire = resourceCodec(machineTypes()).encode(tombstone(name));
  assertEquals([wire.spec?.protoSpec, wire.spec?.yamlSpec], [undefined, ""]);
  assertEquals(wire.metadata?.version, "undefined");
});

Deno.test("resourceCodec() decodes known types, ignoring their YAML, and makes it anew", async () => {
  const codec = resourceCodec(machineTypes());
  const resource = etcFileSpec.newResource("hosts", { contents: "a: #", mode: 0o644 });
  assertThrows(() => codec.encode(resource), Error, "prepare() was not awaited");
  await codec.prepare();
  const wire = codec.encode(resource);
  assertStrictEquals(codec.encode(resource), wire);
  assertEquals(wire.spec?.yamlSpec, 'contents: "a: #"\nmode: 420\n');
  const lying = clone(ResourceSchema, wire);
  if (lying.spec !== undefined) lying.spec.yamlSpec = "lies";
  assertEquals(codec.decode(lying).spec, resource.spec);
});

Deno.test("resourceCodec() without YAML is ready at once, and sends the bytes alone of what it knows", () => {
  const codec = resourceCodec(machineTypes(), { yaml: false });
  assertEquals(codec.isReady, true);
  const resource = etcFileSpec.newResource("hosts", { contents: "a: #", mode: 0o644 });
  const { spec } = codec.encode(resource);
  assertEquals([spec?.yamlSpec, (spec?.protoSpec?.length ?? 0) > 0], ["", true]);
  const opaque = { metadata: newMetadata(name), spec: new OpaqueSpec(undefined, "y: 1\n") };
  assertEquals(codec.encode(opaque).spec?.yamlSpec, "y: 1\n");
});

Deno.test("resourceCodec() drops duplicate finalizers and takes absent times for the epoch", () => {
  const codec = resourceCodec(machineTypes());
  const metadata = { ...name, version: "3", phase: "running", finalizers: ["a", "b", "a"] };
  const decoded = codec.decode(create(ResourceSchema, { metadata, spec: {} }));
  assertEquals(decoded.metadata.finalizers, ["a", "b"]);
  assertEquals(decoded.metadata.created, { seconds: 0n, nanos: 0 });
});

Deno.test("resourceCodec() refuses what it cannot read", () => {
  const codec = resourceCodec(machineTypes());
  const metadata = { ...name, version: "undefined", phase: "running" };
  const refuse = (init: Parameters<typeof create<typeof ResourceSchema>>[1], words: string) =>
    assertThrows(() => codec.decode(create(ResourceSchema, init)), StateError, words);
  assertThrows(() => codec.decode(undefined), StateError, "metadata is missing");
  refuse({ spec: {} }, "metadata is missing");
  refuse({ metadata }, "spec is missing");
  refuse({ metadata: { ...metadata, version: "-1" }, spec: {} }, "error parsing version");
  refuse({ metadata: { ...metadata, phase: "" }, spec: {} }, "unknown phase");
  const created = { $typeName: "google.protobuf.Timestamp", seconds: 2n ** 62n, nanos: 0 } as const;
  refuse({ metadata: { ...metadata, created }, spec: {} }, "created is 4611686018427387904 s");
  const known = { ...metadata, type: etcFileSpec.type };
  refuse({ metadata: known, spec: { protoSpec: new Uint8Array([255]) } }, etcFileSpec.type);
});

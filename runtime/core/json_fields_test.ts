// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { ResourceDefinitionSpecSchema } from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { ResourceSchema } from "../../proto/gen/cosi/resource/resource_pb.ts";
import { HealthListResponseSchema } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { unknownField } from "./json_fields.ts";

Deno.test("unknownField() finds a stranger at any depth, and names what may stand there", () => {
  const path = (json: unknown) => unknownField(ResourceSchema, json, "it")?.path;
  assertEquals(path({ stranger: 1 }), "it.stranger");
  assertEquals(path({ metadata: { id: "a" }, stranger: 1 }), "it.stranger");
  assertEquals(path({ spec: {}, metadata: { stranger: 1 } }), "it.metadata.stranger");
  const known = unknownField(ResourceSchema, { stranger: 1 }, "it")?.known;
  assertEquals(known, ResourceSchema.fields.map(({ jsonName }) => jsonName));
});

Deno.test("unknownField() looks into every item of a list", () => {
  const printColumns = [{ name: "a", json_path: "b" }, { name: "a", stranger: 1 }];
  const found = unknownField(ResourceDefinitionSpecSchema, { printColumns }, "spec");
  assertEquals(found, { path: "spec.printColumns[1].stranger", known: ["name", "jsonPath"] });
});

Deno.test("unknownField() leaves values of another kind, and forms of their own, to the parser", () => {
  for (const json of [null, "text", 1, [], [{ stranger: 1 }], {}]) {
    assertEquals(unknownField(ResourceSchema, json, "it"), undefined);
    assertEquals(unknownField(ResourceSchema, { metadata: json }, "it"), undefined);
    const list = { printColumns: typeof json === "object" ? null : json };
    assertEquals(unknownField(ResourceDefinitionSpecSchema, list, "it"), undefined);
  }
  const created = { stranger: 1 };
  assertEquals(unknownField(ResourceSchema, { metadata: { created } }, "it"), undefined);
});

Deno.test("unknownField() looks into every value of a map, whatever its keys", () => {
  const statuses = { one: { status: 1 }, two: { stranger: 1 } };
  const found = unknownField(HealthListResponseSchema, { statuses }, "it");
  assertEquals(found, { path: "it.statuses.two.stranger", known: ["status"] });
  for (const other of ["text", null, { any: { status: 1 } }]) {
    assertEquals(unknownField(HealthListResponseSchema, { statuses: other }, "it"), undefined);
  }
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { NamespaceSpecSchema } from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { defineResource, type ResourceDefinition } from "./definition.ts";
import { StateError } from "./errors.ts";
import { resourceTypes } from "./resource_types.ts";

function define(type: string, aliases: readonly string[]): ResourceDefinition {
  return defineResource({ descriptor: NamespaceSpecSchema, type, namespace: "n", aliases });
}

const items = define("Items.test.dev", ["it"]);
const things = define("Things.test.dev", ["it", "items.test.dev"]);

Deno.test("resourceTypes() finds by type or alias in any case, and says when a name is ambiguous", () => {
  const known = resourceTypes([items, things]);
  assertEquals(known.find("IT"), [items, things]);
  assertEquals(known.find("things"), [things]);
  assertEquals(known.find("nothing"), []);
  assertEquals([known.byType("Items.test.dev"), known.byType("items.test.dev")], [
    items,
    undefined,
  ]);
  assertEquals(known.all(), [items, things]);
});

Deno.test("resourceTypes() finds a full type alone, even where another type has it for an alias", () => {
  for (const order of [[items, things], [things, items]]) {
    assertEquals(resourceTypes(order).find("ITEMS.test.dev"), [items]);
  }
});

Deno.test("resourceTypes() refuses one type twice, whatever the case", () => {
  const again = define("ITems.test.dev", []);
  const message = 'type "ITems.test.dev" is defined twice';
  assertThrows(() => resourceTypes([items, things, again]), StateError, message);
  assertThrows(() => resourceTypes([things, items, again]), StateError, message);
});

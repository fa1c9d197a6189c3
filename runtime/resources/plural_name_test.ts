// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
// @ts-types="types/pluralize.d.ts"
import pluralize from "pluralize";
import { StateError } from "../core/errors.ts";
import { parseTypeName } from "../core/type_name.ts";
import { machineTypes } from "./machine_types.ts";
import { requirePluralName } from "./plural_name.ts";

Deno.test("requirePluralName() takes plurals of English, and nothing else", () => {
  for (const name of ["Disks", "MountStatuses", "Addresses", "Policies", "People", "Metadata"]) {
    requirePluralName(`${name}.fs`);
  }
  for (const name of ["Disk", "MountStatus", "Address", "Policy", "Person", "Kubeconfig"]) {
    const words = `error validating resource definition "${name}.fs": name should be plural`;
    const error = assertThrows(() => requirePluralName(`${name}.fs`), StateError, words);
    assertEquals(error.failure.refusal, "invalid-resource");
  }
});

Deno.test("requirePluralName() tells of the other rules first", () => {
  assertThrows(() => requirePluralName("Disk"), StateError, "missing suffix");
  assertThrows(() => requirePluralName("disk.fs"), StateError, "CamelCase");
});

Deno.test("machineTypes() are plurals, shown by their singulars", () => {
  for (const { type, displayType } of machineTypes().all()) {
    requirePluralName(type);
    assertEquals(displayType, pluralize.singular(parseTypeName(type).name));
  }
});

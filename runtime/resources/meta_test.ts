// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { isAlreadyExists, StateError } from "../core/errors.ts";
import { resourceTypes } from "../core/resource_types.ts";
import { memoryState } from "../state/memory.ts";
import { namespaceType, registerTypes, resourceDefinitionType } from "./meta.ts";

Deno.test("registerTypes() tells of namespaces and types, once", async () => {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  const registration = {
    namespaces: [{ name: "meta", description: "About resources." }],
    types: resourceTypes([resourceDefinitionType, namespaceType]),
  };
  await registerTypes(state, registration);
  const kind = { namespace: "meta", type: "ResourceDefinitions.meta.cosi.dev" };
  const [first, second] = state.listNow(kind);
  assertEquals(first?.metadata.id, "namespaces.meta.cosi.dev");
  assert(second !== undefined && resourceDefinitionType.is(second));
  assertEquals([second.metadata.owner, second.metadata.version], ["meta", 1n]);
  assertEquals(second.spec.resourceType, "ResourceDefinitions.meta.cosi.dev");
  assertEquals(second.spec.aliases, ["api-resources", "resourcedefinition", "rd", "rds"]);
  assertEquals(second.spec.printColumns.map(({ jsonPath }) => jsonPath), ["{.aliases[:]}"]);
  const meta = state.getNow({ namespace: "meta", type: namespaceType.type, id: "meta" });
  assert(meta !== undefined && namespaceType.is(meta));
  assertEquals(meta.spec.description, "About resources.");
  const again = await assertRejects(() => registerTypes(state, registration), StateError);
  assert(isAlreadyExists(again));
});

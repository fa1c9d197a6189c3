/** Conformance: resources that go only when what hangs on them is dealt with. */
// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { defineResource } from "../../runtime/core/definition.ts";
import type { Kind, Resource } from "../../runtime/core/resource.ts";
import type { Query } from "../../runtime/core/state.ts";
import { cleanupController } from "../../runtime/engine/generic/cleanup.ts";
import {
  type CleanupHandler,
  combineHandlers,
  hasNoOutputs,
  removeOutputs,
} from "../../runtime/engine/generic/cleanup_handlers.ts";
import { destroyController } from "../../runtime/engine/generic/destroy.ts";
import { bootStep } from "../../runtime/resources/runtime.ts";
import { INTS, item, STRS } from "../fakes/engine_house.ts";
import { engineCase, type EngineSubject, type EngineWorld, EXTRAS } from "./engine_fixtures.ts";

const NAME = "test.CleanupController";

export function engineCleanupCases(subject: EngineSubject): void {
  waitingCases({ ...subject, name: `${subject.name} cleanup` });
  removingCases({ ...subject, name: `${subject.name} cleanup` });
  destroyCases({ ...subject, name: `${subject.name} destroy` });
}

/** What is labelled with the id of the input. */
function hanging(kind: Kind): { readonly kind: Kind; readonly query: (input: Resource) => Query } {
  return {
    kind,
    query: ({ metadata }) => ({
      labels: [[{ key: "of", operation: "equal", values: [metadata.id], invert: false }]],
    }),
  };
}

async function register(world: EngineWorld, handler: CleanupHandler): Promise<void> {
  await world.engine.register(cleanupController({ name: NAME, input: INTS, handler }));
  world.start();
  await world.put(INTS, "a", "1");
  await world.put(INTS, "b", "1");
  await world.heldBy(INTS, "a", NAME);
  await world.heldBy(INTS, "b", NAME);
}

function waitingCases(subject: EngineSubject): void {
  engineCase(subject, "TestNoRemovalUntilNoOutputs: waits for its own alone", async (world) => {
    const { state } = world;
    await world.put(STRS, "of a", "", { of: "a" });
    await world.put(STRS, "of b", "", { of: "b" });
    await register(world, hasNoOutputs(hanging(STRS)));
    assertEquals(await state.teardown({ ...INTS, id: "a" }), false);
    await world.quiet();
    await world.heldBy(INTS, "a", NAME);
    await state.destroy({ ...STRS, id: "of a" });
    await world.heldBy(INTS, "a");
    await state.destroy({ ...INTS, id: "a" });
    await world.heldBy(INTS, "b", NAME);
    await world.becomes(STRS, "of b", "");
    assertEquals(world.metric("controller_crashes", NAME), 0);
  });

  engineCase(subject, "TestNoRemovalUntilNoOutputsMultiple: both must agree", async (world) => {
    const { state } = world;
    await world.put(STRS, "x", "", { of: "a" });
    await world.put(EXTRAS, "x", "", { of: "a" });
    await register(
      world,
      combineHandlers(hasNoOutputs(hanging(STRS)), hasNoOutputs(hanging(EXTRAS))),
    );
    await state.teardown({ ...INTS, id: "a" });
    await state.destroy({ ...EXTRAS, id: "x" });
    await world.quiet();
    await world.heldBy(INTS, "a", NAME);
    await state.destroy({ ...STRS, id: "x" });
    await world.heldBy(INTS, "a");
    assertThrows(
      () => combineHandlers(hasNoOutputs(hanging(STRS)), removeOutputs(hanging(STRS))),
      Error,
      'Cannot combine handlers: "test/str" is weak for one and destroy-ready for another',
    );
  });
}

function removingCases(subject: EngineSubject): void {
  engineCase(subject, "TestRemoveWithOutputs: respects who holds them", async (world) => {
    const { state } = world;
    for (const id of ["x", "held"]) await world.put(STRS, id, "", { of: "a" });
    await world.put(STRS, "other", "", { of: "b" });
    await state.addFinalizer({ ...STRS, id: "held" }, ["somebody"]);
    await register(world, removeOutputs(hanging(STRS)));
    await state.teardown({ ...INTS, id: "a" });
    await world.gone(STRS, "x");
    await world.torn(STRS, "held");
    await world.heldBy(INTS, "a", NAME);
    await state.removeFinalizer({ ...STRS, id: "held" }, ["somebody"]);
    await world.gone(STRS, "held");
    await world.heldBy(INTS, "a");
    await world.becomes(STRS, "other", "");
  });

  engineCase(
    subject,
    "TestRemoveWithExtraOwners: removes what is nobody's or of an owner allowed",
    async (world) => {
      const { state } = world;
      for (const owner of ["", "allowed", "other"]) {
        await state.create(item(STRS, `of ${owner}`, "", { of: "a" }), { owner });
      }
      await register(world, removeOutputs({ ...hanging(STRS), extraOwners: ["allowed"] }));
      await state.teardown({ ...INTS, id: "a" });
      await world.heldBy(INTS, "a");
      assertEquals((await state.list(STRS)).map(({ metadata }) => metadata.id), ["of other"]);
      await world.becomes(STRS, "of other", "");
    },
  );
}

function destroyCases(subject: EngineSubject): void {
  const definition = defineResource({
    descriptor: bootStep.descriptor,
    type: "Trials.test.strata",
    namespace: "default",
  });
  const kinds: readonly (readonly [string, Kind])[] = [
    ["typed", INTS],
    ["for-resource", definition],
  ];
  for (const [flavour, kind] of kinds) {
    engineCase(subject, `TestFlow ${flavour}: unowned, torn down and free`, async (world) => {
      const { state } = world;
      const controller = destroyController(kind);
      assertEquals(controller.name, `Destroy[${kind.type}]`);
      await world.engine.registerQueue(controller);
      world.start();
      await world.put(kind, "a", "");
      await world.put(kind, "held", "");
      await state.create(item(kind, "owned", ""), { owner: "somebody" });
      await state.addFinalizer({ ...kind, id: "held" }, ["somebody"]);
      await world.quiet();
      assertEquals((await state.list(kind)).length, 3);
      for (const id of ["a", "held"]) await state.teardown({ ...kind, id });
      await state.teardown({ ...kind, id: "owned" }, { owner: "somebody" });
      await world.gone(kind, "a");
      await world.quiet();
      await world.torn(kind, "held");
      await state.removeFinalizer({ ...kind, id: "held" }, ["somebody"]);
      await world.gone(kind, "held");
      await world.torn(kind, "owned");
      assertEquals(world.metric("qcontroller_crashes", controller.name), 0);
    });
  }
}

/** Conformance: what transforms over whole lists do. */
// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { type Transform, transformController } from "../../runtime/engine/generic/transform.ts";
import { SkipError } from "../../runtime/engine/requeue.ts";
import { INTS, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { engineCase, type EngineSubject, type EngineWorld, withValue } from "./engine_fixtures.ts";
import { INT_TO_STR, TRANSFORM } from "./engine_two_transforms.ts";

export function engineTransformCases(subject: EngineSubject): void {
  const named = { ...subject, name: `${subject.name} transform` };
  lifetimeCases(named);
  recreateCases(named);
  foreignCases(named);
  hookCases(named);
}

async function register(world: EngineWorld, parts: Partial<Transform> = {}): Promise<void> {
  await world.engine.register(transformController({ ...INT_TO_STR, ...parts }));
}

function lifetimeCases(subject: EngineSubject): void {
  engineCase(subject, "TestDestroy: goes with its input, torn down or not", async (world) => {
    await register(world);
    world.start();
    for (const id of ["a", "b"]) {
      await world.put(INTS, id, "1");
      await world.becomes(STRS, id, "<1>");
    }
    await world.state.destroy({ ...INTS, id: "a" });
    await world.gone(STRS, "a");
    assertEquals(await world.state.teardown({ ...INTS, id: "b" }), true);
    await world.gone(STRS, "b");
    await world.state.destroy({ ...INTS, id: "b" });
  });

  engineCase(
    subject,
    "TestDestroyOutputFinalizers: is torn down and waits, though the input is gone",
    async (world) => {
      await register(world);
      world.start();
      await world.put(INTS, "a", "1");
      await world.becomes(STRS, "a", "<1>");
      await world.state.addFinalizer({ ...STRS, id: "a" }, ["somebody"]);
      await world.state.destroy({ ...INTS, id: "a" });
      await world.torn(STRS, "a");
      await world.state.removeFinalizer({ ...STRS, id: "a" }, ["somebody"]);
      await world.gone(STRS, "a");
    },
  );

  engineCase(
    subject,
    "TestWithIgnoreTearingDownInputs: lives until the input is destroyed",
    async (world) => {
      await register(world, { ignoreTearingDown: true });
      world.start();
      await world.put(INTS, "a", "1");
      await world.becomes(STRS, "a", "<1>");
      await world.state.addFinalizer({ ...INTS, id: "a" }, ["somebody"]);
      await world.state.teardown({ ...INTS, id: "a" });
      await world.put(INTS, "b", "2");
      await world.becomes(STRS, "b", "<2>");
      await world.becomes(STRS, "a", "<1>", "running");
      await world.state.removeFinalizer({ ...INTS, id: "a" }, ["somebody"]);
      await world.state.destroy({ ...INTS, id: "a" });
      await world.gone(STRS, "a");
      assertThrows(
        () =>
          transformController({
            ...INT_TO_STR,
            ignoreTearingDown: true,
            finalizerRemoval: () => {},
          }),
        Error,
        "exclude each other",
      );
    },
  );
}

function recreateCases(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestDestroyFinalizersRecreateInput: a fresh output when the old one is gone",
    async (world) => {
      await register(world);
      world.start();
      await world.put(INTS, "a", "old");
      await world.becomes(STRS, "a", "<old>");
      await world.state.addFinalizer({ ...STRS, id: "a" }, ["somebody"]);
      await world.state.destroy({ ...INTS, id: "a" });
      await world.torn(STRS, "a");
      await world.put(INTS, "a", "new");
      await world.quiet();
      await world.becomes(STRS, "a", "<old>", "tearingDown");
      await world.state.removeFinalizer({ ...STRS, id: "a" }, ["somebody"]);
      const { metadata } = await world.becomes(STRS, "a", "<new>");
      assertEquals(metadata.version, 1n);
      // A conflict of phases was nothing to fail for.
      assertEquals(world.metric("controller_crashes", TRANSFORM), 0);
    },
  );
}

function foreignCases(subject: EngineSubject): void {
  engineCase(subject, "foreign outputs are never touched, and hold the input", async (world) => {
    await register(world, { finalizerRemoval: () => {} });
    await world.state.create(item(STRS, "a", "mine"), { owner: "somebody" });
    await world.state.create(item(STRS, "z", "mine"));
    await world.put(INTS, "a", "1");
    await world.put(INTS, "b", "2");
    world.start();
    await world.becomes(STRS, "b", "<2>");
    await world.heldBy(INTS, "a", TRANSFORM);
    await world.state.teardown({ ...INTS, id: "a" });
    await world.put(INTS, "b", "3");
    await world.becomes(STRS, "b", "<3>");
    await world.becomes(STRS, "a", "mine");
    await world.becomes(STRS, "z", "mine");
    await world.heldBy(INTS, "a", TRANSFORM);
    assertEquals(world.metric("controller_crashes", TRANSFORM), 0);
    await world.state.destroy({ ...STRS, id: "a" }, { owner: "somebody" });
    await world.put(INTS, "b", "4");
    await world.heldBy(INTS, "a");
  });

  engineCase(subject, "SkipError in a transform keeps the output as it is", async (world) => {
    await register(world, {
      transform(int, str) {
        if (valueOf(int) === "skip") throw new SkipError("nothing to do");
        return withValue(str, valueOf(int));
      },
    });
    world.start();
    await world.put(INTS, "a", "1");
    await world.becomes(STRS, "a", "1");
    await world.put(INTS, "a", "skip");
    await world.put(INTS, "b", "2");
    await world.becomes(STRS, "b", "2");
    await world.becomes(STRS, "a", "1");
    assertEquals(world.metric("controller_crashes", TRANSFORM), 0);
  });
}

function hookCases(subject: EngineSubject): void {
  engineCase(subject, "TestWithExtraChannel: each call is another turn", async (world) => {
    let wake = (): void => {};
    let transforms = 0;
    await register(world, {
      follow: (follower) => wake = follower,
      transform: (_int, str) => withValue(str, String(++transforms)),
    });
    await world.put(INTS, "a", "1");
    world.start();
    for (let turn = 1; turn <= 3; turn++) {
      await world.becomes(STRS, "a", String(turn));
      wake();
    }
    await world.becomes(STRS, "a", "4");
  });

  engineCase(subject, "TestWithOnShutdownCallback: is called at the end", async (world) => {
    let shutdowns = 0;
    await register(world, { onShutdown: () => void shutdowns++ });
    const running = world.start();
    await world.put(INTS, "a", "1");
    await world.becomes(STRS, "a", "<1>");
    assertEquals(shutdowns, 0);
    world.stop.abort();
    await world.passing(running);
    assertEquals(shutdowns, 1);
  });

  engineCase(subject, "TestHooks: run once each turn, and may list", async (world) => {
    const calls: string[] = [];
    await register(world, {
      async beforeCycle(context) {
        calls.push(`before ${(await context.list(INTS)).length}`);
      },
      async afterCycle(context) {
        calls.push(`after ${(await context.list(INTS)).length}`);
      },
    });
    world.start();
    await world.quiet();
    await world.put(INTS, "a", "1");
    await world.becomes(STRS, "a", "<1>");
    await world.quiet();
    assertEquals(calls, ["before 0", "after 0", "before 1", "after 1"]);
    assertEquals(world.metric("reconcile_cycles", TRANSFORM), 2);
    assertEquals(world.metric("reconcile_input_items", TRANSFORM), 1);
  });
}

/** Conformance: what transforms of one item at a time do. */
// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import {
  mapByContent,
  mapByLabel,
  mapToNone,
  mapToSameId,
} from "../../runtime/engine/generic/input_mappers.ts";
import {
  DestroyOutputError,
  type QueueTransform,
  queueTransformController,
} from "../../runtime/engine/generic/queue_transform.ts";
import { RequeueError, SkipError } from "../../runtime/engine/requeue.ts";
import { INTS, STRS, valueOf } from "../fakes/engine_house.ts";
import {
  engineCase,
  type EngineSubject,
  type EngineWorld,
  EXTRAS,
  withValue,
} from "./engine_fixtures.ts";
import { INT_TO_STR, TRANSFORM } from "./engine_two_transforms.ts";

export function engineQueueTransformCases(subject: EngineSubject): void {
  const named = { ...subject, name: `${subject.name} qtransform` };
  destroyOutputCases(named);
  ignoreCases(named);
  mappedCases(named);
  requeueCases(named);
}

async function register(world: EngineWorld, parts: Partial<QueueTransform> = {}): Promise<void> {
  const transform = { ...INT_TO_STR, unmap: ({ id }: { readonly id: string }) => id, ...parts };
  await world.engine.registerQueue(queueTransformController(transform));
}

const crashes = (world: EngineWorld) => world.metric("qcontroller_crashes", TRANSFORM);

function destroyOutputCases(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestDestroyOutput: waits for who holds it, and a newer input brings it back",
    async (world) => {
      const { state } = world;
      await register(world, {
        transform(int, str) {
          if (valueOf(int) === "none") throw new DestroyOutputError("not wanted now");
          return withValue(str, valueOf(int));
        },
      });
      world.start();
      await world.put(INTS, "missing", "none");
      await world.put(INTS, "a", "1");
      await world.becomes(STRS, "a", "1");
      await state.addFinalizer({ ...STRS, id: "a" }, ["somebody"]);
      await world.put(INTS, "a", "none");
      await world.torn(STRS, "a");
      await world.heldBy(INTS, "a", TRANSFORM);
      await world.put(INTS, "a", "2");
      await world.quiet();
      await world.becomes(STRS, "a", "1", "tearingDown");
      await state.removeFinalizer({ ...STRS, id: "a" }, ["somebody"]);
      await world.becomes(STRS, "a", "2");
      await world.put(INTS, "a", "none");
      await world.gone(STRS, "a");
      assertEquals(crashes(world), 0);
    },
  );
}

function ignoreCases(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestDestroyWithIgnoreTeardownUntil: runs until only the named ones hold the input",
    async (world) => {
      const { state } = world;
      await register(world, { ignoreTeardownUntil: ["last"] });
      world.start();
      await world.put(INTS, "a", "1");
      await world.becomes(STRS, "a", "<1>");
      await state.addFinalizer({ ...INTS, id: "a" }, ["other", "last"]);
      await state.teardown({ ...INTS, id: "a" });
      await world.quiet();
      await world.becomes(STRS, "a", "<1>", "running");
      await state.removeFinalizer({ ...INTS, id: "a" }, ["other"]);
      await world.gone(STRS, "a");
      await world.heldBy(INTS, "a", "last");
    },
  );

  engineCase(
    subject,
    "TestDestroyWithIgnoreTeardownWhile: runs while the named one holds the input",
    async (world) => {
      const { state } = world;
      await register(world, { ignoreTeardownWhile: ["guard"] });
      world.start();
      await world.put(INTS, "a", "1");
      await world.becomes(STRS, "a", "<1>");
      await state.addFinalizer({ ...INTS, id: "a" }, ["guard", "other"]);
      await state.teardown({ ...INTS, id: "a" });
      await world.quiet();
      await world.becomes(STRS, "a", "<1>", "running");
      await state.removeFinalizer({ ...INTS, id: "a" }, ["guard"]);
      await world.gone(STRS, "a");
      await world.heldBy(INTS, "a", "other");
    },
  );

  engineCase(
    subject,
    "an input first seen while it goes gets no output, whatever is ignored",
    async (world) => {
      await world.put(INTS, "a", "1");
      await world.state.addFinalizer({ ...INTS, id: "a" }, ["guard"]);
      await world.state.teardown({ ...INTS, id: "a" });
      await world.put(INTS, "b", "2");
      await register(world, { ignoreTeardownWhile: ["guard"] });
      world.start();
      await world.becomes(STRS, "b", "<2>");
      await world.quiet();
      assertEquals(await world.find({ ...STRS, id: "a" }), undefined);
      await world.heldBy(INTS, "a", "guard");
    },
  );
}

const MAPPED_EXTRA = Object.freeze({ ...EXTRAS, kind: "q-mapped" } as const);

/** The int, and what the extra resource of that id says. */
function withExtra(idOf: (id: string) => string): Partial<QueueTransform> {
  return {
    async transform(int, str, context) {
      const { id } = int.metadata;
      const found = (await context.list(EXTRAS)).find(({ metadata }) =>
        metadata.labels["of"] === id || metadata.id === idOf(id)
      );
      return withValue(str, `${valueOf(int)}+${found === undefined ? "none" : valueOf(found)}`);
    },
  };
}

function mappedCases(subject: EngineSubject): void {
  engineCase(subject, "TestRemappedInput: the other of the same id counts", async (world) => {
    await register(world, {
      ...withExtra((id) => id),
      mappedInputs: [{ input: MAPPED_EXTRA, map: mapToSameId() }],
    });
    world.start();
    await world.put(INTS, "a", "1");
    await world.becomes(STRS, "a", "1+none");
    await world.put(EXTRAS, "a", "x");
    await world.becomes(STRS, "a", "1+x");
    await world.quiet(); // Another reason may have shown it before it was mapped.
    await world.state.destroy({ ...EXTRAS, id: "a" });
    await world.becomes(STRS, "a", "1+none");
    await world.quiet();
    assertEquals(world.metric("qcontroller_mapped_in", TRANSFORM), 2);
    assertEquals(world.metric("qcontroller_mapped_out", TRANSFORM), 2);
  });

  engineCase(subject, "TestMappedByLabelInput: a label names the primary", async (world) => {
    const active = { key: "active", operation: "exists", values: [], invert: false } as const;
    await register(world, {
      ...withExtra(() => ""),
      mappedInputs: [{ input: MAPPED_EXTRA, map: mapByLabel("of", [active]) }],
    });
    world.start();
    await world.put(INTS, "a", "1");
    await world.becomes(STRS, "a", "1+none");
    await world.quiet();
    await world.put(EXTRAS, "passive", "y", { of: "a" });
    await world.quiet();
    await world.becomes(STRS, "a", "1+none");
    await world.state.destroy({ ...EXTRAS, id: "passive" });
    await world.put(EXTRAS, "x", "x", { of: "a", active: "" });
    await world.becomes(STRS, "a", "1+x");
    await world.state.destroy({ ...EXTRAS, id: "x" });
    await world.becomes(STRS, "a", "1+none");
  });

  engineCase(subject, "inputs are mapped by their content, or not at all", async (world) => {
    const byContent = mapByContent(EXTRAS, (found) => [valueOf(found)]);
    await register(world, {
      ...withExtra((id) => `of ${id}`),
      mappedInputs: [{ input: MAPPED_EXTRA, map: byContent }, {
        input: { ...MAPPED_EXTRA, id: "x" },
        map: mapToNone(),
      }],
    });
    world.start();
    await world.put(INTS, "a", "1");
    await world.becomes(STRS, "a", "1+none");
    await world.put(EXTRAS, "of a", "a");
    await world.becomes(STRS, "a", "1+a");
    await world.quiet();
    await world.state.destroy({ ...EXTRAS, id: "of a" });
    await world.quiet();
    // What is gone has no content to map by.
    await world.becomes(STRS, "a", "1+a");
    assertEquals(crashes(world), 0);
  });
}

function requeueCases(subject: EngineSubject): void {
  engineCase(
    subject,
    "TestRequeueErrorBackoff: written and again, or not written, and nothing ends it",
    async (world) => {
      let runs = 0;
      await register(world, {
        transform(int, str, context) {
          runs++;
          if (valueOf(int) === "error") {
            throw new RequeueError(100, { cause: new Error("not yet") });
          }
          if (valueOf(int) === "again") context.requeueAfter(100);
          return withValue(str, `${valueOf(int)} ${runs}`);
        },
      });
      await world.put(INTS, "a", "error");
      world.start();
      await world.until(() => runs >= 3);
      assertEquals(await world.find({ ...STRS, id: "a" }), undefined);
      await world.put(INTS, "a", "again");
      const first = runs;
      await world.until(async () =>
        runs >= first + 3 && await world.find({ ...STRS, id: "a" }) !== undefined
      );
      await world.put(INTS, "a", "well");
      await world.until(async () =>
        valueOf(await world.state.get({ ...STRS, id: "a" })) === `well ${runs}`
      );
      const last = runs;
      await world.clock.advance(120_000);
      assertEquals(runs, last);
    },
  );

  engineCase(subject, "SkipError in a transform writes nothing, and is no crash", async (world) => {
    let skips = 0;
    await register(world, {
      transform(int, str) {
        if (valueOf(int) !== "skip") return withValue(str, valueOf(int));
        skips++;
        throw new RequeueError(1000, { cause: new SkipError("not yet") });
      },
    });
    world.start();
    await world.put(INTS, "a", "skip");
    await world.until(() => skips >= 4);
    assertEquals(await world.find({ ...STRS, id: "a" }), undefined);
    assertEquals([crashes(world), world.metric("qcontroller_skips", TRANSFORM)], [0, skips]);
  });
}

/** Conformance: what transforms of both flavours must do alike. */
// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import type { Resource } from "../../runtime/core/resource.ts";
import type { Output } from "../../runtime/engine/controller.ts";
import { queueTransformController } from "../../runtime/engine/generic/queue_transform.ts";
import { transformController } from "../../runtime/engine/generic/transform.ts";
import { SkipError } from "../../runtime/engine/requeue.ts";
import { INTS, item, STRS, valueOf } from "../fakes/engine_house.ts";
import { engineCase, type EngineSubject, type EngineWorld, withValue } from "./engine_fixtures.ts";

export const TRANSFORM = "test.TransformController";

/** What both flavours are told. */
export interface CommonTransform {
  readonly name?: string;
  readonly map?: (int: Resource) => Resource | undefined;
  readonly finalizerRemoval?: (int: Resource) => void;
  readonly outputKind?: Output["kind"];
}

/** The str of an int: `<value>`; of "bad" none can be made. */
export const INT_TO_STR = {
  name: TRANSFORM,
  input: INTS,
  output: STRS,
  map: ({ metadata }: Resource) => item(STRS, metadata.id, ""),
  transform(int: Resource, str: Resource): Resource {
    const value = valueOf(int);
    if (value === "bad") throw new Error("a bad int");
    return withValue(str, `<${value}>`);
  },
};

type Register = (world: EngineWorld, parts: CommonTransform) => Promise<void>;

export function engineTwoTransformCases(subject: EngineSubject): void {
  twoTransformCases({ ...subject, name: `${subject.name} transform` }, async (world, parts) => {
    const holding = { finalizerRemoval: () => {} };
    await world.engine.register(transformController({ ...INT_TO_STR, ...holding, ...parts }));
  });
  twoTransformCases({ ...subject, name: `${subject.name} qtransform` }, async (world, parts) => {
    const unmap = ({ id }: { readonly id: string }) => id;
    await world.engine.registerQueue(
      queueTransformController({ ...INT_TO_STR, unmap, concurrency: 4, ...parts }),
    );
  });
}

function twoTransformCases(subject: EngineSubject, register: Register): void {
  mapCases(subject, register);
  endCases(subject, register);
  heldCases(subject, register);
  sharedCases(subject, register);
}

function mapCases(subject: EngineSubject, register: Register): void {
  engineCase(subject, "TestSimpleMap: updates and late inputs are seen", async (world) => {
    await register(world, {});
    for (const id of ["a", "b", "c"]) await world.put(INTS, id, id);
    world.start();
    for (const id of ["a", "b", "c"]) await world.becomes(STRS, id, `<${id}>`);
    await world.put(INTS, "b", "new");
    await world.becomes(STRS, "b", "<new>");
    await world.put(INTS, "d", "late");
    const { metadata } = await world.becomes(STRS, "d", "<late>");
    assertEquals(metadata.owner, TRANSFORM);
  });

  engineCase(subject, "TestMapWithMissing: none has no output", async (world) => {
    const map = (int: Resource) => valueOf(int) === "none" ? undefined : INT_TO_STR.map(int);
    await register(world, { map });
    await world.put(INTS, "a", "none");
    await world.put(INTS, "b", "1");
    world.start();
    await world.becomes(STRS, "b", "<1>");
    await world.quiet();
    assertEquals((await world.state.list(STRS)).length, 1);
  });

  engineCase(
    subject,
    "TestMapWithErrors: one item blocks no other, and recovers",
    async (world) => {
      await register(world, {});
      for (const [id, value] of Object.entries({ a: "1", b: "bad", c: "3" })) {
        await world.put(INTS, id, value);
      }
      world.start();
      await world.becomes(STRS, "a", "<1>");
      await world.becomes(STRS, "c", "<3>");
      await world.put(INTS, "d", "4");
      await world.becomes(STRS, "d", "<4>");
      assertEquals(await world.find({ ...STRS, id: "b" }), undefined);
      await world.put(INTS, "b", "2");
      await world.becomes(STRS, "b", "<2>");
    },
  );
}

function endCases(subject: EngineSubject, register: Register): void {
  engineCase(subject, "TestDestroy: the output ends first", async (world) => {
    const { state } = world;
    await register(world, {});
    world.start();
    await world.put(INTS, "a", "1");
    await world.becomes(STRS, "a", "<1>");
    await world.heldBy(INTS, "a", TRANSFORM);
    assertEquals(await state.teardown({ ...INTS, id: "a" }), false);
    await world.heldBy(INTS, "a");
    assertEquals(await world.find({ ...STRS, id: "a" }), undefined);
    await state.destroy({ ...INTS, id: "a" });
  });

  engineCase(
    subject,
    "TestDestroyInputFinalizers: dropped only after the output is gone, whoever holds that",
    async (world) => {
      const { state } = world;
      await register(world, {});
      world.start();
      for (const id of ["a", "b"]) {
        await world.put(INTS, id, "1");
        await world.becomes(STRS, id, "<1>");
        await world.heldBy(INTS, id, TRANSFORM);
      }
      await state.addFinalizer({ ...STRS, id: "a" }, ["somebody"]);
      for (const id of ["a", "b"]) await state.teardown({ ...INTS, id });
      await world.gone(STRS, "b");
      await world.heldBy(INTS, "b");
      await world.torn(STRS, "a");
      await world.quiet();
      await world.heldBy(INTS, "a", TRANSFORM);
      await state.removeFinalizer({ ...STRS, id: "a" }, ["somebody"]);
      await world.gone(STRS, "a");
      await world.heldBy(INTS, "a");
      await state.destroy({ ...INTS, id: "a" });
    },
  );
}

function heldCases(subject: EngineSubject, register: Register): void {
  engineCase(
    subject,
    "TestDestroyReconcileTeardown: the output runs until the removal agrees",
    async (world) => {
      let refusal: Error | undefined = new Error("not yet");
      let asked = 0;
      await register(world, {
        finalizerRemoval() {
          asked++;
          if (refusal !== undefined) throw refusal;
        },
      });
      world.start();
      await world.put(INTS, "a", "1");
      await world.becomes(STRS, "a", "<1>");
      await world.state.teardown({ ...INTS, id: "a" });
      await world.until(() => asked >= 3);
      await world.becomes(STRS, "a", "<1>", "running");
      refusal = new SkipError("wait for the next change");
      const before = asked;
      await world.until(() => asked > before);
      await world.becomes(STRS, "a", "<1>", "running");
      refusal = undefined;
      await world.state.addFinalizer({ ...INTS, id: "a" }, ["a change"]);
      await world.gone(STRS, "a");
      await world.heldBy(INTS, "a", "a change");
    },
  );

  engineCase(
    subject,
    "TestDestroyOutputFinalizers: waits for those who hold the output",
    async (world) => {
      const { state } = world;
      await register(world, {});
      world.start();
      for (const id of ["a", "b"]) {
        await world.put(INTS, id, "1");
        await world.becomes(STRS, id, "<1>");
        await state.addFinalizer({ ...STRS, id }, ["somebody"]);
        await state.teardown({ ...INTS, id });
        await world.torn(STRS, id);
      }
      for (const id of ["a", "b"]) {
        await state.removeFinalizer({ ...STRS, id }, ["somebody"]);
        await world.gone(STRS, id);
        await world.heldBy(INTS, id);
        await state.destroy({ ...INTS, id });
      }
    },
  );
}

function sharedCases(subject: EngineSubject, register: Register): void {
  engineCase(subject, "TestOutputShared: two may share an output type", async (world) => {
    const from = (first: string): CommonTransform => ({
      name: `${TRANSFORM}.${first}`,
      outputKind: "shared",
      map: (int) => int.metadata.id.startsWith(first) ? INT_TO_STR.map(int) : undefined,
    });
    await register(world, from("a"));
    await register(world, from("b"));
    const exclusive = register(world, { name: "test.Other" });
    await assertRejects(() => exclusive, Error, `shared mode by "${TRANSFORM}.a"`);
    world.start();
    for (const id of ["a1", "b1"]) await world.put(INTS, id, id);
    for (const id of ["a1", "b1"]) {
      const { metadata } = await world.becomes(STRS, id, `<${id}>`);
      assertEquals(metadata.owner, `${TRANSFORM}.${id[0]}`);
    }
  });
}

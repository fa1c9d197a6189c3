// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  becomes,
  controller,
  house,
  INTS,
  item,
  STRS,
  until,
  valueOf,
} from "../../tests/fakes/engine_house.ts";
import { isNotFound, StateError } from "../core/errors.ts";
import { watchFor } from "../core/watch_for.ts";
import type { Input } from "./controller.ts";

Deno.test("ControllerContext.resetRestartBackoff() begins at half a second again", async () => {
  await using it = house();
  let resets = false;
  it.engine.register(controller("test.C", {
    run(context) {
      if (resets) context.resetRestartBackoff();
      return Promise.reject(new Error("no"));
    },
  }));
  it.start();
  for (let crash = 0; crash < 10; crash++) {
    await it.clock.sleeping();
    await it.clock.advance(it.clock.pendingMs[0] ?? 0);
  }
  await it.clock.sleeping();
  assert((it.clock.pendingMs[0] ?? 0) > 5_000);
  resets = true;
  await it.clock.advance(it.clock.pendingMs[0] ?? 0);
  await it.clock.sleeping();
  assert((it.clock.pendingMs[0] ?? Infinity) <= 750);
});

Deno.test("ControllerContext refuses what is neither input nor output", async () => {
  await using it = house();
  const refused = Promise.withResolvers<string[]>();
  const name = "test.C";
  it.engine.register(controller(name, {
    inputs: [{ ...INTS, id: "a", kind: "weak" }],
    outputs: [{ type: STRS.type, kind: "exclusive" }],
    async turn(context) {
      const other = { ...STRS, namespace: "anywhere", id: "x" };
      assert(isNotFound(await assertRejects(() => context.get(other))));
      assert(isNotFound(await assertRejects(() => context.get({ ...INTS, id: "a" }))));
      await context.list(STRS);
      const int = item(INTS, "b", "");
      const attempts = [
        () => context.get(int.metadata),
        () => context.list(INTS),
        () => context.create(int),
        () => context.update(int),
        () => context.modify(int, (current) => current),
        () => context.teardown(int.metadata),
        () => context.destroy(int.metadata),
        () => context.addFinalizer({ ...INTS, id: "a" }, name),
        () => context.removeFinalizer({ ...STRS, id: "a" }, name),
      ];
      const messages: string[] = [];
      for (const attempt of attempts) {
        const error = await assertRejects(attempt, StateError);
        assertEquals(error.failure.refusal, "access-denied");
        messages.push(error.message);
      }
      refused.resolve(messages);
    },
  }));
  it.start();
  const query =
    `attempt to query resource "default"/"test/int", not input or output for controller "${name}"`;
  const output = `resource "default"/"test/int" is not an output for controller "${name}"`;
  const finalizers = (type: string) =>
    `attempt to change finalizers for resource "default"/"${type}", ` +
    `not an input with Strong dependency for controller "${name}"`;
  assertEquals(await refused.promise, [
    query,
    query,
    ...["create", "update", "modify", "teardown", "destroy"].map((verb) =>
      `${output}, ${verb} attempted on "b"`
    ),
    finalizers("test/int"),
    finalizers("test/str"),
  ]);
});

Deno.test("ControllerContext.cleanupOutputs() destroys what was not written again", async () => {
  await using it = house();
  const { state } = it;
  await state.create(item(STRS, "foreign", ""), { owner: "somebody" });
  for (const id of ["a", "b"]) await state.create(item(INTS, id, id));
  it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    outputs: [{ type: STRS.type, kind: "shared" }],
    async turn(context) {
      await assertRejects(() => context.cleanupOutputs(STRS), Error, "not tracked");
      context.startTrackingOutputs();
      assertThrows(() => context.startTrackingOutputs(), Error, "tracked already");
      for (const int of await context.list(INTS)) {
        await context.modify(item(STRS, int.metadata.id, valueOf(int)), (current) => current);
      }
      await context.cleanupOutputs(STRS);
    },
  }));
  it.start();
  await becomes(state, "b", "b");
  await state.destroy({ ...INTS, id: "a" });
  await watchFor(state, { ...STRS, id: "a" }, { events: ["destroyed"] });
  assertEquals((await state.list(STRS)).map(({ metadata }) => metadata.id), ["b", "foreign"]);
});

Deno.test("ControllerContext.updateInputs() replaces what is read and what wakes", async () => {
  await using it = house();
  const { state } = it;
  let count = -1;
  it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    async run(context) {
      const twice: readonly Input[] = [{ ...STRS, kind: "weak" }, { ...STRS, kind: "strong" }];
      await assertRejects(() => context.updateInputs(twice), Error, "duplicate controller input");
      await context.updateInputs([{ ...STRS, kind: "weak" }]);
      await assertRejects(() => context.list(INTS), StateError, "not input or output");
      for await (const _ of context.reconciles()) count = (await context.list(STRS)).length;
    },
  }));
  it.start();
  await until(it.engine, () => count === 0);
  await state.create(item(STRS, "a", ""));
  await until(it.engine, () => count === 1);
  assertEquals(it.engine.controllers()[0]?.inputs, [{ ...STRS, kind: "weak" }]);
});

Deno.test("ControllerContext keeps the controller the owner of what it writes", async () => {
  await using it = house();
  const done = Promise.withResolvers<void>();
  it.engine.register(controller("test.C", {
    outputs: [{ type: STRS.type, kind: "exclusive" }],
    async turn(context) {
      const created = await context.create(item(STRS, "a", "1"));
      const { version } = created.metadata;
      const bare = item(STRS, "a", "2");
      await context.update({ ...bare, metadata: { ...bare.metadata, version } });
      await context.modify(item(STRS, "a", "3"), () => item(STRS, "a", "3"));
      done.resolve();
    },
  }));
  it.start();
  await done.promise;
  const { metadata } = await becomes(it.state, "a", "3");
  assertEquals([metadata.owner, metadata.version], ["test.C", 3n]);
});

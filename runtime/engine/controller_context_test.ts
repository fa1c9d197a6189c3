// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  becomes,
  controller,
  house,
  INTS,
  item,
  STRS,
  until,
} from "../../tests/fakes/engine_house.ts";
import { isNotFound, StateError } from "../core/errors.ts";
import { withMetadata } from "../core/metadata.ts";
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

Deno.test("ControllerContext writes in another name only as far as it may", async () => {
  await using it = house();
  const { state } = it;
  await state.create(item(STRS, "theirs", ""), { owner: "somebody" });
  await state.create(item(STRS, "nobody's", ""));
  const done = Promise.withResolvers<void>();
  it.engine.register(controller("test.C", {
    outputs: [{ type: STRS.type, kind: "shared" }],
    async turn(context) {
      await context.create(item(STRS, "made", ""), { owner: "" });
      await context.modify(item(STRS, "modified", ""), (current) => current, { owner: "" });
      const change = () => item(STRS, "nobody's", "2");
      await assertRejects(() => context.modify(item(STRS, "nobody's", ""), change), StateError);
      await context.modify(item(STRS, "nobody's", ""), change, { owner: "" });
      const theirs = { ...STRS, id: "theirs" };
      await assertRejects(() => context.teardown(theirs), StateError, 'owned by "somebody"');
      assertEquals(await context.teardown(theirs, { owner: "somebody" }), true);
      await assertRejects(() => context.destroy(theirs), StateError, 'owned by "somebody"');
      await context.destroy(theirs, { owner: "somebody" });
      const torn = item(STRS, "modified", "3");
      await context.teardown(torn.metadata, { owner: "" });
      await assertRejects(() => context.modify(torn, () => torn, { owner: "" }), StateError);
      await context.modify(torn, () => withMetadata(torn, { phase: "tearingDown" }), {
        owner: "",
        expectedPhase: "any",
      });
      done.resolve();
    },
  }));
  it.start();
  await done.promise;
  assertEquals((await state.list(STRS)).map(({ metadata: { id, owner } }) => `${id}:${owner}`), [
    "made:",
    "modified:",
    "nobody's:",
  ]);
});

Deno.test("ControllerContext waits for the rate limit before anything else is looked at", async () => {
  await using it = house(undefined, { rateLimit: { perSecond: 1, burst: 2 } });
  const errors: string[] = [];
  it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "strong" }],
    outputs: [{ type: STRS.type, kind: "exclusive" }],
    async turn(context) {
      await assertRejects(() => context.destroy({ ...INTS, id: "a" }), StateError, "not an output");
      await context.create(item(STRS, "a", ""));
      await context.list(STRS);
      const writes = [
        () => context.create(item(STRS, "b", "")),
        () => context.update(item(STRS, "b", "")),
        () => context.modify(item(STRS, "b", ""), (current) => current),
        () => context.teardown({ ...STRS, id: "b" }),
        () => context.destroy({ ...STRS, id: "b" }),
        () => context.addFinalizer({ ...INTS, id: "b" }, "x"),
        () => context.removeFinalizer({ ...INTS, id: "b" }, "x"),
      ];
      await Promise.all(
        writes.map(async (write) => errors.push((await assertRejects(write, Error)).message)),
      );
    },
  }));
  it.start();
  await it.clock.sleeping(7);
  assertEquals(it.clock.pendingMs, [1000, 2000, 3000, 4000, 5000, 6000, 7000]);
  it.stop.abort(new Error("enough"));
  await it.clock.advance(0);
  const verbs = ["create", "update", "modify", "teardown", "destroy"];
  assertEquals(
    errors.sort(),
    [...verbs, "add finalizer", "remove finalizer"].map((verb) => `${verb} rate limited: enough`)
      .sort(),
  );
  assertEquals((await it.state.list(STRS)).length, 1);
});

Deno.test("ControllerContext.contextWithTeardown() follows a resource, and no longer than the run", async () => {
  await using it = house();
  const { state } = it;
  for (const id of ["torn", "kept"]) await state.create(item(INTS, id, ""));
  const stop = new AbortController();
  const followed: AbortSignal[] = [];
  let runs = 0;
  it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }],
    async run(context) {
      if (++runs > 1) return;
      const given = await context.contextWithTeardown({ ...INTS, id: "kept" }, {
        signal: stop.signal,
      });
      for (const id of ["torn", "kept", "missing"]) {
        followed.push(await context.contextWithTeardown({ ...INTS, id }));
      }
      followed.push(given);
      for await (const _ of context.reconciles()) {
        if (stop.signal.aborted) throw new Error("the run ends");
      }
    },
  }));
  it.start();
  const aborted = () => followed.map((signal) => signal.aborted);
  await until(it.engine, () => followed.length === 4);
  assertEquals(aborted(), [false, false, true, false]);
  await state.teardown({ ...INTS, id: "torn" });
  await until(it.engine, () => followed[0]?.aborted === true);
  assertEquals(aborted(), [true, false, true, false]);
  await it.clock.advance(0);
  stop.abort();
  await until(it.engine, () => followed[3]?.aborted === true);
  assertEquals(aborted(), [true, false, true, true]);
  await state.create(item(INTS, "wake", ""));
  await it.clock.sleeping();
  await until(it.engine, () => followed[1]?.aborted === true);
});

Deno.test("ControllerContext warns of uncached reads where that is wanted", async () => {
  await using it = house(undefined, { uncachedReads: "warn", cachedKinds: [INTS] });
  const done = Promise.withResolvers<void>();
  it.engine.register(controller("test.C", {
    inputs: [{ ...INTS, kind: "weak" }, { ...STRS, kind: "weak" }],
    async turn(context) {
      await context.list(INTS);
      await context.listUncached(INTS);
      await assertRejects(() => context.getUncached({ ...INTS, id: "a" }), StateError);
      await context.list(STRS);
      done.resolve();
    },
  }));
  it.start();
  await done.promise;
  assertEquals(it.log.lines.map(({ message, facts }) => [message, facts["type"]]), [
    ["uncached read", STRS.type],
  ]);
});

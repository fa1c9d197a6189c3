/** Conformance: create, update, destroy and their preconditions. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  isAlreadyExists,
  isConflict,
  isNotFound,
  isOwnerConflict,
  isPendingFinalizers,
  isPhaseConflict,
  isVersionConflict,
  StateError,
} from "../../runtime/core/errors.ts";
import { withMetadata } from "../../runtime/core/metadata.ts";
import { labelled, path, PATHS, type Subject, testCase, text, textOf } from "./state_fixtures.ts";

async function refusal(act: () => Promise<unknown>): Promise<StateError> {
  return await assertRejects(act, StateError);
}

export function stateWriteCases(subject: Subject): void {
  testCase(subject, "TestCRD: create, list and destroy in order of id", async (state) => {
    const run = path("var/run");
    const lib = path("var/lib");
    assert(isNotFound(await refusal(() => state.get(run.metadata))));
    assertEquals(await state.list(PATHS), []);
    await state.create(run);
    const stored = await state.create(lib);
    assertEquals(stored.metadata.version, 1n);
    const ids = async () => (await state.list(PATHS)).map(({ metadata }) => metadata.id);
    assertEquals(await ids(), ["var/lib", "var/run"]);
    const again = await refusal(() => state.create(run));
    assert(isAlreadyExists(again) && isConflict(again, PATHS));
    assert(!isConflict(again, { type: "another" }) && !isConflict(again, { namespace: "other" }));
    assert(await state.teardown(run.metadata));
    await state.destroy(run.metadata);
    for (
      const act of [
        () => state.teardown(run.metadata),
        () => state.destroy(run.metadata),
        () => state.get(run.metadata),
      ]
    ) assert(isNotFound(await refusal(act)));
    assertEquals(await ids(), ["var/lib"]);
    assertEquals((await state.create(run)).metadata.version, 1n);
  });

  testCase(subject, "TestCRD: ids are ordered by their UTF-8 bytes", async (state) => {
    for (const id of ["\u{10000}", "\uffee", "z", "a/b", "a"]) await state.create(path(id));
    const ids = (await state.list(PATHS)).map(({ metadata }) => metadata.id);
    assertEquals(ids, ["a", "a/b", "z", "\uffee", "\u{10000}"]);
  });

  testCase(subject, "TestCRDWithOwners: only the owner may write", async (state) => {
    const owned = await state.create(path("owned"), { owner: "me" });
    assertEquals(owned.metadata.owner, "me");
    for (const options of [{}, { owner: "you" }]) {
      const update = () => state.update(labelled(owned, "a", "b"), options);
      assert(isOwnerConflict(await refusal(update)));
      assert(isOwnerConflict(await refusal(() => state.teardown(owned.metadata, options))));
      assert(isOwnerConflict(await refusal(() => state.destroy(owned.metadata, options))));
    }
    const updated = await state.update(labelled(owned, "a", "b"), { owner: "me" });
    assertEquals([updated.metadata.owner, updated.metadata.version], ["me", 2n]);
    await state.addFinalizer(owned.metadata, ["f"]);
    assertEquals(await state.teardown(owned.metadata, { owner: "me" }), false);
    await state.removeFinalizer(owned.metadata, ["f"]);
    assert(await state.teardown(owned.metadata));
    await state.destroy(owned.metadata, { owner: "me" });
  });

  testCase(
    subject,
    "create() refuses a resource that is somebody else's already",
    async (state) => {
      const owned = withMetadata(path("a"), { owner: "X" });
      const error = await refusal(() => state.create(owned, { owner: "Y" }));
      assertEquals(isConflict(error), false);
      assert(error.message.includes('owner is already set to "X"'), error.message);
      assertEquals((await state.create(owned, { owner: "X" })).metadata.owner, "X");
    },
  );

  testCase(subject, "TestUpdate: the current version and phase count", async (state) => {
    assert(isNotFound(await refusal(() => state.update(text("a", "0")))));
    const first = await state.create(text("a", "1"));
    for (const version of [undefined, 2n]) {
      const stale = withMetadata(first, { version });
      const error = await refusal(() => state.update(stale));
      assert(isVersionConflict(error) && isConflict(error));
    }
    const second = await state.update({ ...text("a", "2"), metadata: first.metadata });
    assertEquals([second.metadata.version, textOf(second)], [2n, "2"]);
    assertEquals(textOf(await state.get(first.metadata)), "2");
    const torn = await state.update(withMetadata(second, { phase: "tearingDown" }));
    const late = await refusal(() => state.update(torn));
    assert(isPhaseConflict(late) && isConflict(late));
    const expected = await state.update(torn, { expectedPhase: "tearingDown" });
    const any = await state.update(expected, { expectedPhase: "any" });
    assertEquals(any.metadata.version, 5n);
    assertEquals(any.metadata.created, first.metadata.created);
  });

  testCase(subject, "update() asks for the owner before the version", async (state) => {
    const owned = await state.create(path("a"), { owner: "X" });
    const stale = withMetadata(owned, { version: 9n });
    assert(isOwnerConflict(await refusal(() => state.update(stale))));
  });

  testCase(subject, "update() stores the owner the resource carries", async (state) => {
    const free = await state.create(path("a"));
    const taken = await state.update(withMetadata(free, { owner: "X" }));
    assertEquals(taken.metadata.owner, "X");
    assert(isOwnerConflict(await refusal(() => state.update(taken))));
  });

  testCase(subject, "TestTeardownDestroy: a finalizer holds a resource", async (state) => {
    const { metadata } = await state.create(path("a"));
    await state.addFinalizer(metadata, ["A"]);
    const held = await refusal(() => state.destroy(metadata));
    assert(isPendingFinalizers(held) && isConflict(held));
    assertEquals(await state.teardown(metadata), false);
    assertEquals(await state.teardown(metadata), false);
    assert(isPendingFinalizers(await refusal(() => state.destroy(metadata))));
    await state.removeFinalizer(metadata, ["A"]);
    assertEquals(await state.teardown(metadata), true);
    await state.destroy(metadata);
    assert(isNotFound(await refusal(() => state.get(metadata))));
  });

  testCase(subject, "TestParallelDestroy: one succeeds, the others find nothing", async (state) => {
    const { metadata } = await state.create(path("a"));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => state.destroy(metadata)),
    );
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    assertEquals(failed.length, 9);
    assert(failed.every(({ reason }) => isNotFound(reason)));
  });

  testCase(subject, "create() sets only created, update() only updated", async (state) => {
    const early = { seconds: 1n, nanos: 2 };
    const first = await state.create(withMetadata(path("a"), { created: early, updated: early }));
    assertEquals(first.metadata.updated, early);
    assert(first.metadata.created.seconds > 1n);
    const second = await state.update(withMetadata(first, { created: early, updated: early }));
    assertEquals(second.metadata.created, first.metadata.created);
    assert(second.metadata.updated.seconds > 1n);
  });
}

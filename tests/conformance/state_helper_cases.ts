/** Conformance: the helpers that read, change and write. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  isConflict,
  isNotFound,
  isOwnerConflict,
  isPhaseConflict,
  StateError,
} from "../../runtime/core/errors.ts";
import { teardownSignal, watchFor } from "../../runtime/core/watch_for.ts";
import { labelled, path, type Subject, testCase, text, textOf } from "./state_fixtures.ts";

export function stateHelperCases(subject: Subject): void {
  modifyCases(subject);
  finalizerCases(subject);
  waitingCases(subject);
}

function modifyCases(subject: Subject): void {
  testCase(subject, "TestUpdateWithConflicts: gives the new resource", async (state) => {
    const original = await state.create(path("a"));
    const changed = await state.updateWithConflicts(
      original.metadata,
      (current) => labelled(current, "foo", "bar"),
    );
    assertEquals([changed.metadata.labels["foo"], changed.metadata.version], ["bar", 2n]);
    assertEquals(original.metadata.labels["foo"], undefined);
  });

  testCase(subject, "updateWithConflicts() writes nothing when nothing changes", async (state) => {
    const { metadata } = await state.create(path("a"), { owner: "X" });
    const same = await state.updateWithConflicts(metadata, (current) => ({ ...current }));
    assertEquals(same.metadata.version, 1n);
  });

  testCase(subject, "updateWithConflicts() tries again while others write", async (state) => {
    const { metadata } = await state.create(text("a", "0"));
    await Promise.all(
      Array.from({ length: 8 }, () =>
        state.updateWithConflicts(metadata, (current) => ({
          ...text("a", String(Number(textOf(current)) + 1)),
          metadata: current.metadata,
        }))),
    );
    const last = await state.get(metadata);
    assertEquals([textOf(last), last.metadata.version], ["8", 9n]);
  });

  testCase(subject, "TestModify: creates, then modifies", async (state) => {
    const empty = text("a", "");
    const set = (value: string) => (current: typeof empty) => ({
      ...text("a", value),
      metadata: current.metadata,
    });
    const created = await state.modify(empty, set("1"));
    assertEquals([textOf(created), created.metadata.owner], ["1", subject.owner ?? ""]);
    const modified = await state.modify(empty, set("2"));
    assertEquals([textOf(modified), modified.metadata.version], ["2", 2n]);
    const thrown = new TypeError("no");
    const error = await assertRejects(() =>
      state.modify(empty, () => {
        throw thrown;
      }), TypeError);
    assert(error === thrown);
    await state.teardown(empty.metadata);
    const late = await assertRejects(() => state.modify(empty, set("3")), StateError);
    assert(isPhaseConflict(late) && isConflict(late));
    const any = await state.modify(empty, set("3"), { expectedPhase: "any" });
    assertEquals(textOf(any), "3");
  });

  testCase(subject, "TestModifyWithOwner: the owner of the create stays", async (state) => {
    const created = await state.modify(path("a"), (it) => it, { owner: "X" });
    assertEquals(created.metadata.owner, "X");
    const label = (it: typeof created) => labelled(it, "k", "v");
    const modified = await state.modify(path("a"), label, { owner: "X" });
    assertEquals(modified.metadata.version, 2n);
    const other = (it: typeof created) => labelled(it, "k", "w");
    const error = await assertRejects(() => state.modify(path("a"), other), StateError);
    assert(isOwnerConflict(error));
  });

  testCase(subject, "updateWithConflicts() ends when the change renames", async (state) => {
    const { metadata } = await state.create(path("a"));
    const rename = () => state.updateWithConflicts(metadata, () => path("b"));
    const error = await assertRejects(rename, StateError);
    assertEquals(error.failure.refusal, "invalid-resource");
  });
}

function finalizerCases(subject: Subject): void {
  testCase(subject, "TestConcurrentFinalizers: none is lost", async (state) => {
    const { metadata } = await state.create(path("a"));
    await state.addFinalizer(metadata, ["X", "Y", "Z"]);
    const names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    await Promise.all([
      ...names.map((name) => state.addFinalizer(metadata, [name])),
      ...["X", "Y", "Z"].map((name) => state.removeFinalizer(metadata, [name])),
    ]);
    assertEquals([...(await state.get(metadata)).metadata.finalizers].sort(), names);
  });

  testCase(subject, "addFinalizer() of one that is there writes nothing", async (state) => {
    const { metadata } = await state.create(path("a"));
    await state.addFinalizer(metadata, ["A", "A"]);
    await state.addFinalizer(metadata, ["A"]);
    await state.removeFinalizer(metadata, ["B"]);
    const now = await state.get(metadata);
    assertEquals([now.metadata.version, now.metadata.finalizers], [2n, ["A"]]);
  });

  testCase(subject, "TestTeardownAndDestroy: waits for the last finalizer", async (state) => {
    const { metadata } = await state.create(path("a"));
    await state.addFinalizer(metadata, ["A", "B"]);
    const gone = state.teardownAndDestroy(metadata);
    await watchFor(state, metadata, { phases: ["tearingDown"] });
    await state.removeFinalizer(metadata, ["A"]);
    assertEquals((await state.get(metadata)).metadata.finalizers, ["B"]);
    await state.removeFinalizer(metadata, ["B"]);
    await gone;
    assert(isNotFound(await assertRejects(() => state.get(metadata), StateError)));
    const again = await assertRejects(() => state.teardownAndDestroy(metadata), StateError);
    assert(isNotFound(again));
  });

  testCase(subject, "teardownAndDestroy() ends with its signal", async (state) => {
    const { metadata } = await state.create(path("a"));
    await state.addFinalizer(metadata, ["A"]);
    const stop = new AbortController();
    const gone = state.teardownAndDestroy(metadata, { signal: stop.signal });
    const failed = assertRejects(() => gone, Error, "enough");
    await watchFor(state, metadata, { phases: ["tearingDown"] });
    stop.abort(new Error("enough"));
    await failed;
    assertEquals((await state.get(metadata)).metadata.phase, "tearingDown");
  });

  testCase(subject, "TestCoreWrapperTeardownAndDestroyRacyDestroy: none hangs", async (state) => {
    const { metadata } = await state.create(path("a"));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => state.teardownAndDestroy(metadata)),
    );
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      assert(isNotFound(outcome.reason) || isPhaseConflict(outcome.reason), outcome.reason);
    }
    assert(isNotFound(await assertRejects(() => state.get(metadata), StateError)));
  });
}

function waitingCases(subject: Subject): void {
  testCase(subject, "TestWatchFor: each condition in turn", async (state) => {
    const { metadata } = path("a");
    const created = watchFor(state, metadata, { events: ["created"] });
    await state.create(path("a"));
    assertEquals((await created).metadata.version, 1n);
    await state.addFinalizer(metadata, ["A"]);
    const free = watchFor(state, metadata, { finalizersEmpty: true });
    await state.removeFinalizer(metadata, ["A"]);
    assertEquals((await free).metadata.version, 3n);
    const torn = watchFor(state, metadata, { phases: ["tearingDown"] });
    await state.teardown(metadata);
    assertEquals((await torn).metadata.version, 4n);
    const predicate = watchFor(state, metadata, { predicate: (it) => it.metadata.version === 4n });
    assertEquals((await predicate).metadata.version, 4n);
    const destroyed = watchFor(state, metadata, { events: ["destroyed"] });
    await state.destroy(metadata);
    assertEquals((await destroyed).metadata.version, 4n);
  });

  testCase(subject, "TestContextWithTeardown: aborts when the resource goes", async (state) => {
    const stop = new AbortController();
    const { signal } = stop;
    const follow = (id: string) => teardownSignal(state, path(id).metadata, { signal });
    const aborted = (followed: AbortSignal) =>
      followed.aborted || new Promise((resolve) => followed.addEventListener("abort", resolve));
    await aborted(await follow("missing"));
    for (const id of ["torn", "destroyed", "kept"]) await state.create(path(id));
    const [torn, destroyed, kept] = [
      await follow("torn"),
      await follow("destroyed"),
      await follow("kept"),
    ];
    await state.teardown(path("torn").metadata);
    await aborted(torn);
    await state.destroy(path("destroyed").metadata);
    await aborted(destroyed);
    assert(!kept.aborted);
    stop.abort();
    await aborted(kept);
  });
}

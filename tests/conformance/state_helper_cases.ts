/** Conformance: the helpers that read, change and write. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  isAlreadyExists,
  isConflict,
  isNotFound,
  isOwnerConflict,
  isPhaseConflict,
  StateError,
} from "../../runtime/core/errors.ts";
import { isTombstone } from "../../runtime/core/metadata.ts";
import { labelled, path, type Subject, testCase, text, textOf } from "./state_fixtures.ts";

export function stateHelperCases(subject: Subject): void {
  updateCases(subject);
  modifyCases(subject);
  finalizerCases(subject);
  waitingCases(subject);
  contextCases(subject);
}

function updateCases(subject: Subject): void {
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
}

function modifyCases(subject: Subject): void {
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

  testCase(subject, "TestModify: gives the result, under either name", async (state) => {
    const set = (value: string) => (current: ReturnType<typeof text>) => ({
      ...text("a", value),
      metadata: current.metadata,
    });
    const created = await state.modifyWithResult(text("a", ""), set("1"));
    assertEquals([textOf(created), created.metadata.version], ["1", 1n]);
    const modified = await state.modifyWithResult(text("a", ""), set("2"));
    assertEquals([textOf(modified), modified.metadata.version], ["2", 2n]);
    assertEquals(modified, await state.get(created.metadata));
    const same = await state.modifyWithResult(text("a", ""), (it) => it);
    assertEquals(same.metadata.version, 2n);
  });

  ownerCases(subject);
}

/** Who creates, who owns, and what a change may not do. */
function ownerCases(subject: Subject): void {
  testCase(subject, "TestModify: of several at once one creates", async (state) => {
    const outcomes = await Promise.allSettled(
      Array.from(
        { length: 4 },
        (_, index) => state.modify(path("a"), (it) => labelled(it, `n${index}`, "")),
      ),
    );
    for (const outcome of outcomes) {
      assert(outcome.status === "fulfilled" || isAlreadyExists(outcome.reason), "another refusal");
    }
    const stored = await state.get(path("a").metadata);
    const won = outcomes.filter(({ status }) => status === "fulfilled");
    assertEquals(Object.keys(stored.metadata.labels).length, won.length);
    assert(won.length > 0);
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

  testCase(subject, "TestModify: a change that renames is refused", async (state) => {
    const { metadata } = await state.create(path("a"));
    const renaming = [
      () => state.updateWithConflicts(metadata, () => path("b")),
      () => state.modify(path("a"), () => path("b")),
      () => state.modify(path("missing"), () => path("b")),
    ];
    for (const rename of renaming) {
      const error = await assertRejects(rename, StateError, "a change must keep the name");
      assertEquals(error.failure.refusal, "invalid-resource");
    }
    assertEquals((await state.list(metadata)).length, 1);
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
    await state.watchFor(metadata, { phases: ["tearingDown"] });
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
    await state.watchFor(metadata, { phases: ["tearingDown"] });
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
    const created = state.watchFor(metadata, { events: ["created"] });
    await state.create(path("a"));
    assertEquals((await created).metadata.version, 1n);
    await state.addFinalizer(metadata, ["A"]);
    const free = state.watchFor(metadata, { finalizersEmpty: true });
    await state.removeFinalizer(metadata, ["A"]);
    assertEquals((await free).metadata.version, 3n);
    const torn = state.watchFor(metadata, { phases: ["tearingDown"] });
    await state.teardown(metadata);
    assertEquals((await torn).metadata.version, 4n);
    const predicate = state.watchFor(metadata, { predicate: (it) => it.metadata.version === 4n });
    assertEquals((await predicate).metadata.version, 4n);
    const destroyed = state.watchFor(metadata, { events: ["destroyed"] });
    await state.destroy(metadata);
    // Of a state elsewhere the watch may begin when all is over: then a tombstone says so.
    assert([4n, undefined].includes((await destroyed).metadata.version));
  });

  testCase(subject, "TestWatchFor: what the first event is", async (state) => {
    const { metadata } = path("missing");
    const none = await state.watchFor(metadata, {});
    assertEquals([none.metadata.version, none.metadata.phase], [undefined, "running"]);
    // A missing resource counts as running, and never as free of finalizers.
    assert(isTombstone(await state.watchFor(metadata, { phases: ["running"] })));
    const free = state.watchFor(metadata, { finalizersEmpty: true });
    const { metadata: made } = await state.create(path("missing"));
    assertEquals((await free).metadata.version, made.version);
    assertEquals((await state.watchFor(made, { events: ["created"] })).metadata.version, 1n);
    const thrown = new RangeError("no");
    const fail = () => {
      throw thrown;
    };
    const failing = () => state.watchFor(made, { predicate: fail });
    assertStrictEquals(await assertRejects(failing, RangeError), thrown);
  });

  testCase(subject, "TestWatchFor: ends with its signal", async (state) => {
    const stop = new AbortController();
    const { metadata } = await state.create(path("a"));
    const waiting = state.watchFor(metadata, { phases: ["tearingDown"], signal: stop.signal });
    const failed = assertRejects(() => waiting, Error, "enough");
    stop.abort(new Error("enough"));
    await failed;
  });
}

function contextCases(subject: Subject): void {
  testCase(subject, "TestContextWithTeardown: aborts when the resource goes", async (state) => {
    const stop = new AbortController();
    const { signal } = stop;
    const follow = (id: string) => state.contextWithTeardown(path(id).metadata, { signal });
    assert((await follow("missing")).aborted);
    for (const id of ["torn", "destroyed", "kept"]) await state.create(path(id));
    const [torn, destroyed, kept] = [
      await follow("torn"),
      await follow("destroyed"),
      await follow("kept"),
    ];
    assert(!torn.aborted && !destroyed.aborted && !kept.aborted);
    await state.teardown(path("torn").metadata);
    await aborted(torn);
    assert((await follow("torn")).aborted);
    await state.destroy(path("destroyed").metadata);
    await aborted(destroyed);
    await state.addFinalizer(path("kept").metadata, ["F"]);
    assert(!kept.aborted);
    stop.abort(new Error("enough"));
    await aborted(kept);
    assertEquals(kept.reason.message, "enough");
  });

  testCase(subject, "TestContextWithTeardown: needs no signal of its own", async (state) => {
    const { metadata } = await state.create(path("a"));
    const context = await state.contextWithTeardown(metadata);
    await state.teardown(metadata);
    await aborted(context);
    const signal = AbortSignal.abort(new Error("enough"));
    await assertRejects(() => state.contextWithTeardown(metadata, { signal }), Error, "enough");
  });
}

/** Waits for it. */
async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

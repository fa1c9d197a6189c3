/** Conformance: a state as its owners see it. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { isNotFound, isOwnerConflict, StateError } from "../../runtime/core/errors.ts";
import type { State } from "../../runtime/core/state.ts";
import { labelled, path, PATHS, Probe } from "./state_fixtures.ts";

/** An empty state, and the views of it that two owners have. */
export type OpenOwned = () => Promise<
  { readonly state: State; readonly mine: State; readonly yours: State } & AsyncDisposable
>;

const { metadata } = path("a");

async function assertForeign(act: () => Promise<unknown>): Promise<void> {
  assert(isOwnerConflict(await assertRejects(act, StateError)));
}

/** Declares the rows of the table that are about views of an owner: `mine` is of "me", `yours` of "you". */
export function ownedStateCases(name: string, open: OpenOwned): void {
  Deno.test(`${name} TestOwned: writes in the owner's name`, async () => {
    await using opened = await open();
    const { state, mine } = opened;
    assertEquals((await mine.create(path("a"))).metadata.owner, "me");
    const current = await mine.get(metadata);
    const updated = await mine.update(labelled(current, "k", "v"));
    assertEquals([updated.metadata.owner, updated.metadata.version], ["me", 2n]);
    const set = await mine.updateWithConflicts(metadata, (it) => labelled(it, "k", "w"));
    assertEquals([set.metadata.labels["k"], set.metadata.version], ["w", 3n]);
    assertEquals((await mine.modify(path("b"), (it) => it)).metadata.owner, "me");
    const modified = await mine.modify(path("b"), (it) => labelled(it, "k", "v"));
    assertEquals([modified.metadata.owner, modified.metadata.version], ["me", 2n]);
    assert(await mine.teardown(metadata));
    await mine.destroy(metadata);
    await mine.teardownAndDestroy(path("b").metadata);
    assertEquals(await state.list(PATHS), []);
  });

  Deno.test(`${name} TestOwned: refuses to write what is another's`, async () => {
    await using opened = await open();
    const { state, mine, yours } = opened;
    const created = await mine.create(path("a"));
    for (const other of [yours, state]) {
      await assertForeign(() => other.update(labelled(created, "k", "v")));
      await assertForeign(() => other.updateWithConflicts(metadata, (it) => labelled(it, "k", "")));
      await assertForeign(() => other.modify(path("a"), (it) => labelled(it, "k", "v")));
      await assertForeign(() => other.teardown(metadata));
      await assertForeign(() => other.teardownAndDestroy(metadata));
      await assertForeign(() => other.destroy(metadata));
    }
    await state.create(path("nobody's"));
    await assertForeign(() => mine.destroy(path("nobody's").metadata));
    assertEquals((await state.get(metadata)).metadata.version, 1n);
  });

  Deno.test(`${name} TestOwned: reads and holds what is another's`, async () => {
    await using opened = await open();
    const { mine, yours } = opened;
    const created = await mine.create(path("a"));
    assertEquals(await yours.get(metadata), created);
    assertEquals(await yours.list(PATHS), [created]);
    await using watch = new Probe(await yours.watch(metadata));
    await using kind = new Probe(await yours.watchKind(PATHS, { bootstrapContents: true }));
    await using batches = new Probe(
      await yours.watchKindAggregated(PATHS, { bootstrapContents: true }),
    );
    assertEquals((await watch.next()).event, "created");
    assertEquals((await kind.next()).event, "created");
    assertEquals((await batches.next()).length, 2);
    await yours.addFinalizer(metadata, ["yours"]);
    assertEquals((await mine.get(metadata)).metadata.finalizers, ["yours"]);
    await yours.removeFinalizer(metadata, ["yours"]);
    assertEquals((await mine.get(metadata)).metadata.finalizers, []);
    const stop = new AbortController();
    const gone = await yours.contextWithTeardown(metadata, { signal: stop.signal });
    const aborted = new Promise((resolve) => gone.addEventListener("abort", resolve));
    await mine.teardown(metadata);
    await aborted;
    stop.abort();
  });

  namingCases(name, open);
}

/** Views whose owner is told per call. */
function namingCases(name: string, open: OpenOwned): void {
  Deno.test(`${name} TestOwned: takes another owner, and nobody, where one is named`, async () => {
    await using opened = await open();
    const { state, mine, yours } = opened;
    const free = await mine.create(path("a"), { owner: "" });
    assertEquals(free.metadata.owner, "");
    await assertForeign(() => mine.update(labelled(free, "k", "v")));
    assertEquals((await mine.update(labelled(free, "k", "v"), { owner: "" })).metadata.version, 2n);
    assert(await mine.teardown(metadata, { owner: "" }));
    await mine.destroy(metadata, { owner: "" });
    await yours.create(path("a"));
    const label = (it: typeof free) => labelled(it, "k", "v");
    assertEquals(
      (await mine.modify(path("a"), label, { owner: "you" })).metadata.owner,
      "you",
    );
    const more = (it: typeof free) => labelled(it, "k", "w");
    const set = await mine.updateWithConflicts(metadata, more, { owner: "you" });
    assertEquals(set.metadata.version, 3n);
    await mine.teardownAndDestroy(metadata, { owner: "you" });
    const modified = await mine.modify(path("a"), (it) => it, { owner: "" });
    assertEquals(modified.metadata.owner, "");
    await state.destroy(metadata);
    assert(isNotFound(await assertRejects(() => mine.get(metadata), StateError)));
  });

  Deno.test(`${name} TestOwned: expects the running phase unless told otherwise`, async () => {
    await using opened = await open();
    const { mine } = opened;
    await mine.create(path("a"));
    await mine.addFinalizer(metadata, ["F"]);
    await mine.teardown(metadata);
    const label = (it: Awaited<ReturnType<typeof mine.get>>) => labelled(it, "k", "v");
    const error = await assertRejects(() => mine.modify(path("a"), label), StateError);
    assertEquals(error.failure.refusal, "phase-conflict");
    await mine.modify(path("a"), label, { expectedPhase: "tearingDown" });
    const any = await mine.updateWithConflicts(metadata, (it) => labelled(it, "k", "w"), {
      expectedPhase: "any",
    });
    assertEquals([any.metadata.owner, any.metadata.labels["k"]], ["me", "w"]);
  });
}

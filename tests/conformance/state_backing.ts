/** Conformance: a state whose resources outlive it. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { isNotFound, StateError } from "../../runtime/core/errors.ts";
import { withMetadata } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import { EPOCH } from "../../runtime/core/timestamp.ts";
import type { State } from "../../runtime/core/state.ts";
import { brief, path, PATHS, Probe, text, textOf } from "./state_fixtures.ts";

/** A store of its own for each case. */
export type OpenBacked = () => {
  /** A state that begins with what the store kept. The one before it is given up, as by a restart. */
  readonly load: () => Promise<State>;
};

/** Declares the rows of the table that are about a backing store. */
export function backedStateCases(name: string, open: OpenBacked): void {
  Deno.test(`${name} TestBackingStore: goes on with what was there`, async () => {
    const store = open();
    const state = await store.load();
    const bytes = new TextEncoder().encode("1");
    const given = { metadata: text("a", "").metadata, spec: new OpaqueSpec(bytes, "y") };
    const creating = state.create(given, { owner: "X" });
    // The caller may do what it likes to what is its own.
    Object.assign(given, text("zeroed", ""));
    bytes.fill(0);
    const created = await creating;
    await state.addFinalizer(created.metadata, ["F"]);
    await state.create(text("gone", "2"));
    await state.destroy(text("gone", "").metadata);
    const labels = { labels: { k: "v" }, annotations: { n: "" } };
    const torn = await state.create(withMetadata(path("torn"), labels));
    await state.teardown(torn.metadata);
    const pointers = [created.metadata, torn.metadata];
    const kept = await Promise.all(pointers.map((it) => state.get(it)));

    const again = await store.load();
    assertEquals(await Promise.all(pointers.map((it) => again.get(it))), kept);
    assertEquals(textOf(await again.get(created.metadata)), "1");
    const gone = await assertRejects(() => again.get(text("gone", "").metadata), StateError);
    assert(isNotFound(gone));
    assertEquals((await again.list(text("", "").metadata)).length, 1);
    await using tail = new Probe(await again.watchKind(PATHS, { tailEvents: 10 }));
    assertEquals(brief(await tail.next()), "created torn@2 tearingDown");
    await again.removeFinalizer(created.metadata, ["F"]);
    assertEquals((await again.get(created.metadata)).metadata.version, 3n);
    assertEquals((await again.create(text("gone", "3"))).metadata.version, 1n);
  });

  Deno.test(`${name} TestBackingStore: the time of the create stays, whatever an update says`, async () => {
    const store = open();
    const state = await store.load();
    const { metadata } = await state.create(path("a"));
    const zeroed = { created: EPOCH, updated: EPOCH };
    const updated = await state.updateWithConflicts(
      metadata,
      (it) => withMetadata(it, { ...zeroed, labels: { k: "v" } }),
    );
    assertEquals(updated.metadata.created, metadata.created);
    const again = await (await store.load()).get(metadata);
    assertEquals(again, updated);
  });
}

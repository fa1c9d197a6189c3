/** Conformance: what a history of a given size holds, and what becomes of those it overtakes. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { isInvalidBookmark, isOverrun, StateError } from "../../runtime/core/errors.ts";
import type { State } from "../../runtime/core/state.ts";
import { brief, flattened, path, PATHS, Probe } from "./state_fixtures.ts";

/** Sizes of each kind's history, in events. */
export interface HistorySizes {
  readonly initial: number;
  readonly maximum: number;
  readonly gap: number;
}

/** A state of these sizes of its own. */
export type OpenWithHistory = (
  history: HistorySizes,
) => Promise<{ readonly state: State } & AsyncDisposable>;

/** Declares the rows of the table that are about the size of a history. */
export function stateHistoryCases(name: string, open: OpenWithHistory): void {
  Deno.test(`${name} TestBufferOverrun: an overtaken watch ends with one error`, async () => {
    await using opened = await open({ initial: 4, maximum: 4, gap: 1 });
    const { state } = opened;
    await using kind = new Probe(await state.watchKind(PATHS));
    await using batches = new Probe(await state.watchKindAggregated(PATHS));
    await using one = new Probe(await state.watch(path("0").metadata));
    assertEquals(brief(await one.next()), "destroyed 0@undefined");
    for (let id = 0; id < 5; id++) await state.create(path(`${id}`));
    const batch = await batches.next();
    assertEquals(batch.length, 1);
    for (const event of [await kind.next(), await one.next(), ...batch]) {
      assert(event.event === "errored" && isOverrun(event.error));
      const where = 'namespace "default" type "os/path", write pos 5, pos 0, capacity 4';
      assertEquals(event.error.message, `buffer overrun: ${where}`);
    }
    assert(await kind.done() && await one.done() && await batches.done());
  });

  Deno.test(`${name} TestBufferOverrun: the helpers that wait end with it too`, async () => {
    await using opened = await open({ initial: 4, maximum: 4, gap: 1 });
    const { state } = opened;
    const { metadata } = await state.create(path("a"));
    const context = await state.contextWithTeardown(metadata);
    let shown = 0;
    const overtaken = async () => {
      // Only between two events does a reader of one id lag.
      if (shown++ > 0) return false;
      for (let id = 0; id < 5; id++) await state.create(path(`${id}`));
      return false;
    };
    const waiting = state.watchFor(metadata, { predicate: overtaken });
    assert(isOverrun(await assertRejects(() => waiting, StateError)));
    assertEquals(context.aborted, false);
    await state.destroy(metadata);
    if (!context.aborted) {
      await new Promise((resolve) => context.addEventListener("abort", resolve));
    }
  });

  keepingCases(name, open);
}

function keepingCases(name: string, open: OpenWithHistory): void {
  Deno.test(`${name} TestNoBufferOverrunDynamic: nothing is lost while it may grow`, async () => {
    await using opened = await open({ initial: 4, maximum: 4095, gap: 1 });
    const { state } = opened;
    await using watch = new Probe(await state.watchKind(PATHS));
    await using batches = new Probe(flattened(await state.watchKindAggregated(PATHS)));
    for (let id = 0; id < 4095; id++) await state.create(path(`${id}`));
    const expected = Array.from({ length: 4095 }, (_, id) => `created ${id}@1`);
    assertEquals((await watch.take(4095)).map(brief), expected);
    assertEquals((await batches.take(4095)).map(brief), expected);
  });

  Deno.test(`${name} TestWatchInvalidBookmark: one older than the history less the gap`, async () => {
    await using opened = await open({ initial: 8, maximum: 8, gap: 3 });
    const { state } = opened;
    await using marker = new Probe(await state.watchKind(PATHS, { bootstrapBookmark: true }));
    const startFromBookmark = (await marker.next()).bookmark ?? new Uint8Array();
    for (const id of ["0", "1", "2", "3"]) await state.create(path(id));
    await using resumed = new Probe(await state.watchKind(PATHS, { startFromBookmark }));
    assertEquals((await resumed.take(4)).map(brief), [0, 1, 2, 3].map((id) => `created ${id}@1`));
    await state.create(path("4"));
    const resume = () => state.watchKind(PATHS, { startFromBookmark });
    assert(isInvalidBookmark(await assertRejects(resume, StateError, "too old")));
    await using tail = new Probe(await state.watchKind(PATHS, { tailEvents: 100 }));
    assertEquals(brief(await tail.next()), "created 0@1");
    await state.create(path("5"));
    await using shorter = new Probe(await state.watchKind(PATHS, { tailEvents: 100 }));
    assertEquals(brief(await shorter.next()), "created 1@1");
  });
}

/** Conformance: what completes a back-end to a state, with and without the back-end's own fast paths. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  isNotFound,
  isOwnerConflict,
  isPhaseConflict,
  StateError,
} from "../../runtime/core/errors.ts";
import type { Pointer } from "../../runtime/core/resource.ts";
import type { CoreState, DestroyOptions, State } from "../../runtime/core/state.ts";
import { path } from "./state_fixtures.ts";

/** What is tested: completes a back-end. */
export interface WrapperSubject {
  readonly name: string;
  readonly wrap: (core: CoreState) => State;
  /** An empty back-end without fast paths for each case. */
  readonly open: () => CoreState;
}

/** A back-end whose fast paths tell that they were called; everything else fails the case. */
interface FastPaths {
  readonly core: CoreState;
  readonly calls: readonly (readonly [string, Pointer, DestroyOptions])[];
}

function fastPaths(answer: () => boolean): FastPaths {
  const calls: [string, Pointer, DestroyOptions][] = [];
  const refuse = (): never => {
    throw new TypeError("Cannot call this: there is a fast path");
  };
  const core: CoreState = {
    get: refuse,
    list: refuse,
    create: refuse,
    update: refuse,
    destroy: refuse,
    watch: refuse,
    watchKind: refuse,
    watchKindAggregated: refuse,
    teardown(pointer, options = {}) {
      calls.push(["teardown", pointer, options]);
      return Promise.resolve().then(answer);
    },
    async teardownAndDestroy(pointer, options = {}) {
      calls.push(["teardownAndDestroy", pointer, options]);
      await Promise.resolve().then(answer);
    },
  };
  return { core, calls };
}

/** Declares the rows of the table that are about wrapping a back-end. */
export function stateWrapperCases(subject: WrapperSubject): void {
  fastPathCases(subject);
  fallbackCases(subject);
  assertionCases(subject);
}

function fastPathCases({ name, wrap }: WrapperSubject): void {
  const { metadata } = path("a");
  const thrown = new StateError({ refusal: "access-denied", detail: "no" });

  Deno.test(`${name} TestCoreWrapperTeardownFastPath: it is used, and nothing else`, async () => {
    for (const ready of [true, false]) {
      const { core, calls } = fastPaths(() => ready);
      assertEquals(await wrap(core).teardown(metadata, { owner: "X" }), ready);
      assertEquals(calls.map(([call, { id }, { owner }]) => [call, id, owner]), [
        ["teardown", "a", "X"],
      ]);
    }
    const { core } = fastPaths(() => {
      throw thrown;
    });
    assertStrictEquals(await assertRejects(() => wrap(core).teardown(metadata)), thrown);
  });

  Deno.test(`${name} TestCoreWrapperTeardownAndDestroyFastPath: it is used, and nothing else`, async () => {
    const { core, calls } = fastPaths(() => true);
    await wrap(core).teardownAndDestroy(metadata, { owner: "X" });
    assertEquals(calls.map(([call, { id }, { owner }]) => [call, id, owner]), [
      ["teardownAndDestroy", "a", "X"],
    ]);
    const { core: failing } = fastPaths(() => {
      throw thrown;
    });
    const act = () => wrap(failing).teardownAndDestroy(metadata);
    assertStrictEquals(await assertRejects(act), thrown);
  });
}

function fallbackCases({ name, wrap, open }: WrapperSubject): void {
  const { metadata } = path("a");

  Deno.test(`${name} TestCoreWrapperTeardownFallback: the phase is set, readiness told`, async () => {
    const state = wrap(open());
    await state.create(path("a"), { owner: "X" });
    const foreign = await assertRejects(() => state.teardown(metadata), StateError);
    assert(isOwnerConflict(foreign));
    assertEquals(await state.teardown(metadata, { owner: "X" }), true);
    const torn = await state.get(metadata);
    assertEquals([torn.metadata.phase, torn.metadata.version], ["tearingDown", 2n]);
    await state.addFinalizer(metadata, ["F"]);
    // Tearing down already: nothing is written, and nobody asks for the owner.
    assertEquals(await state.teardown(metadata), false);
    assertEquals((await state.get(metadata)).metadata.version, 3n);
    const missing = () => state.teardown(path("missing").metadata);
    assert(isNotFound(await assertRejects(missing, StateError)));
  });

  Deno.test(`${name} TestCoreWrapperTeardownAndDestroyFallback: at once without finalizers`, async () => {
    const state = wrap(open());
    await state.create(path("a"), { owner: "X" });
    const foreign = await assertRejects(() => state.teardownAndDestroy(metadata), StateError);
    assert(isOwnerConflict(foreign));
    await state.teardownAndDestroy(metadata, { owner: "X" });
    assert(isNotFound(await assertRejects(() => state.get(metadata), StateError)));
  });

  Deno.test(`${name} TestCoreWrapperTeardownAndDestroyFallback: waits for the last one`, async () => {
    const state = wrap(open());
    await state.create(path("a"));
    await state.addFinalizer(metadata, ["F", "G"]);
    const gone = state.teardownAndDestroy(metadata);
    await state.watchFor(metadata, { phases: ["tearingDown"] });
    await state.removeFinalizer(metadata, ["F"]);
    assertEquals((await state.get(metadata)).metadata.finalizers, ["G"]);
    await state.removeFinalizer(metadata, ["G"]);
    await gone;
    assert(isNotFound(await assertRejects(() => state.get(metadata), StateError)));
  });

  Deno.test(`${name} TestCoreWrapperTeardownAndDestroyRacyDestroy: ten at once, held`, async () => {
    const state = wrap(open());
    await state.create(path("a"));
    await state.addFinalizer(metadata, ["F"]);
    const all = Promise.allSettled(
      Array.from({ length: 10 }, () => state.teardownAndDestroy(metadata)),
    );
    await state.watchFor(metadata, { phases: ["tearingDown"] });
    await state.removeFinalizer(metadata, ["F"]);
    const outcomes = await all;
    assert(outcomes.some(({ status }) => status === "fulfilled"));
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      assert(isNotFound(outcome.reason) || isPhaseConflict(outcome.reason), outcome.reason);
    }
  });
}

/** The compiler judges these: a back-end offers a fast path, or does not, and a state always has the helper. */
function assertionCases({ name, wrap, open }: WrapperSubject): void {
  Deno.test(`${name} TestTeardownerInterfaceAssertion: a back-end may, a state must`, () => {
    const may: Pick<CoreState, "teardown"> = {};
    const must: Required<Pick<CoreState, "teardown">> = wrap(open());
    // @ts-expect-error a back-end may lack it
    const lacks: Required<Pick<CoreState, "teardown">> = may;
    assertEquals([typeof lacks.teardown, typeof must.teardown], ["undefined", "function"]);
  });

  Deno.test(`${name} TestTeardownAndDestroyerInterfaceAssertion: a back-end may, a state must`, () => {
    const may: Pick<CoreState, "teardownAndDestroy"> = {};
    const must: Required<Pick<CoreState, "teardownAndDestroy">> = wrap(open());
    // @ts-expect-error a back-end may lack it
    const lacks: Required<Pick<CoreState, "teardownAndDestroy">> = may;
    const offered = [typeof lacks.teardownAndDestroy, typeof must.teardownAndDestroy];
    assertEquals(offered, ["undefined", "function"]);
  });
}

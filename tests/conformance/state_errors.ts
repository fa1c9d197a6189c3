/** Conformance: what the refusals of a state can be asked. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  isAccessDenied,
  isAlreadyExists,
  isClosed,
  isConflict,
  isInvalidBookmark,
  isInvalidQuery,
  isInvalidResource,
  isNotFound,
  isOverrun,
  isOwnerConflict,
  isPendingFinalizers,
  isPhaseConflict,
  isUnsupported,
  isVersionConflict,
  type Refusal,
  StateError,
  stateErrorOf,
} from "../../runtime/core/errors.ts";
import { withMetadata } from "../../runtime/core/metadata.ts";
import type { Pointer } from "../../runtime/core/resource.ts";
import type { State } from "../../runtime/core/state.ts";
import { labelled, path, PATHS, type Subject, testCase } from "./state_fixtures.ts";

const KINDS: Readonly<Record<Refusal, (error: unknown) => boolean>> = {
  "not-found": isNotFound,
  "already-exists": isAlreadyExists,
  "version-conflict": isVersionConflict,
  "owner-conflict": isOwnerConflict,
  "phase-conflict": isPhaseConflict,
  "pending-finalizers": isPendingFinalizers,
  "invalid-bookmark": isInvalidBookmark,
  "invalid-query": isInvalidQuery,
  "invalid-resource": isInvalidResource,
  "unsupported": isUnsupported,
  "access-denied": isAccessDenied,
  "overrun": isOverrun,
  "closed": isClosed,
};

/** What is refused, how, and in which words; and whether the state of the resource is to blame. */
interface Refused {
  readonly act: (state: State, pointer: Pointer) => Promise<unknown>;
  readonly refusal: Refusal;
  readonly words: string;
  readonly conflict?: true;
}

const REFUSED: readonly Refused[] = [
  {
    act: (state) => state.get(path("missing").metadata),
    refusal: "not-found",
    words: "resource os/path(default/missing@undefined) doesn't exist",
  },
  {
    act: (state) => state.get(withMetadata(path("missing"), { version: 7n }).metadata),
    refusal: "not-found",
    words: "resource os/path(default/missing@undefined) doesn't exist",
  },
  {
    act: (state) => state.create(path("a")),
    refusal: "already-exists",
    words: "resource os/path(default/a@undefined) already exists",
    conflict: true,
  },
  {
    act: (state) => state.update(withMetadata(path("a"), { version: 9n })),
    refusal: "version-conflict",
    words: 'resource os/path(default/a@9) update conflict: expected version "9", ' +
      'actual version "2"',
    conflict: true,
  },
  {
    act: (state) => state.destroy(path("owned").metadata),
    refusal: "owner-conflict",
    words: 'resource os/path(default/owned@1) is owned by "X"',
    conflict: true,
  },
  {
    act: (state) => state.updateWithConflicts(path("torn").metadata, (it) => it),
    refusal: "phase-conflict",
    words: "resource os/path(default/torn@2) is not in phase running",
    conflict: true,
  },
  {
    act: async (state) => await state.update(await state.get(path("torn").metadata)),
    refusal: "phase-conflict",
    words: "resource os/path(default/torn@2) is not in phase running",
    conflict: true,
  },
  {
    act: (state, pointer) => state.destroy(pointer),
    refusal: "pending-finalizers",
    words: "resource os/path(default/a@2) has pending finalizers [F G]",
    conflict: true,
  },
  {
    act: (state) => state.watchKind(PATHS, { startFromBookmark: new Uint8Array(3) }),
    refusal: "invalid-bookmark",
    words: "invalid watch bookmark",
  },
  {
    act: (state) => state.list(PATHS, { query: { id: "(" } }),
    refusal: "invalid-query",
    // What follows is the words of whoever reads expressions.
    words: "invalid query: ",
  },
  {
    act: (state, pointer) => state.updateWithConflicts(pointer, () => path("renamed")),
    refusal: "invalid-resource",
    words: "a change must keep the name",
  },
];

export function stateErrorCases(subject: Subject): void {
  testCase(subject, "TestErrors: kinds and their narrowing", async (state) => {
    const owner = subject.owner ?? "";
    const { metadata } = await state.create(path("a"));
    await state.addFinalizer(metadata, ["F", "G"]);
    await state.create(path("owned"), { owner: "X" });
    await state.create(path("torn"));
    await state.teardown(path("torn").metadata, { owner });
    for (const { act, refusal, words, conflict = false } of REFUSED) {
      const error = await assertRejects(() => act(state, metadata), StateError, words);
      assertKind(error, refusal);
      assertEquals(isConflict(error), conflict, words);
      assertEquals(isConflict(error, PATHS), conflict, words);
      assertEquals(isConflict(error, { type: PATHS.type }), conflict, words);
      assert(!isConflict(error, { ...PATHS, namespace: "other" }), words);
      assert(!isConflict(error, { type: "other" }), words);
    }
    assertEquals((await state.get(metadata)).metadata.version, 2n);
  });

  testCase(subject, "TestErrors: kinds look through wrapping", async (state) => {
    const inner = await assertRejects(() => state.get(path("a").metadata), StateError);
    const outer = new Error("outside", { cause: new TypeError("between", { cause: inner }) });
    assertStrictEquals(stateErrorOf(outer), inner);
    assertKind(outer, "not-found");
    const failure = { refusal: "closed", detail: "it has a tag of its own" } as const;
    assertKind(new StateError(failure, { cause: inner }), "closed");
    for (const stranger of [new Error("doesn't exist"), "not-found", undefined, { ...inner }]) {
      assertEquals(stateErrorOf(stranger), undefined);
      assertEquals(Object.values(KINDS).some((is) => is(stranger)) || isConflict(stranger), false);
    }
    const ring = new Error("itself");
    ring.cause = ring;
    assertEquals(isNotFound(ring), false);
  });

  testCase(subject, "TestErrors: what a change throws is not wrapped", async (state) => {
    const { metadata } = await state.create(path("a"));
    const thrown = new RangeError("no");
    const fail = () => {
      throw thrown;
    };
    const error = await assertRejects(() => state.updateWithConflicts(metadata, fail), RangeError);
    assertStrictEquals(error, thrown);
    const changed = await state.updateWithConflicts(metadata, (it) => labelled(it, "k", "v"));
    assertEquals(changed.metadata.version, 2n);
  });
}

function assertKind(error: unknown, refusal: Refusal): void {
  const kinds = Object.entries(KINDS).filter(([, is]) => is(error)).map(([kind]) => kind);
  assertEquals(kinds, [refusal]);
}

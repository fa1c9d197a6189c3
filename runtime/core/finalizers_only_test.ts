// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { StateError } from "./errors.ts";
import { freezeDeep, frozenCopy } from "./freeze.ts";
import { newMetadata, withFinalizers, withOwner } from "./metadata.ts";
import type { Metadata } from "./resource.ts";

const NAMES = { namespace: "n", type: "T", id: "a" };

/** Metadata that nobody has checked. */
function unchecked(change: Partial<Metadata> = {}): Metadata {
  return { ...newMetadata(NAMES), labels: { a: "b" }, ...change };
}

Deno.test("withFinalizers() of metadata nobody checked checks it, and makes it immutable", () => {
  const { metadata } = withFinalizers({ metadata: unchecked(), spec: undefined }, ["f"]);
  assertEquals([metadata.finalizers, metadata.labels, metadata.id], [["f"], { a: "b" }, "a"]);
  assert([metadata, metadata.labels, metadata.finalizers].every((part) => Object.isFrozen(part)));
  const bad = { metadata: unchecked({ phase: "gone" as Metadata["phase"] }), spec: undefined };
  assertThrows(() => withFinalizers(bad, ["f"]), StateError, "unknown phase: gone");
});

Deno.test("freezeDeep() and frozenCopy() take null wherever it stands, and say what may be in its place", () => {
  assertEquals([freezeDeep(null), frozenCopy(null)], [null, null]);
  assertEquals(frozenCopy({ a: null, list: [null] }), { a: null, list: [null] });
  assertEquals(freezeDeep({ a: null, list: [null] }), { a: null, list: [null] });
  assertThrows(
    () => frozenCopy({ a: new Date(0) }),
    StateError,
    "Cannot make spec.a immutable: it is a Date, and may be plain objects, arrays, strings, numbers, bigints, " +
      "booleans and null",
  );
});

Deno.test("withFinalizers() shares a list that says the same as the one before, and no other", () => {
  const resource = {
    metadata: newMetadata({ namespace: "n", type: "t", id: "a" }),
    spec: undefined,
  };
  const held = (...names: readonly string[]) => withFinalizers(resource, names).metadata.finalizers;
  const first = held("f");
  assertStrictEquals(held("f"), first);
  const lists = [held("f", "g"), held("g", "f"), held("g"), held("f"), held()];
  assertEquals(lists, [["f", "g"], ["g", "f"], ["g"], ["f"], []]);
  const mine = ["f"];
  const kept = held(...mine);
  mine[0] = "changed";
  assertEquals([kept, held("f")], [["f"], ["f"]]);
});

Deno.test("withOwner() changes the owner alone, and checks what nobody checked", () => {
  const init = {
    namespace: "n",
    type: "t",
    id: "a",
    version: 3n,
    finalizers: ["f"],
    labels: { a: "b" },
  };
  const owned = withOwner({ metadata: newMetadata(init), spec: "s" }, "me");
  assertEquals(owned, { metadata: newMetadata({ ...init, owner: "me" }), spec: "s" });
  assert(Object.isFrozen(owned) && Object.isFrozen(owned.metadata));
  assertEquals(withOwner({ metadata: unchecked(), spec: undefined }, "me").metadata.owner, "me");
  const bad = { metadata: unchecked({ phase: "gone" as Metadata["phase"] }), spec: undefined };
  assertThrows(() => withOwner(bad, "me"), StateError, "unknown phase: gone");
  const nobody = 1 as unknown as string;
  const detail = "the owner is 1, and may be a text";
  assertThrows(() => withOwner(owned, nobody), StateError, detail);
});

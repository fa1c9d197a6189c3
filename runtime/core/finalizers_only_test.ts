// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { StateError } from "./errors.ts";
import { freezeDeep, frozenCopy } from "./freeze.ts";
import { newMetadata, withFinalizers } from "./metadata.ts";
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

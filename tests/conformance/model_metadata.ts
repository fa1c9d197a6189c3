/** Conformance: metadata, and resources as names of it. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { reference, StateError } from "../../runtime/core/errors.ts";
import {
  isTombstone,
  metadataEquals,
  type MetadataInit,
  newMetadata,
  parsePhase,
  parseVersion,
  tombstone,
  versionText,
  withMetadata,
} from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import { resourceText } from "../../runtime/core/text_form.ts";
import { path } from "./state_fixtures.ts";

const NAME = { namespace: "default", type: "os/path", id: "var/run" };

export function metadataCases(): void {
  fieldCases();
  copyCases();
  mapCases("TestLabels", "labels");
  mapCases("TestAnnotations", "annotations");
  finalizerCases();
  textCases();
}

function fieldCases(): void {
  Deno.test("TestMetadata: what is not said", () => {
    const metadata = newMetadata(NAME);
    assertEquals([metadata.version, metadata.phase, metadata.owner], [undefined, "running", ""]);
    assertEquals([metadata.namespace, metadata.type, metadata.id], Object.values(NAME));
  });

  Deno.test("TestMetadata: versions are read and written", () => {
    const texts = ["undefined", "1", "9223372036854775807"];
    assertEquals(texts.map((text) => versionText(parseVersion(text))), texts);
    for (const text of ["", "-1", "1.0", "9223372036854775808", "one"]) {
      assertThrows(() => parseVersion(text), StateError, "error parsing version:");
    }
    assertEquals(["running", "tearingDown"].map(parsePhase), ["running", "tearingDown"]);
    for (const text of ["", "Running", "teardown"]) {
      assertThrows(() => parsePhase(text), StateError, `unknown phase: ${text}`);
    }
  });

  Deno.test("TestMetadata: equality by every field but the times", () => {
    const base: MetadataInit = { ...NAME, version: 1n, owner: "X", finalizers: ["a", "b"] };
    const equals = (change: Partial<MetadataInit>) =>
      metadataEquals(newMetadata(base), newMetadata({ ...base, ...change }));
    const time = { seconds: 9n, nanos: 9 };
    const same: readonly Partial<MetadataInit>[] = [
      {},
      { created: time, updated: time },
      { finalizers: ["b", "a"] },
      { labels: {}, annotations: {} },
    ];
    for (const change of same) assert(equals(change), Object.keys(change).join());
    const different: readonly Partial<MetadataInit>[] = [
      { namespace: "other" },
      { type: "other" },
      { id: "other" },
      { version: 2n },
      { phase: "tearingDown" },
      { owner: "Y" },
      { finalizers: ["a"] },
      { finalizers: ["a", "c"] },
      { labels: { a: "" } },
      { annotations: { a: "" } },
    ];
    for (const change of different) assert(!equals(change), Object.keys(change).join());
    assert(!metadataEquals(newMetadata(NAME), newMetadata({ ...NAME, version: 0n })));
  });
}

function copyCases(): void {
  Deno.test("TestMetadata: a copy that differs leaves the original alone", () => {
    const original = withMetadata(path("a"), { version: 1n, labels: { a: "1" } });
    const copy = withMetadata(original, { phase: "tearingDown", version: 2n, owner: "X" });
    assertEquals([copy.metadata.version, copy.metadata.owner], [2n, "X"]);
    assertEquals([original.metadata.version, original.metadata.owner], [1n, ""]);
    assertEquals([original.metadata.phase, copy.metadata.labels["a"]], ["running", "1"]);
  });

  Deno.test("TestEqualSameLenEmptyValue: an empty value is not a missing key", () => {
    for (const part of ["labels", "annotations"] as const) {
      const [a, b] = [{ a: "" }, { b: "" }].map((it) => newMetadata({ ...NAME, [part]: it }));
      assert(a !== undefined && b !== undefined && !metadataEquals(a, b));
    }
  });
}

/** Labels and annotations: the same rules. */
function mapCases(row: string, part: "labels" | "annotations"): void {
  const base = newMetadata({ ...NAME, [part]: { a: "1", b: "2" } });

  Deno.test(`${row}: set, changed and taken away in a copy of their own`, () => {
    const set = newMetadata({ ...base, [part]: { ...base[part], c: "3" } });
    assertEquals(Object.entries(set[part]), [["a", "1"], ["b", "2"], ["c", "3"]]);
    const changed = newMetadata({ ...base, [part]: { ...base[part], a: "9" } });
    assertEquals([changed[part]["a"], base[part]["a"]], ["9", "1"]);
    const { a: _, ...rest } = base[part];
    assertEquals(Object.entries(newMetadata({ ...base, [part]: rest })[part]), [["b", "2"]]);
    assertEquals(Object.entries(base[part]), [["a", "1"], ["b", "2"]]);
    assertEquals(base[part]["missing"], undefined);
    assertEquals(base[part]["toString"], undefined);
  });

  if (part === "annotations") return;
  Deno.test("TestLabelsDo: a batch of changes leaves other copies alone", () => {
    const given: Record<string, string> = { a: "1", b: "2" };
    const first = newMetadata({ ...NAME, labels: given });
    given["a"] = "changed";
    delete given["b"];
    given["c"] = "3";
    const second = newMetadata({ ...NAME, labels: given });
    assertEquals(Object.entries(first.labels), [["a", "1"], ["b", "2"]]);
    assertEquals(Object.entries(second.labels), [["a", "changed"], ["c", "3"]]);
    assertThrows(() => Object.assign(first.labels, { a: "9" }), TypeError);
  });
}

function finalizerCases(): void {
  Deno.test("TestFinalizers: a set in order, a copy of its own", () => {
    const given = ["A", "B", "A"];
    const first = newMetadata({ ...NAME, finalizers: given });
    given.push("C");
    const second = newMetadata({ ...first, finalizers: [...first.finalizers, "B", "C"] });
    assertEquals(first.finalizers, ["A", "B"]);
    assertEquals(second.finalizers, ["A", "B", "C"]);
    const rest = second.finalizers.filter((name) => name !== "A");
    assertEquals(newMetadata({ ...second, finalizers: rest }).finalizers, ["B", "C"]);
    assertEquals([first.finalizers.includes("A"), first.finalizers.includes("C")], [true, false]);
    assertThrows(() => (first.finalizers as string[]).push("D"), TypeError);
  });
}

function textCases(): void {
  Deno.test("TestIsTombstone: only tombstones are", () => {
    const stone = tombstone({ ...NAME, version: 3n });
    assert(isTombstone(stone));
    assertEquals([stone.metadata.version, stone.metadata.phase], [3n, "running"]);
    for (const spec of [new OpaqueSpec(undefined, ""), {}, undefined]) {
      assert(!isTombstone({ metadata: stone.metadata, spec }));
    }
    assert(!isTombstone(path("a")));
    assertStrictEquals(isTombstone({ ...stone }), true);
  });

  Deno.test("TestMetadata: resources and references in a word", () => {
    const metadata = newMetadata({ ...NAME, version: 3n });
    assertEquals(reference(newMetadata(NAME)), "os/path(default/var/run@undefined)");
    assertEquals(reference(metadata), "os/path(default/var/run@3)");
    assertEquals(resourceText({ metadata, spec: {} }), "os/path(default/var/run)");
    assertEquals(resourceText(path('a"b')), 'os/path("a\\"b")');
    assertEquals(resourceText(tombstone(NAME)), "Tombstone(os/path(default/var/run@undefined))");
  });
}

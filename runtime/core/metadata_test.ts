// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { StateError } from "./errors.ts";
import {
  EPOCH,
  isTombstone,
  metadataEquals,
  type MetadataInit,
  newMetadata,
  parsePhase,
  parseVersion,
  tombstone,
  withMetadata,
} from "./metadata.ts";

const NAME = { namespace: "default", type: "os/path", id: "var" };

Deno.test("newMetadata() fills in what was not said", () => {
  const metadata = newMetadata(NAME);
  assertEquals(metadata.version, undefined);
  assertEquals([metadata.phase, metadata.owner], ["running", ""]);
  assertEquals([...metadata.finalizers], []);
  assertEquals(metadata.created, { seconds: 0n, nanos: 0 });
});

Deno.test("newMetadata() shares nothing that can change", () => {
  const labels: Record<string, string> = { a: "1" };
  const finalizers = ["x", "y", "x"];
  const metadata = newMetadata({ ...NAME, labels, finalizers });
  labels["a"] = "2";
  finalizers.push("z");
  assertEquals([metadata.labels["a"], ...metadata.finalizers], ["1", "x", "y"]);
  for (const part of [metadata, metadata.labels, metadata.annotations, metadata.finalizers]) {
    assert(Object.isFrozen(part));
  }
});

Deno.test("newMetadata() shares the parts that can no longer change", () => {
  const parts = ["finalizers", "labels", "annotations", "created", "updated"] as const;
  const rich = newMetadata({
    ...NAME,
    finalizers: ["F"],
    labels: { a: "1" },
    annotations: { b: "2" },
    created: { seconds: 1n, nanos: 2 },
    updated: { seconds: 3n, nanos: 4 },
  });
  const again = newMetadata({ ...rich, id: "other" });
  for (const part of parts) assertStrictEquals(again[part], rich[part]);
  const empty = { finalizers: [], labels: {}, annotations: {}, created: EPOCH };
  const [one, other] = [newMetadata({ ...NAME, ...empty }), newMetadata(NAME)];
  for (const part of parts) assertStrictEquals(one[part], other[part]);
});

Deno.test("newMetadata() takes every version and time that may be", () => {
  const versions = [undefined, 0n, 1n, 2n ** 64n - 1n];
  assertEquals(versions.map((version) => newMetadata({ ...NAME, version }).version), versions);
  const times = [{ seconds: -1n, nanos: 0 }, { seconds: 0n, nanos: 999_999_999 }];
  assertEquals(times.map((created) => newMetadata({ ...NAME, created }).created), times);
});

Deno.test("newMetadata() takes __proto__ for a key like any other", () => {
  const labels = JSON.parse('{"__proto__": "a", "constructor": "b"}');
  const metadata = newMetadata({ ...NAME, labels });
  assertEquals(Object.keys(metadata.labels).sort(), ["__proto__", "constructor"]);
  assertEquals(newMetadata(NAME).labels["toString"], undefined);
});

Deno.test("metadataEquals() compares everything but the times", () => {
  const base: MetadataInit = { ...NAME, labels: { a: "", z: "" }, finalizers: ["x", "y"] };
  const same: readonly MetadataInit[] = [
    { ...base, finalizers: ["y", "x"] },
    { ...base, created: { seconds: 1n, nanos: 0 }, updated: { seconds: 2n, nanos: 0 } },
    { ...base, annotations: {} },
  ];
  const different: readonly MetadataInit[] = [
    { ...base, id: "x" },
    { ...base, type: "x" },
    { ...base, namespace: "x" },
    { ...base, version: 1n },
    { ...base, phase: "tearingDown" },
    { ...base, owner: "x" },
    { ...base, labels: { b: "", z: "" } },
    { ...base, labels: { a: "", z: "1" } },
    { ...base, labels: {} },
    { ...base, annotations: { a: "" } },
    { ...base, finalizers: ["x", "z"] },
    { ...base, finalizers: ["x"] },
  ];
  const equals = (init: MetadataInit) => metadataEquals(newMetadata(base), newMetadata(init));
  assertEquals(same.map(equals), same.map(() => true));
  assertEquals(different.map(equals), different.map(() => false));
});

Deno.test("withMetadata() changes what is said and keeps the content", () => {
  const resource = { metadata: newMetadata({ ...NAME, owner: "X" }), spec: { a: 1 } };
  const changed = withMetadata(resource, { phase: "tearingDown" });
  assertEquals([changed.metadata.phase, changed.metadata.owner], ["tearingDown", "X"]);
  assert(changed.spec === resource.spec && resource.metadata.phase === "running");
});

Deno.test("parseVersion() reads undefined and 63 bits", () => {
  assertEquals(parseVersion("undefined"), undefined);
  const good = {
    "0": 0n,
    "+0": 0n,
    "1": 1n,
    "003": 3n,
    "+3": 3n,
    "9223372036854775807": 2n ** 63n - 1n,
    [`${"0".repeat(63)}7`]: 7n,
  };
  for (const [text, version] of Object.entries(good)) assertEquals(parseVersion(text), version);
  for (
    const text of [
      "",
      "-1",
      "1.5",
      "x",
      "9223372036854775808",
      " 1",
      "0x1",
      "++1",
      "+",
      "1+",
      "0".repeat(65),
    ]
  ) {
    const words = `error parsing version: it is ${JSON.stringify(text.slice(0, 64))}, and may be ` +
      "undefined or 0 … 9223372036854775807";
    assertThrows(() => parseVersion(text), StateError, words);
  }
});

Deno.test("parsePhase() knows two phases", () => {
  assertEquals([parsePhase("running"), parsePhase("tearingDown")], ["running", "tearingDown"]);
  for (const text of ["", "Running", "tearing-down"]) {
    assertThrows(() => parsePhase(text), StateError, `unknown phase: ${text}`);
  }
});

Deno.test("tombstone() is running, nameless in all but its name, and known as one", () => {
  const resource = tombstone(NAME, { seconds: 5n, nanos: 0 });
  assertEquals([resource.metadata.phase, resource.metadata.version], ["running", undefined]);
  assertEquals(resource.metadata.updated.seconds, 5n);
  assert(isTombstone(resource));
  assert(!isTombstone({ ...resource, spec: {} }));
});

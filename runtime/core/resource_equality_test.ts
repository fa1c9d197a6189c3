// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { newMetadata } from "./metadata.ts";
import { OpaqueSpec } from "./opaque.ts";
import { resourceEquals, specEquals } from "./resource_equality.ts";

Deno.test("specEquals() compares contents by structure", () => {
  const same: readonly (readonly [unknown, unknown])[] = [
    [NaN, NaN],
    [0, -0],
    [[1, [2]], [1, [2]]],
    [{ a: 1, b: { c: [] } }, { b: { c: [] }, a: 1 }],
  ];
  for (const [a, b] of same) assertEquals([specEquals(a, b), specEquals(b, a)], [true, true]);
  const different: readonly (readonly [unknown, unknown])[] = [
    [1, 2],
    [1, {}],
    ["", {}],
    [null, {}],
    [undefined, null],
    [[], {}],
    [{ length: 0 }, []],
    [[1], [1, 2]],
    [[1, 2], [1, 3]],
    [{ a: 1 }, { a: 1, b: undefined }],
    [{ a: undefined }, { b: undefined }],
    [new OpaqueSpec(undefined, ""), {}],
    [{}, { a: 1 }],
  ];
  for (const [a, b] of different) {
    assertEquals([specEquals(a, b), specEquals(b, a)], [false, false]);
  }
});

Deno.test("specEquals() compares opaque contents by bytes and text, absent bytes not being empty ones", () => {
  const opaque = (bytes: readonly number[] | undefined, yaml = "") =>
    new OpaqueSpec(bytes === undefined ? undefined : Uint8Array.from(bytes), yaml);
  assertEquals(specEquals(opaque([1, 2], "a"), opaque([1, 2], "a")), true);
  assertEquals(specEquals(opaque(undefined), opaque(undefined)), true);
  assertEquals(specEquals(opaque([]), opaque([])), true);
  const different = [
    [opaque([1, 2]), opaque([1, 3])],
    [opaque([1, 2]), opaque([1])],
    [opaque([]), opaque(undefined)],
    [opaque([1], "a"), opaque([1], "b")],
    [opaque(undefined, "a"), opaque(undefined, "b")],
  ] as const;
  for (const [a, b] of different) {
    assertEquals([specEquals(a, b), specEquals(b, a)], [false, false]);
  }
});

Deno.test("resourceEquals() wants the same metadata and the same content", () => {
  const metadata = newMetadata({ namespace: "n", type: "Items.n.dev", id: "a" });
  const resource = { metadata, spec: { text: "t" } };
  assertEquals(
    resourceEquals(resource, { metadata: newMetadata(metadata), spec: { text: "t" } }),
    true,
  );
  assertEquals(resourceEquals(resource, { metadata, spec: { text: "u" } }), false);
  const other = newMetadata({ ...metadata, id: "b" });
  assertEquals(resourceEquals(resource, { ...resource, metadata: other }), false);
});

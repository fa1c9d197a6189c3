// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { StateError } from "./errors.ts";
import { freezeDeep, frozenCopy, SPEC_DEPTH_MAX } from "./freeze.ts";
import { OpaqueSpec } from "./opaque.ts";
import { specEquals } from "./resource_equality.ts";

Deno.test("freezeDeep() freezes in place, through and through", () => {
  const spec = { list: [{ a: 1n }], map: Object.assign(Object.create(null), { b: [true] }) };
  assertStrictEquals(freezeDeep(spec), spec);
  for (const part of [spec, spec.list, spec.list[0], spec.map, spec.map.b]) {
    assert(Object.isFrozen(part));
  }
});

Deno.test("freezeDeep() reaches into what was frozen only outside", () => {
  const inner = { a: 1 };
  freezeDeep(Object.freeze({ inner }));
  assert(Object.isFrozen(inner));
});

Deno.test("freezeDeep() names the part that cannot be frozen", () => {
  class Handle {}
  const cases: readonly (readonly [unknown, string])[] = [
    [{ a: [new Uint8Array(1)] }, "Cannot make spec.a[0] immutable: it is bytes"],
    [{ a: new Map() }, "Cannot make spec.a immutable: it is a Map"],
    [{ a: new Date(0) }, "Cannot make spec.a immutable: it is a Date"],
    [[new Handle()], "Cannot make spec[0] immutable: it is a Handle"],
    [{ a: () => 1 }, "Cannot make spec.a immutable: it is a function"],
    [Symbol("x"), "Cannot make spec immutable: it is a symbol"],
  ];
  for (const [value, message] of cases) assertThrows(() => freezeDeep(value), StateError, message);
});

Deno.test("freezeDeep() ends at a cycle", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  assertThrows(() => freezeDeep(cycle), StateError, `nested over ${SPEC_DEPTH_MAX} deep`);
});

Deno.test("freezeDeep() takes an opaque spec as it is", () => {
  const spec = new OpaqueSpec(new Uint8Array([1]), "");
  assertStrictEquals(freezeDeep(spec), spec);
});

Deno.test("frozenCopy() leaves the original alone", () => {
  const original = { list: [1], ["__proto__x"]: { a: 1 } };
  const copy = frozenCopy(original);
  original.list.push(2);
  assertEquals(copy.list, [1]);
  assert(Object.isFrozen(copy.list) && !Object.isFrozen(original.list));
  const evil = frozenCopy(JSON.parse('{"__proto__": {"a": 1}}'));
  assertEquals(Object.keys(evil), ["__proto__"]);
  assertStrictEquals(Object.getPrototypeOf(evil), Object.prototype);
});

Deno.test("specEquals() compares structure, and bytes of opaque specs", () => {
  const opaque = (...bytes: readonly number[]) => new OpaqueSpec(Uint8Array.from(bytes), "");
  const equal: readonly (readonly [unknown, unknown])[] = [
    [{ a: [1n, NaN, null] }, { a: [1n, NaN, null] }],
    [opaque(1, 2), opaque(1, 2)],
    [0, -0],
  ];
  const different: readonly (readonly [unknown, unknown])[] = [
    [{ a: undefined }, {}],
    [{ a: undefined }, { b: undefined }],
    [[1], [1, 2]],
    [[], {}],
    [1n, 1],
    [opaque(1), opaque(2)],
    [opaque(), new OpaqueSpec(undefined, "")],
    [opaque(1), { yaml: "" }],
    [null, {}],
  ];
  for (const [a, b] of equal) assert(specEquals(a, b) && specEquals(b, a));
  for (const [a, b] of different) assert(!specEquals(a, b) && !specEquals(b, a));
});

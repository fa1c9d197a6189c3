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
    [{ a: [Symbol("x")] }, "Cannot make spec.a[0] immutable: it is a symbol"],
    [Symbol("x"), "Cannot make spec immutable: it is a symbol"],
    [Object.create(Object.create(null)), "Cannot make spec immutable: it is a undefined"],
    [{ a: Object.create({}) }, "Cannot make spec.a immutable: it is a Object"],
  ];
  for (const [value, message] of cases) {
    for (const act of [freezeDeep, frozenCopy]) {
      const error = assertThrows(() => act(value), StateError, message);
      assertEquals(error.failure.refusal, "invalid-resource");
    }
  }
});

Deno.test("freezeDeep() refuses what a walk does not see, and what answers by itself", () => {
  const hidden = (at: object) => Object.defineProperty(at, "h", { value: 1, enumerable: false });
  const answering = (at: object, key: PropertyKey, accessor: PropertyDescriptor) =>
    Object.defineProperty(at, key, { ...accessor, enumerable: true });
  const cases: readonly (readonly [unknown, string])[] = [
    [hidden({}), "spec.h immutable: it is hidden"],
    [[hidden([])], "spec[0][h] immutable: it is hidden"],
    [{ [Symbol("s")]: 1 }, "spec.Symbol(s) immutable: it is hidden"],
    [Object.assign([], { [Symbol("s")]: 1 }), "spec[Symbol(s)] immutable: it is hidden"],
    [answering({}, "a", { get: () => 1 }), "spec.a immutable: it is an accessor"],
    [answering({}, "a", { set: (value) => void value }), "spec.a immutable: it is an accessor"],
    [answering([], 0, { get: () => 1 }), "spec[0] immutable: it is an accessor"],
  ];
  for (const [value, message] of cases) assertThrows(() => freezeDeep(value), StateError, message);
});

/** So many containers, one in the other. */
function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  return levels === 0 ? 1 : wrap(nested(levels - 1, wrap));
}

Deno.test("freezeDeep() and frozenCopy() go as deep as may be, and end at a cycle", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const list: unknown[] = [];
  list.push(list);
  const wraps = [(inner: unknown) => [inner], (inner: unknown) => ({ inner })];
  for (const act of [freezeDeep, frozenCopy]) {
    for (const wrap of wraps) assert(Object.isFrozen(act(nested(SPEC_DEPTH_MAX + 1, wrap))));
    for (const endless of [cycle, list, ...wraps.map((wrap) => nested(SPEC_DEPTH_MAX + 2, wrap))]) {
      assertThrows(() => act(endless), StateError, `nested over ${SPEC_DEPTH_MAX} deep`);
    }
  }
});

/** As a message of proto2: its type's defaults are what it inherits. */
function message(defaults: object, fields: object): object {
  return Object.assign(Object.create(defaults), { $typeName: "x", ...fields });
}

Deno.test("freezeDeep() and frozenCopy() keep inherited defaults, as they are now", () => {
  for (const act of [freezeDeep, frozenCopy]) {
    for (const base of [Object.prototype, null]) {
      const defaults = Object.assign(Object.create(base), { a: 1, b: "b", c: null });
      const made = act(message(defaults, { a: 2 }));
      defaults.b = "other";
      assertEquals({ ...made }, { $typeName: "x", a: 2 });
      assertEquals([Reflect.get(made, "b"), Reflect.get(made, "c")], ["b", null]);
      const kept: object = Object.getPrototypeOf(made);
      assert(Object.isFrozen(made) && Object.isFrozen(kept));
      assertEquals([Object.isFrozen(defaults), Reflect.ownKeys(kept)], [false, ["a", "b", "c"]]);
      // Fixed once: whoever copies it again keeps what is shared.
      assertStrictEquals(Object.getPrototypeOf(frozenCopy(made)), kept);
    }
  }
});

Deno.test("freezeDeep() refuses inherited defaults that can change, and those of what is no message", () => {
  const changing = "Cannot make spec.m.b immutable: it is a default that can change";
  const cases: readonly (readonly [object, string])[] = [
    [message({ b: [] }, {}), changing],
    [message({ b: () => 1 }, {}), changing],
    [message(Object.create({ b: 1 }), {}), "Cannot make spec.m immutable: it is a Object"],
    [Object.create({ b: 1 }), "Cannot make spec.m immutable: it is a Object"],
  ];
  for (const act of [freezeDeep, frozenCopy]) {
    for (const [m, words] of cases) assertThrows(() => act({ m }), StateError, words);
  }
  const frozen = Object.freeze(message({ a: 1 }, {}));
  const words = "Cannot make spec.m immutable: it is frozen, and its defaults can change";
  assertThrows(() => freezeDeep({ m: frozen }), StateError, words);
  assertEquals(Reflect.get(frozenCopy(frozen), "a"), 1);
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

Deno.test("frozenCopy() keeps an object that inherits nothing so, and an opaque spec as it is", () => {
  const bare = frozenCopy(Object.assign(Object.create(null), { a: { b: 1 } }));
  assertEquals([Object.getPrototypeOf(bare), bare.a], [null, { b: 1 }]);
  const spec = new OpaqueSpec(new Uint8Array([1]), "");
  assertStrictEquals(frozenCopy(spec), spec);
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

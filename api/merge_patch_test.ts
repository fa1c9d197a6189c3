// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { mergePatch } from "./merge_patch.ts";

Deno.test("mergePatch() does what the examples of RFC 7396 show", () => {
  const cases: readonly (readonly [unknown, unknown, unknown])[] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [["a"], { a: "b" }, { a: "b" }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: "b" }, "c", "c"],
  ];
  for (const [target, patch, wanted] of cases) {
    assertEquals(JSON.stringify(mergePatch(target, patch)), JSON.stringify(wanted));
  }
});

Deno.test("mergePatch() takes __proto__ for a key like any other", () => {
  const merged = mergePatch({}, JSON.parse('{"__proto__":{"x":1}}'));
  assertEquals(JSON.stringify(merged), '{"__proto__":{"x":1}}');
});

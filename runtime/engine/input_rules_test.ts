// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { AnyInput } from "./access.ts";
import { compareInputs, sameInput, sameKeys } from "./input_rules.ts";

const input = (namespace: string, type: string, id?: string): AnyInput => ({
  namespace,
  type,
  kind: "weak",
  ...(id === undefined ? {} : { id }),
});

Deno.test("compareInputs() TestCompare: by namespace, type, id and kind", () => {
  const ordered: readonly AnyInput[] = [
    input("a", "b"),
    { ...input("a", "b"), kind: "strong" },
    { ...input("a", "b"), kind: "destroy-ready" },
    { ...input("a", "b"), kind: "q-primary" },
    input("a", "b", ""),
    input("a", "b", "x"),
    input("a", "c"),
    input("b", "a", "x"),
    // By bytes of UTF-8, not by units of UTF-16.
    input("\u{ffff}", "a"),
    input("\u{10000}", "a"),
  ];
  assertEquals([...ordered].reverse().sort(compareInputs), [...ordered]);
  assertEquals(ordered.map((each) => compareInputs(each, { ...each })), ordered.map(() => 0));
});

Deno.test("sameInput() TestEqual: everything counts", () => {
  assertEquals(sameInput(input("a", "b", "c"), input("a", "b", "c")), true);
  assertEquals(sameInput(input("a", "b", "c"), { ...input("a", "b", "c"), kind: "strong" }), false);
  assertEquals(sameInput(input("a", "b"), input("a", "b", "")), false);
});

Deno.test("sameKeys() TestEqualKeys: the kind does not count", () => {
  assertEquals(sameKeys(input("a", "b"), { ...input("a", "b"), kind: "strong" }), true);
  const others = [input("x", "b"), input("a", "x"), input("a", "b", "x")];
  assertEquals(others.map((other) => sameKeys(input("a", "b"), other)), [false, false, false]);
});

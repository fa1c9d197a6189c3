// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { dependencyCycles } from "./dependency_cycles.ts";

function cycles(waits: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const found = dependencyCycles(new Map(Object.entries(waits)));
  return Object.fromEntries([...found].map(([id, way]) => [id, way.join(" ")]));
}

Deno.test("dependencyCycles() finds the shortest way of each back to itself", () => {
  assertEquals(cycles({ a: ["b", "c"], b: ["c"], c: ["a"] }), {
    a: "a c a",
    b: "b c a b",
    c: "c a c",
  });
  assertEquals(cycles({ a: ["a"] }), { a: "a a" });
});

Deno.test("dependencyCycles() finds none where the end is reached, twice or at somebody unknown", () => {
  assertEquals(cycles({ a: ["b", "c"], b: ["d"], c: ["d"], d: ["unknown"] }), {});
});

Deno.test("dependencyCycles() leaves out who only waits for those in a circle", () => {
  assertEquals(cycles({ behind: ["a"], a: ["b"], b: ["a"] }), { a: "a b a", b: "b a b" });
});

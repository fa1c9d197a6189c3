// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { array, assert as check, integer, property } from "fast-check";
import { DynamicTable, entryBytes } from "./dynamic_table.ts";

function contents(table: DynamicTable): string[] {
  return Array.from(
    { length: table.count },
    (_, index) => `${table.name(index + 1)}=${table.value(index + 1)}`,
  );
}

Deno.test("DynamicTable gives the newest entry index 1", () => {
  const table = new DynamicTable(4096);
  table.insert("a", "1");
  table.insert("b", "2");
  assertEquals(contents(table), ["b=2", "a=1"]);
  assertEquals(table.bytes, 68);
});

Deno.test("DynamicTable counts name, value and 32 bytes, and evicts the oldest first", () => {
  const table = new DynamicTable(100);
  for (const name of ["a", "b", "c"]) table.insert(name, "1");
  assertEquals(contents(table), ["c=1", "b=1"]);
  assertEquals(table.bytes, 68);
  table.insert("d", "x".repeat(66));
  assertEquals(contents(table), [`d=${"x".repeat(66)}`]);
  assertEquals(table.bytes, 99);
});

Deno.test("DynamicTable keeps an entry that fills it to the byte", () => {
  const table = new DynamicTable(34);
  table.insert("a", "1");
  table.insert("b", "2");
  assertEquals(contents(table), ["b=2"]);
});

Deno.test("DynamicTable insert() of an entry greater than the table leaves it empty", () => {
  const table = new DynamicTable(100);
  table.insert("a", "1");
  table.insert("b", "x".repeat(68));
  assertEquals([table.count, table.bytes], [0, 0]);
  table.insert("c", "3");
  assertEquals(contents(table), ["c=3"]);
});

Deno.test("DynamicTable resize() evicts what is beyond the bound, and 0 empties", () => {
  const table = new DynamicTable(4096);
  for (const name of ["a", "b", "c"]) table.insert(name, "1");
  table.resize(68);
  assertEquals(contents(table), ["c=1", "b=1"]);
  table.resize(0);
  assertEquals([table.count, table.bytes, table.bytesMax], [0, 0, 0]);
  table.insert("d", "1");
  assertEquals(table.count, 0);
});

Deno.test("DynamicTable find() gives the entry of both, else one of the name, else 0", () => {
  const table = new DynamicTable(4096);
  for (const [name, value] of [["a", "1"], ["a", "2"], ["b", "1"]] as const) {
    table.insert(name, value);
  }
  assertEquals(table.find("a", "1"), 3);
  assertEquals(table.find("a", "3"), -2);
  assertEquals(table.find("b", "1"), 1);
  assertEquals(table.find("c", "1"), 0);
});

Deno.test("DynamicTable version changes with insert() and resize()", () => {
  const table = new DynamicTable(4096);
  const first = table.version;
  table.insert("a", "1");
  const second = table.version;
  table.resize(4096);
  assert(new Set([first, second, table.version]).size === 3);
  assertNotEquals(first, second);
});

Deno.test("DynamicTable holds what a plain list would", () => {
  const steps = array(integer({ min: -3, max: 80 }), { maxLength: 200 });
  check(property(steps, (sizes) => {
    const table = new DynamicTable(1500);
    let bytesMax = 1500;
    const list: [string, string][] = [];
    sizes.forEach((size, step) => {
      if (size < 0) table.resize(bytesMax = 1500 + size * 400);
      else {
        table.insert(`n${step}`, "v".repeat(size));
        list.unshift([`n${step}`, "v".repeat(size)]);
      }
      const total = () => list.reduce((sum, [name, value]) => sum + entryBytes(name, value), 0);
      while (total() > bytesMax) list.pop();
      assertEquals(contents(table), list.map(([name, value]) => `${name}=${value}`));
      assertEquals(table.bytes, total());
    });
  }));
});

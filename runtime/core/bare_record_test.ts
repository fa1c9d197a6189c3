// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { bareRecord } from "./bare_record.ts";

Deno.test("bareRecord() inherits nothing, and has no key but its own, whatever the key", () => {
  const record = bareRecord();
  assertEquals(Object.getPrototypeOf(record), null);
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "0", ""];
  assertEquals(names.filter((name) => name in record || record[name] !== undefined), []);
  for (const name of names) record[name] = `value of ${name}`;
  assertEquals(Object.keys(record).sort(), [...names].sort());
  assertEquals(names.map((name) => record[name]), names.map((name) => `value of ${name}`));
  assertEquals(Object.keys(bareRecord()), []);
});

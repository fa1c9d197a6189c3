// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { INTS, STRS } from "../../tests/fakes/engine_house.ts";
import { JobKeys } from "./job_keys.ts";

Deno.test("JobKeys gives no two jobs the same name, whatever their ids", () => {
  const keys = new JobKeys([{ ...STRS, kind: "q-mapped" }, { ...INTS, kind: "q-primary" }]);
  const ids = ["a", "", "\0", "\0map 7.8.defaulttest/stra", keys.map({ ...INTS, id: "a" })];
  const pointers = [INTS, STRS].flatMap((kind) => ids.map((id) => ({ ...kind, id })));
  const names = pointers.flatMap((each) => [keys.reconcile(each), keys.map(each)]);
  assertEquals(new Set(names).size, names.length);
  assertEquals(keys.reconcile({ ...INTS, id: "a" }), "a");
});

// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { watchSlots } from "./watch_slots.ts";

Deno.test("watchSlots() bounds the process and each client, and takes places back once", () => {
  const slots = watchSlots({ total: 3, perClient: 1 });
  const first = slots.take("a");
  assert("slot" in first);
  assertEquals(slots.take("a"), { full: "Cannot watch: a has 1 watches open, and may have 1" });
  assert("slot" in slots.take(undefined));
  assert("slot" in slots.take(undefined));
  assertEquals(slots.take("b"), { full: "Cannot watch: 3 watches are open, and 3 may be" });
  first.slot[Symbol.dispose]();
  first.slot[Symbol.dispose]();
  assertEquals(slots.open, 2);
  assert("slot" in slots.take("a"));
});

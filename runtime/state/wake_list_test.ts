// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { Readers } from "./wake_list.ts";

/** Readers, and a log of who was woken with what. */
function woken(): { readonly readers: Readers; readonly log: string[]; wake: Waker } {
  const log: string[] = [];
  const wake: Waker = (name) => (position) => void log.push(`${name} ${position}`);
  return { readers: new Readers(), log, wake };
}
type Waker = (name: string) => (position: number) => void;

Deno.test("Readers.announce() wakes who waits for any event or for that id, once", async () => {
  const { readers, log, wake } = woken();
  readers.add(undefined, wake("all"));
  readers.add("a", wake("one"));
  readers.add("a", wake("two"));
  readers.add("b", wake("other"));
  readers.announce("a", 7);
  assertEquals(log, []);
  await Promise.resolve();
  assertEquals(log, ["all 7", "one 7", "two 7"]);
  readers.announce("a", 8);
  await Promise.resolve();
  assertEquals(log, ["all 7", "one 7", "two 7"]);
});

Deno.test("Readers.announce() tells the first position that was not yet told", async () => {
  const { readers, log, wake } = woken();
  readers.announce("a", 1);
  readers.add(undefined, wake("all"));
  readers.add("a", wake("one"));
  readers.announce("a", 2);
  readers.announce("a", 3);
  await Promise.resolve();
  assertEquals(log, ["all 2", "one 2"]);
  readers.add(undefined, wake("all"));
  readers.announce("b", 4);
  await Promise.resolve();
  assertEquals(log, ["all 2", "one 2", "all 4"]);
});

Deno.test("Readers.announce() wakes who came after it on the next event only", async () => {
  const { readers, log, wake } = woken();
  readers.add("a", wake("early"));
  readers.announce("a", 1);
  readers.add("a", wake("late"));
  await Promise.resolve();
  assertEquals(log, ["early 1"]);
  readers.announce("a", 2);
  await Promise.resolve();
  assertEquals(log, ["early 1", "late 2"]);
});

Deno.test("Readers.delete() forgets one reader, and leaves those who wait for the same", async () => {
  const { readers, log, wake } = woken();
  const [all, one, two] = [wake("all"), wake("one"), wake("two")];
  readers.add(undefined, all);
  readers.add("a", one);
  readers.add("a", two);
  readers.delete(undefined, all);
  readers.delete("a", one);
  readers.delete("unknown", one);
  readers.announce("a", 1);
  await Promise.resolve();
  assertEquals(log, ["two 1"]);
});

Deno.test("Readers.announce() wakes nobody who waits again for what was told before", async () => {
  const { readers, log, wake } = woken();
  readers.add(undefined, (position) => {
    wake("first")(position);
    readers.add(undefined, wake("again"));
  });
  for (const position of [1, 2]) readers.announce("a", position);
  for (let turns = 0; turns < 3; turns++) await Promise.resolve();
  assertEquals(log, ["first 1"]);
});

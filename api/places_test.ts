import { assertEquals } from "@std/assert";
import { Places } from "./places.ts";

Deno.test("Places gives all that came and did not leave, and uses places again", () => {
  const places = new Places<{ readonly name: string }>();
  const names = (): string[] => places.all().map(({ name }) => name).sort();
  const a = places.add({ name: "a" });
  const b = places.add({ name: "b" });
  const c = places.add({ name: "c" });
  assertEquals(new Set([a, b, c]).size, 3);
  places.delete(b);
  assertEquals(names(), ["a", "c"]);
  assertEquals(places.add({ name: "d" }), b);
  assertEquals(names(), ["a", "c", "d"]);
  for (const place of [a, b, c]) places.delete(place);
  assertEquals(names(), []);
});

Deno.test("Places gives nobody's place to another when the last of a great many has left", () => {
  const places = new Places<{ readonly name: number }>();
  for (let round = 0; round < 2; round++) {
    const all = Array.from({ length: 2_000 }, (_, name) => places.add({ name }));
    assertEquals(new Set(all).size, 2_000);
    for (const place of all.slice(0, -1)) places.delete(place);
    assertEquals(places.all().map(({ name }) => name), [1_999]);
    places.delete(all.at(-1) ?? 0);
    assertEquals(places.all(), []);
    assertEquals([places.add({ name: 1 }), places.add({ name: 2 })], [0, 1]);
    for (const place of [0, 1]) places.delete(place);
  }
});

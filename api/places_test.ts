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

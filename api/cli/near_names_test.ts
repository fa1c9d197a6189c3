// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { editDistance, nearNames } from "./near_names.ts";

Deno.test("editDistance() counts letters, and two swapped ones as one", () => {
  assertEquals(editDistance("", "abc"), 3);
  assertEquals(editDistance("mounts", "mounts"), 0);
  assertEquals(editDistance("muonts", "mounts"), 1);
  assertEquals(editDistance("kitten", "sitting"), 3);
});

Deno.test("nearNames() answers the nearest first and nothing that is far", () => {
  assertEquals(nearNames("muonts", ["services", "mount", "mounts", "mounts"]), ["mounts", "mount"]);
  assertEquals(nearNames("zzz", ["mounts"]), []);
  assertEquals(nearNames("m".repeat(10_000), ["mounts"]), []);
});

// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { cacheDirectory } from "./cache.ts";

Deno.test("cacheDirectory() is STRATA_CACHE, else below XDG_CACHE_HOME, else below the home", () => {
  const from = (env: Record<string, string>): string => cacheDirectory((name) => env[name]);
  const [HOME, XDG_CACHE_HOME, STRATA_CACHE] = ["/home/a", "/cache", "/own"];
  assertEquals(from({ HOME, XDG_CACHE_HOME, STRATA_CACHE }), "/own");
  assertEquals(from({ HOME, XDG_CACHE_HOME, STRATA_CACHE: "" }), "/cache/strata");
  assertEquals(from({ HOME }), "/home/a/.cache/strata");
});

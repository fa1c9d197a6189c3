// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { judgeState } from "./official_suite.ts";

/** Innermost cases of the suite of cosi-project/runtime: 24 tests, one of which has four variants. */
const OFFICIAL_CASES = 27;

/** Of it and of our own, which the same clients make: restarts, traps, 20 MB, malformed requests. */
const ALL_CASES = 147;

Deno.test("cosi.resource.State satisfies the official suite and clients", async (test) => {
  const cases = await judgeState();
  for (const { name, fault } of cases) {
    await test.step(name, () => assertEquals(fault, undefined));
  }
  const official = cases.filter(({ name }) => name.startsWith("TestOfficialStateSuite/"));
  assertEquals([official.length, cases.length], [OFFICIAL_CASES, ALL_CASES]);
});

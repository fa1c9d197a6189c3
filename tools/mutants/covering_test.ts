// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { addObservation, type Cover, unitTests } from "./covering.ts";
import { inTurns } from "./trial.ts";

const observation = {
  reached: {
    static: { "1": 2 },
    perTest: { "a > x": { "1": 3, "2": 4 }, "a > y": { "3": 5 } },
  },
  tookMs: { "a > x": 10, "a > y": 20 },
};
const x = { file: "a", key: "a > x", tookMs: 10 };
const y = { file: "a", key: "a > y", tookMs: 20 };

Deno.test("addObservation() has all tests of a file cover what is reached while it is loaded", () => {
  const covering = new Map<string, Cover>();
  addObservation(covering, { file: "a", observation });
  assertEquals(covering.get("1"), { tests: [x, y], hits: 5 });
  assertEquals(covering.get("2"), { tests: [x], hits: 4 });
  assertEquals(covering.get("3"), { tests: [y], hits: 5 });
  assertEquals(covering.get("4"), undefined);
});

Deno.test("addObservation() adds to what other files told", () => {
  const z = { file: "b", key: "b > z", tookMs: 1 };
  const covering = new Map<string, Cover>([["2", { tests: [z], hits: 1 }]]);
  addObservation(covering, { file: "a", observation });
  assertEquals(covering.get("2"), { tests: [z, x], hits: 5 });
});

Deno.test("inTurns() begins in the mutant's folder with what is quick, and stays near it", () => {
  const far = { file: "api/a_test.ts", key: "far", tookMs: 0 };
  const slow = { file: "runtime/core/a_test.ts", key: "slow", tookMs: 9 };
  const fast = { file: "runtime/state/b_test.ts", key: "fast", tookMs: 1 };
  assertEquals(inTurns("runtime/core/a.ts", [far, slow, fast]), [[slow], [fast], [far]]);
  const tooSlow = { ...slow, key: "too slow", tookMs: 400 };
  assertEquals(inTurns("runtime/core/a.ts", [tooSlow, slow, far]), [[slow], [tooSlow], [far]]);
  assertEquals(inTurns("fs/a.ts", [far]), [[far]]);
});

Deno.test("unitTests() takes the tests that need no permission", () => {
  const paths = ["runtime/core/a_test.ts", "runtime/core/a.ts", "tests/wire/b_test.ts"];
  assertEquals(unitTests(paths), ["runtime/core/a_test.ts"]);
});

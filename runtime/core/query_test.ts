// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { LabelOperation } from "./state.ts";
import { labelsMatch, termMatches } from "./query.ts";
import { parseLabelNumber } from "./label_number.ts";

Deno.test("termMatches() decides every case, plain and inverted", () => {
  const labels = { a: "x", empty: "", n: "100", text: "b" };
  // deno-fmt-ignore: one term, one row: key, operation, values, plain, inverted
  const cases: readonly (readonly [string, LabelOperation, readonly string[], boolean, boolean])[] = [
    ["missing", "exists",      [],         false, true ],
    ["missing", "equal",       ["x"],      false, true ],
    ["missing", "in",          ["x"],      false, true ],
    ["missing", "lt",          ["x"],      false, false],
    ["missing", "lte",         ["x"],      false, false],
    ["missing", "lt-numeric",  ["1"],      false, false],
    ["missing", "lte-numeric", ["1"],      false, false],
    ["missing", "lt",          [],         false, false],
    ["empty",   "exists",      [],         true,  false],
    ["a",       "equal",       [],         false, true ],
    ["a",       "in",          [],         false, true ],
    ["a",       "lt",          [],         false, true ],
    ["n",       "lt-numeric",  [],         false, true ],
    ["a",       "equal",       ["x", "y"], true,  false],
    ["a",       "equal",       ["y", "x"], false, true ],
    ["a",       "in",          ["y", "x"], true,  false],
    ["a",       "in",          ["y"],      false, true ],
    ["text",    "lt",          ["b"],      false, true ],
    ["text",    "lt",          ["c"],      true,  false],
    ["text",    "lte",         ["b"],      true,  false],
    ["text",    "lte",         ["a"],      false, true ],
    ["n",       "lt",          ["99"],     true,  false],
    ["n",       "lt-numeric",  ["99"],     false, true ],
    ["n",       "lt-numeric",  ["1k"],     true,  false],
    ["n",       "lte-numeric", ["100"],    true,  false],
    ["n",       "lt-numeric",  ["100"],    false, true ],
    ["n",       "lt-numeric",  ["NaN"],    false, false],
    ["a",       "lt-numeric",  ["1"],      false, false],
    ["toString", "exists",     [],         false, true ],
  ];
  for (const [key, operation, values, plain, inverted] of cases) {
    const term = { key, operation, values, invert: false };
    const outcome = [termMatches(term, labels), termMatches({ ...term, invert: true }, labels)];
    assertEquals(outcome, [plain, inverted], `${key} ${operation} ${values}`);
  }
});

Deno.test("labelsMatch() needs one query, and of that every term", () => {
  const a = { key: "a", operation: "exists", values: [], invert: false } as const;
  const b = { ...a, key: "b" };
  const labels = { a: "" };
  const outcomes = [undefined, [], [[]], [[a]], [[b]], [[a, b]], [[b], [a]]];
  assertEquals(
    outcomes.map((queries) => labelsMatch(queries, labels)),
    [true, true, true, true, false, false, true],
  );
});

Deno.test("parseLabelNumber() reads numbers with units, and nothing else", () => {
  const cases: Readonly<Record<string, bigint | undefined>> = {
    "0": 0n,
    "-1": -1n,
    "007": 7n,
    " 1 k": 1000n,
    "-1 k": -1000n,
    "\u00a01\u2003k\u0085": 1000n,
    "4GiB": 4n * 2n ** 30n,
    "4GB": 4_000_000_000n,
    "10kg": 10_000n,
    "5 kittens": 5n * 1024n,
    "1m": 1_000_000n,
    "1Mi": 2n ** 20n,
    "1 t": 10n ** 12n,
    "1Ti": 2n ** 40n,
    "1p": 10n ** 15n,
    "1PiB": 2n ** 50n,
    "9223372036854775807": 2n ** 63n - 1n,
    "-9223372036854775808": -(2n ** 63n),
    "9223372036854775807k": -1000n,
    "9223372036854775808": undefined,
    "-9223372036854775809": undefined,
    [`${"0".repeat(63)}7`]: 7n,
    [`${"0".repeat(64)}7`]: undefined,
    "kk1": undefined,
    "1 1": undefined,
    "1.1 k": undefined,
    "1 i": undefined,
    "1B": undefined,
    "1e3": undefined,
    "+1": undefined,
    "--1": undefined,
    "1-2": undefined,
    "-": undefined,
    "k": undefined,
    "": undefined,
    "\ufeff1": undefined,
  };
  for (const [text, value] of Object.entries(cases)) {
    assertEquals(parseLabelNumber(text), value, JSON.stringify(text));
  }
});

/** Conformance: what queries match. */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { StateError } from "../../runtime/core/errors.ts";
import { parseLabelNumber } from "../../runtime/core/label_number.ts";
import { type Labels, labelsMatch, termMatches } from "../../runtime/core/query.ts";
import type { LabelOperation } from "../../runtime/core/state.ts";
import { compileIdQuery } from "../../runtime/state/id_query.ts";
import { path, term } from "./state_fixtures.ts";

type TermCase = readonly [Labels, LabelOperation, readonly string[], boolean, boolean];

/** Labels, a term about "a", and whether it matches: plain, and inverted. */
// deno-fmt-ignore: one case, one row
const TERMS: readonly TermCase[] = [
  [{},               "exists",      [],         false, true ],
  [{},               "equal",       ["x"],      false, true ],
  [{},               "in",          ["x"],      false, true ],
  [{},               "lt",          ["x"],      false, false],
  [{},               "lte",         ["x"],      false, false],
  [{},               "lt-numeric",  ["1"],      false, false],
  [{},               "lte-numeric", ["1"],      false, false],
  [{ a: "" },        "exists",      [],         true,  false],
  [{ a: "" },        "equal",       [""],       true,  false],
  [{ a: "x" },       "equal",       ["x", "y"], true,  false],
  [{ a: "x" },       "equal",       ["y", "x"], false, true ],
  [{ a: "x" },       "equal",       [],         false, true ],
  [{ a: "x" },       "in",          ["y", "x"], true,  false],
  [{ a: "x" },       "in",          ["y"],      false, true ],
  [{ a: "x" },       "in",          [],         false, true ],
  [{ a: "a" },       "lt",          ["b"],      true,  false],
  [{ a: "b" },       "lt",          ["b"],      false, true ],
  [{ a: "b" },       "lte",         ["b"],      true,  false],
  [{ a: "c" },       "lte",         ["b"],      false, true ],
  [{ a: "x" },       "lt",          [],         false, true ],
  [{ a: "\u{10000}" }, "lt",        ["\uffff"], false, true ],
  [{ a: "100" },     "lt-numeric",  ["1k"],     true,  false],
  [{ a: "1k" },      "lt-numeric",  ["1000"],   false, true ],
  [{ a: "1k" },      "lte-numeric", ["1000"],   true,  false],
  [{ a: "100" },     "lt-numeric",  ["NaN"],    false, false],
  [{ a: "NaN" },     "lte-numeric", ["100"],    false, false],
  [{ a: "100" },     "lt-numeric",  [],         false, true ],
];

export function queryCases(): void {
  Deno.test("TestLabelTerm: every operation, plain and inverted", () => {
    for (const [labels, operation, values, plain, inverted] of TERMS) {
      const one = term("a", operation, ...values);
      const outcome = [termMatches(one, labels), termMatches({ ...one, invert: true }, labels)];
      assertEquals(outcome, [plain, inverted], `${JSON.stringify(labels)} ${operation} ${values}`);
    }
  });

  Deno.test("TestLabels: inverted terms on what is missing or no number", () => {
    const undecided = [term("a", "lt", "x"), term("n", "lt-numeric", "5")];
    for (const one of undecided) {
      assert(!termMatches({ ...one, invert: true }, { n: "many" }), one.operation);
    }
    assert(termMatches({ ...term("a", "exists"), invert: true }, { n: "many" }));
  });

  Deno.test("TestLabelQuery: all terms of one query, any of the queries", () => {
    const [a, b] = [term("a", "exists"), term("b", "exists")];
    const matches = [undefined, [], [[]], [[a]], [[b]], [[a, b]], [[b], [a]]]
      .map((queries) => labelsMatch(queries, { a: "" }));
    assertEquals(matches, [true, true, true, true, false, false, true]);
  });

  Deno.test("TestCompare: numbers with their units", () => {
    const number = (text: string) => parseLabelNumber(text) ?? NaN;
    assert(number("4GiB") > number("4GB"));
    assertEquals(parseLabelNumber(" 1 k"), 1000n);
    assertEquals(parseLabelNumber("-1 k"), -1000n);
    for (const text of ["1 1", "1.1 k", "1 i", "B", "+1", ""]) {
      assertEquals(parseLabelNumber(text), undefined, text);
    }
  });

  Deno.test("TestIDQuery: unanchored, unless anchors say otherwise", () => {
    const matches = (expression: string, id: string) => compileIdQuery(expression)?.(id) ?? true;
    assert(matches("", "anything"));
    const outcomes = ["b", "^b", "^abc$", "c$", "(?i)ABC", "[[:alpha:]]+\\z", "^$"]
      .map((expression) => matches(expression, "abc"));
    assertEquals(outcomes, [true, false, true, true, true, true, false]);
    for (const expression of ["(", "(?=a)", "(a)\\1"]) {
      assertThrows(() => compileIdQuery(expression), StateError, "invalid query");
    }
  });

  Deno.test("TestListFilter: a list is filtered by whoever holds it, too", () => {
    const list = [path("a", { app: "1" }), path("b", { app: "2" }), path("c")];
    const query = [[term("app", "in", "1", "3")], [term("app", "equal", "2")]];
    const found = list.filter(({ metadata }) => labelsMatch(query, metadata.labels));
    assertEquals(found.map(({ metadata }) => metadata.id), ["a", "b"]);
  });
}

// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Outcome, Tried } from "./mutant.ts";
import {
  countOf,
  isAcceptedAsIs,
  killedPercent,
  staleLines,
  survivorLines,
  tableLines,
} from "./score.ts";

function tried(file: string, outcome: Outcome): Tried {
  const change = { mutator: "EqualityOperator", before: "a < b", after: "a <= b" };
  return { id: "1", key: "1", file, line: 3, column: 7, ...change, outcome, tookMs: 5 };
}

const TRIED: readonly Tried[] = [
  tried("b.ts", "killed"),
  tried("b.ts", "survived"),
  tried("a.ts", "timedOut"),
  tried("b.ts", "notCovered"),
];

Deno.test("killedPercent() counts a time-out as killed and an accepted survivor as alive", () => {
  assertEquals(killedPercent(countOf("total", TRIED)), 50);
  assertEquals(killedPercent(countOf("total", [])), 100);
});

Deno.test("tableLines() shows a row for each file and the total, and rounds the score down", () => {
  assertEquals(tableLines(TRIED), [
    "file         score       killed    timed out     survived  not covered",
    "a.ts       100.0 %            0            1            0            0",
    "b.ts        33.3 %            1            0            1            1",
    "total       50.0 %            1            1            1            1",
  ]);
  const almost = Array.from({ length: 10_000 }, (_, index) => {
    return tried("a.ts", index < 9_999 ? "killed" : "survived");
  });
  assertEquals(tableLines(almost).at(-1)?.includes(" 99.9 %"), true);
});

Deno.test("survivorLines() shows what lives as a change of its line, with the reason if any", () => {
  const reason = "a is never b";
  const accepted = [{ file: "b.ts", before: "a < b", after: "a <= b", reason }];
  const shown = ["- a < b", "+ a <= b"];
  assertEquals(survivorLines(TRIED, []), [
    "b.ts:3:7 EqualityOperator",
    ...shown,
    "",
    "b.ts:3:7 EqualityOperator, no test reaches it",
    ...shown,
    "",
  ]);
  assertEquals(survivorLines(TRIED.slice(0, 2), accepted), [
    "b.ts:3:7 EqualityOperator",
    ...shown,
    "  accepted: a is never b",
    "",
  ]);
});

Deno.test("staleLines() names what is accepted but does not live in a tried file", () => {
  const line = "a < b";
  const change = { before: line, after: "a <= b", reason: "" };
  const accepted = [
    { file: "a.ts", ...change },
    { file: "b.ts", before: line, reason: "whatever changes it" },
    { file: "b.ts", before: "b < a", reason: "" },
    { file: "b.ts", ...change },
    { file: "not_tried.ts", ...change },
  ];
  assertEquals(staleLines(TRIED, accepted), [
    'accepted_survivors.ts: a.ts has no survivor of "a <= b"',
    'accepted_survivors.ts: b.ts has no survivor of "b < a"',
  ]);
});

Deno.test("isAcceptedAsIs() wants the very change, not any of its line", () => {
  const [mutant] = TRIED.map((one) => ({ ...one, file: "a.ts" }));
  if (mutant === undefined) throw new TypeError("there is one");
  const row = { file: "a.ts", before: "a < b", reason: "" };
  assertEquals(isAcceptedAsIs(mutant, [row]), false);
  assertEquals(isAcceptedAsIs(mutant, [{ ...row, after: "a > b" }]), false);
  assertEquals(isAcceptedAsIs(mutant, [{ ...row, after: "a <= b" }]), true);
});

// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { changedLines, withKeys } from "./mutant.ts";

Deno.test("changedLines() shows the whole line before and after", () => {
  const text = "function f(a: number): boolean {\n  return a < 1 && g();\n}\n";
  const place = { start: { line: 1, column: 9 }, end: { line: 1, column: 14 } };
  assertEquals(changedLines(text, { ...place, replacement: "a <= 1" }), {
    before: "return a < 1 && g();",
    after: "return a <= 1 && g();",
  });
});

Deno.test("changedLines() puts several lines on one and cuts the middle of a long piece", () => {
  const body = Array.from({ length: 9 }, (_, index) => `  statement(${index});`).join("\n");
  const text = `if (a) {\n${body}\n} else b();\n`;
  const place = { start: { line: 0, column: 7 }, end: { line: 10, column: 1 } };
  assertEquals(changedLines(text, { ...place, replacement: "{}" }), {
    before:
      "if (a) { statement(0); statement(1); state … t(6); statement(7); statement(8); } else b();",
    after: "if (a) {} else b();",
  });
});

Deno.test("withKeys() gives a mutant the same key on another line, and equal changes different ones", () => {
  const change = { file: "a.ts", mutator: "M", before: "a < b", after: "a <= b" };
  const at = (line: number) => ({ id: `${line}`, line, column: 1, ...change });
  const keys = withKeys([at(1), at(2)]).map(({ key }) => key);
  assertEquals(keys, ["a.ts M a < b → a <= b", "a.ts M a < b → a <= b #2"]);
  assertEquals(withKeys([at(7), at(9)]).map(({ key }) => key), keys);
});

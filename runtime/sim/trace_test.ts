// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Trace } from "./trace.ts";

function trace(...lines: readonly string[]): Trace {
  const made = new Trace();
  for (const line of lines) made.add(line);
  return made;
}

Deno.test("Trace.hash follows from every line, their order and their ends", () => {
  assertEquals(trace("a", "b").hash, trace("a", "b").hash);
  const others = [[], ["a"], ["b", "a"], ["ab"], ["a", "b", ""], ["a", "c"], ["", "ab"]];
  const hashes = new Set([["a", "b"], ...others].map((lines) => trace(...lines).hash));
  assertEquals(hashes.size, others.length + 1);
  assert([...hashes].every((hash) => /^[0-9a-f]{16}$/.test(hash)));
});

Deno.test("Trace.lines are the last ones, with their numbers", () => {
  const many = trace(...Array.from({ length: 100 }, (_, at) => `line ${at}`));
  assertEquals(many.steps, 100);
  assertEquals(many.lines.length, 48);
  assertEquals([many.lines[0], many.lines.at(-1)], ["52: line 52", "99: line 99"]);
  assertEquals(trace("only").lines, ["0: only"]);
});

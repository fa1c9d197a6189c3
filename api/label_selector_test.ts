// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { parseLabelSelector } from "./label_selector.ts";
import { Problem } from "./problem.ts";

function shown(text: string): readonly string[] {
  return parseLabelSelector(text).map(({ key, operation, values, invert }) =>
    `${invert ? "not " : ""}${operation} ${key} [${values.join("|")}]`
  );
}

Deno.test("parseLabelSelector() reads every operator", () => {
  assertEquals(shown("a=b,c!=d,e in (x,y),f notin (z),!g,h,i==j"), [
    "equal a [b]",
    "not equal c [d]",
    "in e [x|y]",
    "not in f [z]",
    "not exists g []",
    "exists h []",
    "equal i [j]",
  ]);
});

Deno.test("parseLabelSelector() compares numbers as numbers and other text by bytes", () => {
  assertEquals(shown("n<10,n<=4GiB,n<b,n<=1.5x,n>3,n>=c"), [
    "lt-numeric n [10]",
    "lte-numeric n [4GiB]",
    "lt n [b]",
    "lte n [1.5x]",
    "not lte-numeric n [3]",
    "not lt n [c]",
  ]);
});

Deno.test("parseLabelSelector() keeps empty values, spaces within and quoted text", () => {
  assertEquals(shown(""), []);
  assertEquals(shown(" a = , b = two words ,c in ()"), [
    "equal a []",
    "equal b [two words]",
    "in c []",
  ]);
  assertEquals(shown('k="a, \\"b\\" (c)",example.com/x=1'), [
    'equal k [a, "b" (c)]',
    "equal example.com/x [1]",
  ]);
  assertEquals(shown("in in (in)"), ["in in [in]"]);
});

Deno.test("parseLabelSelector() names the place where it cannot go on", () => {
  for (
    const [text, place] of [["a=b,", 5], ["=b", 1], ["a in (x", 8], ["a=b)c", 4], [
      "a b",
      3,
    ]] as const
  ) {
    assertThrows(() => parseLabelSelector(text), Problem, `at character ${place} `);
  }
});

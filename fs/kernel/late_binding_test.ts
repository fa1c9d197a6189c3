// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { boundLate, CALLS_COMPILED, type Finder } from "./late_binding.ts";

const SUM = { sum: { parameters: ["i32", "i32"], result: "i32" } } as const;

/** Tells what it was asked for: parameters, by each time. */
function library(refuses: (time: number) => boolean = () => false) {
  const asked: number[] = [];
  const find: Finder = (name, { parameters }) => {
    asked.push(parameters.length);
    if (refuses(asked.length)) throw new Error(`Cannot open ${name}`);
    return (...given) => Number(given[0]) + Number(given[1]) + 1000 * given.length;
  };
  return { asked, find };
}

Deno.test("boundLate() finds nothing before it is called, and each function twice at most", () => {
  const { asked, find } = library();
  const functions = boundLate(find, SUM);
  assertEquals(asked, []);
  const answers = Array.from({ length: CALLS_COMPILED + 1 }, () => functions.sum(1, 2));
  assertEquals(asked, [3, 2]);
  assertEquals(answers.indexOf(2003), CALLS_COMPILED - 1, "the first that is called compiled");
  assertEquals(new Set(answers), new Set([3003, 2003]));
});

Deno.test("boundLate() goes on with what works where compiled code cannot be had, and asks no more", () => {
  const { asked, find } = library((time) => time > 1);
  const { sum } = boundLate(find, SUM);
  for (let call = 0; call < 3 * CALLS_COMPILED; call++) assertEquals(sum(1, 2), 3003);
  assertEquals(asked, [3, 2]);
});

Deno.test("boundLate() asks again for what was not there", () => {
  const { asked, find } = library((time) => time === 1);
  const functions = boundLate(find, SUM);
  assertThrows(() => functions.sum, Error, "Cannot open sum");
  assertEquals(functions.sum(1, 2), 3003);
  assertEquals(asked, [3, 3]);
});

Deno.test("boundLate() binds once, as it is, what runs on another thread", () => {
  const { asked, find } = library();
  const functions = boundLate(find, { sum: { ...SUM.sum, nonblocking: true } });
  for (let call = 0; call < 2 * CALLS_COMPILED; call++) void functions.sum(1, 2);
  assertEquals(asked, [2]);
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { CommandError } from "../client/command_error.ts";
import { LabelTerm_Operation as Operation } from "../../proto/gen/cosi/resource/resource_pb.ts";
import { parseSelector } from "./label_selector.ts";

Deno.test("parseSelector() gives each form as the wire has it", () => {
  assertEquals(parseSelector("a=b, c != d,e in (x, y),f,!g,n<10,n<=4GiB,s<abc,s<=abc"), [
    { key: "a", op: Operation.EQUAL, value: ["b"], invert: false },
    { key: "c", op: Operation.EQUAL, value: ["d"], invert: true },
    { key: "e", op: Operation.IN, value: ["x", "y"], invert: false },
    { key: "f", op: Operation.EXISTS, value: [], invert: false },
    { key: "g", op: Operation.EXISTS, value: [], invert: true },
    { key: "n", op: Operation.LT_NUMERIC, value: ["10"], invert: false },
    { key: "n", op: Operation.LTE_NUMERIC, value: ["4GiB"], invert: false },
    { key: "s", op: Operation.LT, value: ["abc"], invert: false },
    { key: "s", op: Operation.LTE, value: ["abc"], invert: false },
  ]);
});

Deno.test("parseSelector() refuses as wrong usage what it cannot read", () => {
  const cases = [
    ["a in (x", "at character"],
    ["=b", "at character 1"],
    ["", "it is empty"],
    ["a".repeat(5000), "more than 4096 characters"],
  ] as const;
  for (const [text, named] of cases) {
    const error = assertThrows(() => parseSelector(text), CommandError, named);
    assertEquals(error.exit, 2);
  }
});

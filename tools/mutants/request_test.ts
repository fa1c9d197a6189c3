// @ts-types="../../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { parseRequest } from "./request.ts";

Deno.test("parseRequest() mutates the state in two lanes and wants 85 % unless told otherwise", () => {
  assertEquals(parseRequest([]), {
    folders: ["runtime/core", "runtime/state"],
    percentMin: 85,
    lanes: 2,
  });
  const words = ["./api/http2/", "--min", "90", "--lanes=1", "--json", "a.json", "--again=b.json"];
  assertEquals(parseRequest(words), {
    folders: ["api/http2"],
    percentMin: 90,
    lanes: 1,
    json: "a.json",
    again: "b.json",
  });
});

Deno.test("parseRequest() refuses a number out of its range and an option it does not know", () => {
  for (const text of ["101", "-1", "8.5", "", "many"]) {
    const message = `Cannot use --min "${text}": it may be 0 to 100`;
    assertThrows(() => parseRequest([`--min=${text}`]), RangeError, message);
  }
  const message = 'Cannot use --lanes "0": it may be 1 to 64';
  assertThrows(() => parseRequest(["--lanes=0"]), RangeError, message);
  assertThrows(() => parseRequest(["--fast"]), RangeError, "usage: deno task mutants");
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { answerHead } from "./answer_rules.ts";

Deno.test("answerHead() gives status, headers and length of an answer", () => {
  assertEquals(answerHead([":status", "200", "a", "b", "content-length", "7"]), {
    status: 200,
    headers: ["a", "b", "content-length", "7"],
    contentLength: 7,
  });
  assertEquals(answerHead([":status", "100"]), {
    status: 100,
    headers: [],
    contentLength: undefined,
  });
});

Deno.test("answerHead() knows that 204 and 304 have no body, whatever content-length says of one", () => {
  for (const status of ["204", "304"]) {
    const head = answerHead([":status", status, "content-length", "7"]);
    assertEquals(typeof head === "string" ? head : head.contentLength, undefined);
  }
});

/** Malformed heads, and what is said of them. */
const MALFORMED: readonly (readonly [string, readonly string[]])[] = [
  ["an answer that does not begin with :status", []],
  ["an answer that does not begin with :status", ["a", "b", ":status", "200"]],
  ["an answer that does not begin with :status", [":method", "200"]],
  [":status is no number of three digits", [":status"]],
  [":status is no number of three digits", [":status", ""]],
  [":status is no number of three digits", [":status", "20"]],
  [":status is no number of three digits", [":status", "2000"]],
  [":status is no number of three digits", [":status", "099"]],
  [":status is no number of three digits", [":status", "+200"]],
  [":status is no number of three digits", [":status", "1200"]],
  [":status is no number of three digits", [":status", "2x0"]],
  ["connection has no place in HTTP/2", [":status", "200", "connection", "close"]],
  ["content-length is no number", [":status", "204", "content-length", "x"]],
];

for (const [fault, pairs] of MALFORMED) {
  Deno.test(`answerHead() says "${fault}" of ${JSON.stringify(pairs)}`, () => {
    assertEquals(answerHead(pairs), fault);
  });
}

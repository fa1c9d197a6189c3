// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { AnswerLists, RequestHeads } from "./connection_lists.ts";
import type { HeaderPairs } from "./header_pairs.ts";

const HEADERS: HeaderPairs = Object.freeze(["a", "b"]);

Deno.test("AnswerLists puts :status before the headers, one list for a frozen list and a status", () => {
  const lists = new AnswerLists();
  const list = lists.of(200, HEADERS);
  assertEquals(list, [":status", "200", "a", "b"]);
  assertStrictEquals(lists.of(200, HEADERS), list);
  assertEquals(lists.of(404, HEADERS), [":status", "404", "a", "b"]);
  assertEquals(lists.of(200, Object.freeze(["c", "d"])), [":status", "200", "c", "d"]);
  assertStrictEquals(lists.of(200, HEADERS), list);
});

Deno.test("AnswerLists does not keep lists that may change", () => {
  const lists = new AnswerLists();
  const headers = ["a", "b"];
  const list = lists.of(200, headers);
  headers[1] = "c";
  assertEquals([list, lists.of(200, headers)], [
    [":status", "200", "a", "b"],
    [":status", "200", "a", "c"],
  ]);
});

Deno.test("AnswerLists keeps eight lists, the oldest goes first", () => {
  const lists = new AnswerLists();
  const all = Array.from({ length: 9 }, (_, index) => Object.freeze(["a", `${index}`]));
  const made = all.map((headers) => lists.of(200, headers));
  for (let index = 1; index < 9; index++) {
    assertStrictEquals(lists.of(200, all[index] ?? []), made[index]);
  }
  assertNotStrictEquals(lists.of(200, all[0] ?? []), made[0]);
  // It has taken the place of the second one.
  assertNotStrictEquals(lists.of(200, all[1] ?? []), made[1]);
  assertStrictEquals(lists.of(200, all[3] ?? []), made[3]);
});

Deno.test("RequestHeads judges a list that comes again once, of the last eight", () => {
  const heads = new RequestHeads();
  const all = Array.from(
    { length: 9 },
    (_, index) => [":method", "GET", ":scheme", "http", ":path", `/${index}`],
  );
  const made = all.map((list) => heads.of(list));
  assertEquals(made.map((head) => typeof head === "string" ? head : head.path), [
    ...all.map((list) => list[5] ?? ""),
  ]);
  for (let index = 1; index < 9; index++) {
    assertStrictEquals(heads.of(all[index] ?? []), made[index]);
  }
  assertNotStrictEquals(heads.of(all[0] ?? []), made[0]);
  assertNotStrictEquals(heads.of(all[1] ?? []), made[1]);
  assertStrictEquals(heads.of(all[3] ?? []), made[3]);
});

Deno.test("RequestHeads gives the same fault of a list that comes again", () => {
  const heads = new RequestHeads();
  const list = [":method", "GET"];
  assertEquals([heads.of(list), heads.of(list)], [":scheme is missing", ":scheme is missing"]);
});

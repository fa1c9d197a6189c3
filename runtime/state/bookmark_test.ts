// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { StateError } from "../core/errors.ts";
import { bookmarks } from "./bookmark.ts";

const COOKIE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const KIND = { namespace: "n", type: "Items.n.dev" };

Deno.test("bookmarks() reads the positions it made, from before the first one on", () => {
  const marks = bookmarks(COOKIE, KIND);
  for (const position of [-1, 0, 1, 255, 256, 65_536, 2 ** 40 + 3]) {
    assertEquals(marks.position(marks.at(position)), position);
    assertEquals(bookmarks(COOKIE, { ...KIND }).position(marks.at(position)), position);
  }
});

Deno.test("bookmarks() writes the position as 8 bytes, the highest first", () => {
  const marks = bookmarks(COOKIE, KIND);
  assertEquals([...marks.at(258).subarray(0, 16)], [...COOKIE, 0, 0, 0, 0, 0, 0, 1, 2]);
  assertEquals([...marks.at(-1).subarray(8, 16)], Array(8).fill(255));
});

Deno.test("bookmarks() refuses what another process or kind made, and what is no bookmark", () => {
  const marks = bookmarks(COOKIE, KIND);
  const refuses = (bookmark: Uint8Array, words: string) =>
    assertThrows(() => marks.position(bookmark), StateError, `invalid watch bookmark: ${words}`);
  refuses(bookmarks(COOKIE.toReversed(), KIND).at(1), "it is of another process");
  // The last one differs only in where one name ends and the other begins.
  const kinds = [{ ...KIND, namespace: "m" }, { ...KIND, type: "Items.m.dev" }, {
    namespace: "nI",
    type: "tems.n.dev",
  }];
  for (const kind of kinds) refuses(bookmarks(COOKIE, kind).at(1), "it is of another kind");
  refuses(new Uint8Array(), "it has 0 bytes instead of 24");
  refuses(new Uint8Array(25), "it has 25 bytes instead of 24");
  // As a caller whom no compiler checks would give it.
  refuses("bytes" as unknown as Uint8Array, "it is no bytes");
});

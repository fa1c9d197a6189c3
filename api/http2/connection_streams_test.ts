// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeStreamHost } from "../../tests/fakes/http2_hosts.ts";
import { StreamTable } from "./connection_streams.ts";
import { Stream } from "./stream.ts";

function stream(id: number): Stream {
  const head = {
    method: "GET",
    scheme: "http",
    path: "/",
    authority: "",
    headers: [],
    contentLength: undefined,
    expectsContinue: false,
  };
  return new Stream(new FakeStreamHost(), { id, head, sendWindow: 0, ended: true });
}

/** The odd numbers from 1 on. */
function ids(count: number): number[] {
  return Array.from({ length: count }, (_, index) => 2 * index + 1);
}

Deno.test("StreamTable knows which streams live, and which nobody has begun", () => {
  const table = new StreamTable();
  assertEquals([table.last, table.size, table.isIdle(1)], [0, 0, true]);
  const first = stream(3);
  table.began(3);
  table.add(first);
  assertEquals([table.last, table.size, table.get(3) === first, table.get(1)], [
    3,
    1,
    true,
    undefined,
  ]);
  assertEquals([0, 1, 2, 3, 4, 5].map((id) => table.isIdle(id)), [
    true,
    false,
    true,
    false,
    true,
    true,
  ]);
  assertEquals([...table.all()], [first]);
  table.remove(3, false);
  assertEquals([table.size, table.get(3), table.isIdle(3)], [0, undefined, false]);
});

Deno.test("StreamTable tells streams that we have reset from those that have ended", () => {
  const table = new StreamTable();
  table.remove(1, true);
  table.remove(3, false);
  assertEquals([1, 3, 5].map((id) => [table.wasReset(id), table.hasEnded(id)]), [
    [true, false],
    [false, true],
    [false, false],
  ]);
});

Deno.test("StreamTable remembers the last 1024 streams that we have reset, and 256 that have ended", () => {
  for (const [count, wasResetByUs] of [[1024, true], [256, false]] as const) {
    const table = new StreamTable();
    const knows = (id: number): boolean => wasResetByUs ? table.wasReset(id) : table.hasEnded(id);
    const all = ids(3 * count + 7);
    for (const [index, id] of all.entries()) {
      table.remove(id, wasResetByUs);
      assertEquals(knows(id), true);
      // All of the first ones, through every growth.
      if (index === count - 1) assertEquals(all.slice(0, count).every(knows), true);
    }
    assertEquals(all.map(knows).lastIndexOf(false), all.length - count - 1);
    assertEquals(all.filter(knows).length, count);
  }
});

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { StreamsById } from "./streams_by_id.ts";

Deno.test("StreamsById finds streams by their numbers, and gives them in order", () => {
  const streams = new StreamsById<{ readonly id: number }>();
  const [one, three, nine, five] = [{ id: 1 }, { id: 3 }, { id: 9 }, { id: 5 }];
  for (const stream of [one, three, nine]) streams.add(stream);
  streams.add(five); // Numbers rise, and it would find one that does not all the same.
  assertEquals(streams.all(), [one, three, five, nine]);
  assertEquals([1, 2, 3, 5, 7, 9, 11].map((id) => streams.get(id)), [
    one,
    undefined,
    three,
    five,
    undefined,
    nine,
    undefined,
  ]);
  assertEquals(streams.size, 4);
});

Deno.test("StreamsById takes out the stream that is named, and no other", () => {
  const streams = new StreamsById<{ readonly id: number }>();
  for (const id of [1, 3, 5, 7]) streams.add({ id });
  for (const id of [4, 0, 9]) streams.delete(id);
  assertEquals(streams.size, 4);
  streams.delete(3);
  assertEquals(streams.all().map(({ id }) => id), [1, 5, 7]);
  streams.delete(7);
  streams.delete(1);
  streams.delete(1);
  assertEquals(streams.all().map(({ id }) => id), [5]);
});

Deno.test("StreamsById can be emptied while all of its streams are walked over", () => {
  const streams = new StreamsById<{ readonly id: number }>();
  for (const id of [1, 3, 5]) streams.add({ id });
  const seen = streams.all().map(({ id }) => (streams.delete(id), id));
  assertEquals([seen, streams.size], [[1, 3, 5], 0]);
});

Deno.test("StreamsById holds what a Map would hold", () => {
  const change = fc.record({ id: fc.integer({ min: 1, max: 40 }), comes: fc.boolean() });
  fc.assert(fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
    const [streams, map] = [new StreamsById<{ readonly id: number }>(), new Map<number, object>()];
    for (const { id, comes } of changes) {
      const stream = { id };
      if (!comes) streams.delete(id);
      else if (!map.has(id)) streams.add(stream);
      if (!comes) map.delete(id);
      else if (!map.has(id)) map.set(id, stream);
      assertEquals([streams.size, streams.get(id)], [map.size, map.get(id)]);
    }
    assertEquals(streams.all().map(({ id }) => id), [...map.keys()].sort((a, b) => a - b));
  }));
});

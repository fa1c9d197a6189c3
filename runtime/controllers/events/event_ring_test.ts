// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../../tests/fakes/clock.ts";
import { FakeRandom } from "../../../tests/fakes/random.ts";
import { listenersOf } from "../../../tests/fakes/signal_listeners.ts";
import {
  EVENT_READERS_MAX,
  EventReadersError,
  EventRing,
  EVENTS_GAP,
  EVENTS_KEPT_MAX,
  EventsLostError,
  type RingStart,
} from "./event_ring.ts";

function bench() {
  const clock = new FakeClock();
  const ring = new EventRing<number>({ clock, random: new FakeRandom() });
  const ids: string[] = [];
  let told = 0;
  return {
    clock,
    ring,
    ids,
    publish(count: number): void {
      for (let each = 0; each < count; each++) ids.push(ring.publish(told++, "me"));
    },
  };
}

type Bench = ReturnType<typeof bench>;

/** The first `count` events from `start` on. */
async function taken({ ring }: Bench, start: RingStart, count: number): Promise<number[]> {
  const { signal } = new AbortController();
  const found: number[] = [];
  for await (const { facts } of ring.read(start, signal)) {
    found.push(facts);
    if (found.length === count) break;
  }
  return found;
}

Deno.test("EventRing.read() begins where it is told, and goes on with what comes", async () => {
  const house = bench();
  const { clock, publish, ids } = house;
  publish(2);
  await clock.advance(10_000);
  publish(2);
  const starts: readonly (readonly [RingStart, readonly number[]])[] = [
    [{ kind: "now" }, [4]],
    [{ kind: "last", count: 1 }, [3, 4]],
    [{ kind: "last", count: Infinity }, [0, 1, 2, 3, 4]],
    [{ kind: "after", id: ids[1] ?? "" }, [2, 3, 4]],
    [{ kind: "after", id: ids[3] ?? "" }, [4]],
    [{ kind: "after", id: "00000000000000000000" }, [0, 1, 2, 3, 4]],
    [{ kind: "since", seconds: 9 }, [2, 3, 4]],
    [{ kind: "since", seconds: 10 }, [0, 1, 2, 3, 4]],
  ];
  const { signal } = new AbortController();
  // All begin before the last event is there, and read it behind it.
  const readers = starts.map(([start, wanted]) => ({
    wanted,
    reader: house.ring.read(start, signal),
  }));
  publish(1);
  for (const { wanted, reader } of readers) {
    const found: number[] = [];
    for await (const { facts } of reader) {
      found.push(facts);
      if (facts === 4) break;
    }
    assertEquals(found, [...wanted]);
  }
});

Deno.test("EventRing.read() gives id, actor and time, and wakes a reader that waits", async () => {
  const { ring, clock } = bench();
  const { signal } = new AbortController();
  const reader = ring.read({ kind: "now" }, signal);
  const next = reader.next();
  const id = ring.publish(7, "actor");
  assertEquals((await next).value, { id, actorId: "actor", time: clock.now(), facts: 7 });
  await reader.return();
  assertEquals(ring.readers, 0);
});

Deno.test("EventRing.read() begins at most the gap after the oldest event", async () => {
  const house = bench();
  house.publish(EVENTS_KEPT_MAX + 5);
  const all = await taken(house, { kind: "last", count: Infinity }, 1);
  assertEquals(all, [5 + EVENTS_GAP]);
  assertEquals(await taken(house, { kind: "since", seconds: 100 }, 1), [5 + EVENTS_GAP]);
});

Deno.test("EventRing.read() tells a reader that it is too slow instead of leaving events out", async () => {
  const house = bench();
  const { ring, publish } = house;
  publish(1);
  const { signal } = new AbortController();
  const reader = ring.read({ kind: "last", count: 1 }, signal);
  publish(EVENTS_KEPT_MAX - 1);
  assertEquals((await reader.next()).value?.facts, 0);
  publish(1);
  assertEquals((await reader.next()).value?.facts, 1);
  publish(3);
  const lost = await assertRejects(() => reader.next(), EventsLostError);
  assertEquals(
    lost.message,
    "Cannot go on: the reader is 1002 events behind, 2 of them are forgotten; " +
      "begin again after the last one that was read, or with the oldest",
  );
  assertEquals(ring.readers, 0);
});

Deno.test("EventRing.read() refuses an id whose followers are forgotten, and takes the oldest", async () => {
  const house = bench();
  house.publish(EVENTS_KEPT_MAX + 2);
  const [gone = "", before = "", oldest = ""] = house.ids;
  for (const id of [gone, before]) {
    const lost = await assertRejects(
      () => taken(house, { kind: "after", id }, 1),
      EventsLostError,
    );
    assert(lost.message.includes(oldest), lost.message);
  }
  assertEquals(await taken(house, { kind: "after", id: oldest }, 1), [3]);
});

Deno.test("EventRing.read() ends with the signal's reason, and leaves nothing", async () => {
  const { ring } = bench();
  const stop = new AbortController();
  const reader = ring.read({ kind: "now" }, stop.signal);
  const next = reader.next();
  assertEquals(ring.readers, 1);
  stop.abort(new Error("enough"));
  await assertRejects(() => next, Error, "enough");
  assertEquals(ring.readers, 0);
});

Deno.test("EventRing.read() has one listener at its signal while it waits, however many events came", async () => {
  const { ring, publish } = bench();
  const over = new AbortController();
  const listeners = listenersOf(over.signal);
  const events = ring.read({ kind: "now" }, over.signal);
  for (let told = 0; told < 100; told++) {
    const next = events.next();
    assertEquals(listeners.count, 1);
    publish(1);
    assertEquals((await next).value?.facts, told);
    assertEquals(listeners.count, 0);
  }
  assertEquals(listeners.added, 100);
});

Deno.test("EventRing.read() refuses more readers than there may be", async () => {
  const { ring, publish } = bench();
  publish(1);
  const { signal } = new AbortController();
  const start = { kind: "last", count: 1 } as const;
  const readers = Array.from({ length: EVENT_READERS_MAX }, () => ring.read(start, signal));
  for (const reader of readers) await reader.next();
  await assertRejects(() => ring.read(start, signal).next(), EventReadersError);
  for (const reader of readers) await reader.return();
  assertEquals((await ring.read(start, signal).next()).value?.facts, 0);
});

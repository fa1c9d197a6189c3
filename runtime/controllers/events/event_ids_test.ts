// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../../../tests/fakes/clock.ts";
import { FakeRandom } from "../../../tests/fakes/random.ts";
import type { Timestamp } from "../../core/resource.ts";
import { EventIds, isEventId } from "./event_ids.ts";

/** A clock that says what it is told. */
class ToldClock extends FakeClock {
  told: Timestamp = { seconds: 0n, nanos: 0 };

  override now(): Timestamp {
    return this.told;
  }
}

Deno.test("EventIds.next() writes second, place and count in base32hex", () => {
  const clock = new ToldClock();
  clock.told = { seconds: 0x4d88_e15bn, nanos: 0 };
  const place = new Uint8Array([0x60, 0xf4, 0x86, 0xe4, 0x28]);
  const ids = new EventIds({ clock, random: { uint32: () => 0, bytes: () => place } });
  assertEquals([ids.next(), ids.next()], ["9m4e2mr0ui3e8a000000", "9m4e2mr0ui3e8a00000g"]);
});

Deno.test("EventIds.next() is always greater than before, even when the clock goes back", () => {
  const clock = new ToldClock();
  const ids = new EventIds({ clock, random: new FakeRandom() });
  const seen: string[] = [];
  for (const second of [5, 5, 6, 2, 2, 6, 7, 0xffff_ffff]) {
    clock.told = { seconds: BigInt(second), nanos: 0 };
    seen.push(ids.next());
  }
  assertEquals(seen, [...seen].sort());
  assertEquals(new Set(seen).size, seen.length);
  assert(seen.every(isEventId), seen.join());
});

Deno.test("isEventId() knows twenty of its letters", () => {
  assert(isEventId("9m4e2mr0ui3e8a200000"));
  for (const text of ["", "9m4e2mr0ui3e8a20000", "9m4e2mr0ui3e8a20000w", "9M4E2MR0UI3E8A200000"]) {
    assertEquals(isEventId(text), false, text);
  }
});

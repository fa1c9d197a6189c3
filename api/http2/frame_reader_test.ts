// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { data, frame } from "../../tests/fakes/http2_client.ts";
import { ConnectionFault } from "./fault.ts";
import { FrameReader } from "./frame_reader.ts";
import { FrameType, PREFACE } from "./frame_types.ts";

class Seen {
  readonly frames: string[] = [];
  goOn = true;

  onFrame(
    type: number,
    flags: number,
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    this.frames.push(`${type}/${flags}/${id}: ${bytes.slice(start, end).join(",").slice(0, 19)}`);
    return this.goOn;
  }
}

/** Gives the reader `bytes`, at most `step` at once. */
function feed(reader: FrameReader, bytes: Uint8Array, step: number): void {
  for (let at = 0; at < bytes.length;) {
    const room = reader.room();
    const count = Math.min(step, room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + count));
    reader.take(count);
    at += count;
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

for (const step of [1, 7, 24, 100, 5000, 1 << 20]) {
  Deno.test(`FrameReader tells whole frames in order, bytes coming ${step} at once`, () => {
    const seen = new Seen();
    const reader = new FrameReader(seen);
    const bytes = joined(
      PREFACE.slice(),
      frame(FrameType.SETTINGS, 0, 0),
      frame(FrameType.PING, 1, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
      data(2 ** 31 - 1, 16_384),
      frame(0xff, 0xff, 5, [9]),
    );
    feed(reader, bytes, step);
    assertEquals(seen.frames, [
      "4/0/0: ",
      "6/1/0: 1,2,3,4,5,6,7,8",
      "0/0/2147483647: 0,0,0,0,0,0,0,0,0,0",
      "255/255/5: 9",
    ]);
    assertEquals(reader.isWithin, false);
    assertEquals(reader.frames, 4);
  });
}

Deno.test("FrameReader has room for the whole of a frame as soon as its header says how long it is", () => {
  for (const [length, size] of [[4087, 4096], [4088, 65_536], [16_384, 65_536]] as const) {
    const reader = new FrameReader(new Seen(), "server");
    feed(reader, data(1, length).subarray(0, 9), 100);
    assertEquals([length, reader.room().length], [length, size - 9]);
  }
});

Deno.test("FrameReader grows its buffer when a read fills it, and keeps what is there", () => {
  const seen = new Seen();
  const reader = new FrameReader(seen, "server");
  feed(reader, joined(data(1, 4087), frame(FrameType.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])), 4096);
  assertEquals(seen.frames.at(-1), "6/0/0: 1,2,3,4,5,6,7,8");
  assertEquals(reader.room().length, 65_536);
  const small = new FrameReader(new Seen(), "server");
  feed(small, data(1, 4086), 4095);
  assertEquals(small.room().length, 4096);
});

Deno.test("FrameReader refuses what is not the preface at its first wrong byte", () => {
  const reader = new FrameReader(new Seen());
  assertThrows(
    () => feed(reader, new TextEncoder().encode("PRI * HTTP/1"), 100),
    ConnectionFault,
    "does not begin with the preface",
  );
});

Deno.test("FrameReader refuses a frame beyond 16384 bytes by its header", () => {
  const reader = new FrameReader(new Seen());
  feed(reader, PREFACE.slice(), 100);
  assertThrows(
    () => feed(reader, data(1, 16_385).slice(0, 9), 100),
    ConnectionFault,
    "a frame of 16385 bytes, may be 16384 at most",
  );
});

Deno.test("FrameReader drops all that comes once its sink has enough", () => {
  const seen = new Seen();
  seen.goOn = false;
  const reader = new FrameReader(seen);
  feed(reader, joined(PREFACE.slice(), data(1, 1), data(1, 1)), 1000);
  feed(reader, data(1, 1), 1000);
  assertEquals(seen.frames.length, 1);
  assertEquals(reader.isWithin, false);
});

Deno.test("FrameReader grows its buffer for who says much, and gives it back after many small reads", () => {
  const reader = new FrameReader(new Seen());
  feed(reader, PREFACE.slice(), 100);
  assertEquals(reader.room().length, 4096);
  for (let count = 0; count < 10; count++) feed(reader, data(1, 16_384), 1 << 20);
  assertEquals(reader.room().length, 65_536);
  for (let count = 0; count < 300; count++) feed(reader, data(1, 10), 1 << 20);
  assertEquals(reader.room().length, 4096);
});

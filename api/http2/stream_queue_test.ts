// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { said } from "../../tests/fakes/frame_log.ts";
import { FrameWriter } from "./frame_writer.ts";
import { AnswerQueue } from "./stream_queue.ts";

/** The bytes of the DATA frame that `queue` sends. */
function sent(queue: AnswerQueue, allowed: number): number[] {
  const frames = new FrameWriter();
  const count = queue.send(frames, 1, allowed, false);
  const payload = [...frames.take().subarray(9)];
  assertEquals(payload.length, count);
  return payload;
}

Deno.test("AnswerQueue.send() sends pieces in order, across their ends", () => {
  const queue = new AnswerQueue();
  for (const piece of [[1, 2, 3], [4], [5, 6]]) queue.push(Uint8Array.from(piece));
  assertEquals([queue.bytes, queue.cost], [6, 6 + 3 * 64]);
  assertEquals([sent(queue, 2), queue.bytes, queue.cost], [[1, 2], 4, 4 + 3 * 64]);
  assertEquals([sent(queue, 3), queue.bytes, queue.cost], [[3, 4, 5], 1, 1 + 64]);
  queue.push(Uint8Array.of(7));
  assertEquals([sent(queue, 100), queue.bytes, queue.cost], [[6, 7], 0, 0]);
  queue.push(Uint8Array.of(8));
  assertEquals(sent(queue, 100), [8]);
});

Deno.test("AnswerQueue.send() sends a frame of at most 16384 bytes, which ends the stream only with the last byte", () => {
  const queue = new AnswerQueue();
  queue.push(new Uint8Array(16_385));
  const frames = new FrameWriter();
  assertEquals(queue.send(frames, 3, 100_000, true), 16_384);
  assertEquals(queue.send(frames, 3, 100_000, true), 1);
  queue.push(new Uint8Array(1));
  queue.send(frames, 3, 1, false);
  assertEquals(said(frames), ["DATA 3: 16384 bytes", "DATA 3 END: 1 bytes", "DATA 3: 1 bytes"]);
});

Deno.test("AnswerQueue keeps its order through hundreds of pieces, with some sent and some to come", () => {
  const queue = new AnswerQueue();
  const all: number[] = [];
  let pushed = 0;
  for (let round = 0; round < 60; round++) {
    for (let piece = 0; piece < 5; piece++) queue.push(Uint8Array.of(pushed++ & 0xff));
    all.push(...sent(queue, 4));
    assertEquals(queue.cost, 65 * queue.bytes);
  }
  all.push(...sent(queue, 1000));
  assertEquals(all, Array.from({ length: 300 }, (_, index) => index & 0xff));
});

Deno.test("AnswerQueue.room() is one promise for all until there is room, then another", async () => {
  const queue = new AnswerQueue();
  const room = queue.room();
  assertStrictEquals(queue.room(), room);
  queue.open();
  await room;
  const next = queue.room();
  assertEquals(next === room, false);
  queue.open();
  queue.open();
  await next;
});

Deno.test("AnswerQueue.break() throws away what waits, and rejects who waits", async () => {
  const queue = new AnswerQueue();
  queue.push(Uint8Array.of(1, 2, 3));
  const room = queue.room();
  queue.break(new Error("gone"));
  assertEquals([queue.bytes, queue.cost], [0, 0]);
  await assertRejects(() => room, Error, "gone");
  queue.break(new Error("twice"));
  queue.push(Uint8Array.of(9));
  assertEquals(sent(queue, 5), [9]);
});

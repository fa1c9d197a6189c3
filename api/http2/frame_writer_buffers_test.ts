/** The buffers of a writer: what is copied into them, and which ones are used again. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { framesIn, said } from "../../tests/fakes/frame_log.ts";
import { FRAME_BYTES_MAX, PREFACE } from "./frame_types.ts";
import { FrameWriter } from "./frame_writer.ts";

/** The bytes 1, 2, 3, … */
function counted(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index + 1);
}

for (const length of [0, 1, 255, 256, 257, 1000]) {
  Deno.test(`FrameWriter.append() copies ${length} bytes from the middle of a buffer, and nothing beside them`, () => {
    const frames = new FrameWriter();
    const source = counted(length + 20);
    frames.data(1, length + 3, false);
    frames.append(source, 10, 10 + length);
    frames.append(Uint8Array.of(7, 8, 9), 0, 3);
    frames.settingsAck();
    const bytes = frames.take();
    assertEquals([...bytes.subarray(9, 9 + length)], [...source.subarray(10, 10 + length)]);
    assertEquals([...bytes.subarray(9 + length, 12 + length)], [7, 8, 9]);
    assertEquals(framesIn(bytes), [`DATA 1: ${length + 3} bytes`, "SETTINGS 0 ACK: "]);
  });
}

Deno.test("FrameWriter.headers() writes the block behind what is there, in frames that all its bytes are in", () => {
  const frames = new FrameWriter();
  const block = counted(FRAME_BYTES_MAX + 5);
  frames.settingsAck();
  frames.headers(3, block, false);
  const bytes = frames.take().subarray(9);
  assertEquals(bytes.subarray(9, 9 + FRAME_BYTES_MAX), block.subarray(0, FRAME_BYTES_MAX));
  assertEquals(bytes.subarray(18 + FRAME_BYTES_MAX), block.subarray(FRAME_BYTES_MAX));
  frames.headers(3, new Uint8Array(FRAME_BYTES_MAX), false);
  assertEquals(frames.length, 9 + FRAME_BYTES_MAX);
  frames.take();
  frames.headers(3, new Uint8Array(0), true);
  assertEquals(said(frames), ["HEADERS 3 END: "]);
});

Deno.test("FrameWriter.preface() says what a client says first", () => {
  const frames = new FrameWriter();
  frames.preface();
  frames.settingsAck();
  const bytes = frames.take();
  assertEquals([...bytes.subarray(0, PREFACE.length)], [...PREFACE]);
  assertEquals(framesIn(bytes.subarray(PREFACE.length)), ["SETTINGS 0 ACK: "]);
  // Behind other bytes, and beyond the room of the buffer.
  frames.data(1, 4096 - 9 - 5, false);
  frames.preface();
  assertEquals(frames.length, 4096 - 5 + PREFACE.length);
  assertEquals([...frames.take().subarray(4096 - 5)], [...PREFACE]);
});

Deno.test("FrameWriter begins with 4096 bytes, and doubles when more is needed", () => {
  for (const [length, size] of [[1, 4096], [4096, 4096], [4097, 8192], [8193, 16_384]] as const) {
    const frames = new FrameWriter();
    frames.data(1, length - 9, false);
    assertEquals([length, frames.take().buffer.byteLength], [length, size]);
  }
});

Deno.test("FrameWriter uses a buffer that was returned again, the next but one time", () => {
  const frames = new FrameWriter();
  const buffers = [];
  for (let count = 0; count < 3; count++) {
    frames.settingsAck();
    buffers.push(frames.take().buffer);
    frames.returned();
  }
  assertNotStrictEquals(buffers[1], buffers[0]);
  assertStrictEquals(buffers[2], buffers[0]);
});

Deno.test("FrameWriter keeps no buffer beyond 128 KiB", () => {
  for (const [bytes, kept] of [[100_000, true], [140_000, false]] as const) {
    const frames = new FrameWriter();
    while (frames.length < bytes) frames.data(1, 1000, false);
    const { buffer } = frames.take();
    frames.returned();
    frames.settingsAck();
    frames.take();
    frames.settingsAck();
    assertEquals([bytes, frames.take().buffer === buffer], [bytes, kept]);
  }
});

Deno.test("FrameWriter.shrink() lets go of the buffers that hold nothing", () => {
  const frames = new FrameWriter();
  frames.settingsAck();
  const first = frames.take().buffer;
  frames.returned();
  frames.rstStream(1, 2);
  frames.shrink();
  // What is there stays.
  assertEquals(said(frames), ["RST_STREAM 1: 2"]);
  frames.settingsAck();
  assertNotStrictEquals(frames.take().buffer, first);
  const empty = new FrameWriter();
  for (let count = 0; count < 2; count++) {
    empty.settingsAck();
    empty.take();
    empty.returned();
  }
  empty.settingsAck();
  const used = empty.take().buffer;
  empty.returned();
  empty.settingsAck();
  empty.take();
  empty.shrink();
  empty.settingsAck();
  assertNotStrictEquals(empty.take().buffer, used);
});

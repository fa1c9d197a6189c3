// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { Http2Code } from "./fault.ts";
import { FrameWriter } from "./frame_writer.ts";

Deno.test("FrameWriter writes each frame as RFC 9113 has it", () => {
  const frames = new FrameWriter();
  frames.settings([3, 100, 4, 2 ** 31 - 1]);
  frames.settingsAck();
  frames.windowUpdate(0, 65_536);
  frames.ping(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8), 1, true);
  frames.data(5, 2, true);
  frames.append(Uint8Array.of(9, 8, 7), 1, 3);
  frames.rstStream(5, Http2Code.CANCEL);
  frames.goaway(7, Http2Code.ENHANCE_YOUR_CALM, "no");
  assertEquals([...frames.take()], [
    ...[0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100, 0, 4, 0x7f, 0xff, 0xff, 0xff],
    ...[0, 0, 0, 4, 1, 0, 0, 0, 0],
    ...[0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 1, 0, 0],
    ...[0, 0, 8, 6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
    ...[0, 0, 2, 0, 1, 0, 0, 0, 5, 8, 7],
    ...[0, 0, 4, 3, 0, 0, 0, 0, 5, 0, 0, 0, 8],
    ...[0, 0, 10, 7, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 11, 0x6e, 0x6f],
  ]);
});

Deno.test("FrameWriter.headers() goes on in CONTINUATION beyond 16384 bytes", () => {
  const frames = new FrameWriter();
  frames.headers(1, new Uint8Array(40_000), true);
  const bytes = frames.take();
  const seen: number[][] = [];
  for (let at = 0; at < bytes.length;) {
    const length = (bytes[at] ?? 0) << 16 | (bytes[at + 1] ?? 0) << 8 | (bytes[at + 2] ?? 0);
    seen.push([length, bytes[at + 3] ?? 0, bytes[at + 4] ?? 0]);
    at += 9 + length;
  }
  assertEquals(seen, [[16_384, 1, 1], [16_384, 9, 0], [7232, 9, 4]]);
});

Deno.test("FrameWriter leaves bytes given away alone until they are returned", () => {
  const frames = new FrameWriter();
  frames.settingsAck();
  const given = frames.take();
  frames.rstStream(1, 1);
  assertEquals([...given], [0, 0, 0, 4, 1, 0, 0, 0, 0]);
  assertEquals(frames.length, 13);
});

Deno.test("FrameWriter.goaway() cuts a long text", () => {
  const frames = new FrameWriter();
  frames.goaway(0, 0, "x".repeat(1000));
  assertEquals(frames.length, 9 + 8 + 256);
});

// @ts-types="../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { firstStage } from "./first_stage.ts";
import { launcher } from "./launcher.ts";
import { LAUNCH } from "../fs/kernel/launch_steps.ts";

Deno.test("launcher() is a static ELF file of x86-64 that is entered behind its headers", () => {
  const file = launcher();
  const view = new DataView(file.buffer);
  assertEquals([...file.subarray(0, 7)], [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  assertEquals([view.getUint16(16, true), view.getUint16(18, true)], [2, 62]);
  assertEquals(view.getBigUint64(24, true), 0x40_0000n + 120n);
  // One segment, all of the file, to read and execute and not to write.
  assertEquals([view.getUint16(56, true), view.getUint32(68, true)], [1, 5]);
  assertEquals(view.getBigUint64(96, true), BigInt(file.length));
  assert(file.length < 512, `${file.length} bytes`);
});

Deno.test("launcher() jumps back to its first step, within the reach of a short jump", () => {
  const file = launcher();
  const last = file.at(-1) ?? 0;
  const target = file.length + last - 256;
  // mov [ADDRESS], rbx
  const { ADDRESS } = LAUNCH;
  const begin = [0x48, 0x89, 0x1c, 0x25, ADDRESS & 0xff, ADDRESS >> 8 & 0xff];
  assertEquals(file.at(-2), 0xeb);
  assertEquals([...file.subarray(target, target + 6)], begin);
});

Deno.test("firstStage() and launcher() have the same headers but for sizes", () => {
  const other = firstStage({ agent: "/a", modules: [] });
  const sizes = new Set([24, 25, 26, 96, 97, 104, 105]);
  const headers = (file: Uint8Array): number[] =>
    [...file.subarray(0, 120)].map((byte, at) => sizes.has(at) ? 0 : byte);
  assertEquals(headers(launcher()), headers(other));
});

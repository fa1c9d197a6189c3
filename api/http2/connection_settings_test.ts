// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { settingsFrame } from "../../tests/fakes/http2_server.ts";
import { http2Limits } from "./connection_limits.ts";
import { ourSettings, PeerSettings } from "./connection_settings.ts";
import { FRAME_HEADER_BYTES, Setting } from "./frame_types.ts";

/** Takes SETTINGS behind the header of their frame. @returns By how much windows change. */
function take(under: PeerSettings, settings: readonly number[]): number {
  const bytes = settingsFrame(settings);
  return under.take(bytes, FRAME_HEADER_BYTES, bytes.length);
}

Deno.test("PeerSettings begins with what RFC 9113 §6.5.2 says, and no bound of streams", () => {
  const { initialWindowBytes, streamsMax, pushes, tableBytes } = new PeerSettings();
  assertEquals([initialWindowBytes, streamsMax, pushes, tableBytes], [
    65_535,
    undefined,
    false,
    undefined,
  ]);
});

Deno.test("PeerSettings.take() keeps what is said until something else is", () => {
  const under = new PeerSettings();
  assertEquals(take(under, [Setting.INITIAL_WINDOW_SIZE, 65_540]), 5);
  assertEquals(take(under, [Setting.MAX_CONCURRENT_STREAMS, 7, Setting.ENABLE_PUSH, 1]), 0);
  assertEquals([under.initialWindowBytes, under.streamsMax, under.pushes], [65_540, 7, true]);
  assertEquals(
    take(under, [Setting.INITIAL_WINDOW_SIZE, 0, Setting.INITIAL_WINDOW_SIZE, 40]),
    -65_500,
  );
  take(under, [Setting.ENABLE_PUSH, 0]);
  assertEquals([under.initialWindowBytes, under.streamsMax, under.pushes], [40, 7, false]);
});

Deno.test("PeerSettings.tableBytes is of one frame: the least and the last bound", () => {
  const under = new PeerSettings();
  const { HEADER_TABLE_SIZE } = Setting;
  take(under, [HEADER_TABLE_SIZE, 50, HEADER_TABLE_SIZE, 10, HEADER_TABLE_SIZE, 90]);
  assertEquals(under.tableBytes, { least: 10, last: 90 });
  take(under, [HEADER_TABLE_SIZE, 50]);
  assertEquals(under.tableBytes, { least: 50, last: 50 });
  take(under, [Setting.ENABLE_PUSH, 0]);
  assertEquals(under.tableBytes, undefined);
});

Deno.test("PeerSettings.take() passes over settings that it does not know, by both bytes of their identifiers", () => {
  const under = new PeerSettings();
  take(under, [0x104, 9, 0x103, 9, 0x102, 1, 0, 9]);
  assertEquals([under.initialWindowBytes, under.streamsMax, under.pushes], [
    65_535,
    undefined,
    false,
  ]);
});

Deno.test("PeerSettings.take() reads what lies within its frame only", () => {
  const under = new PeerSettings();
  const bytes = settingsFrame([Setting.MAX_CONCURRENT_STREAMS, 5, Setting.INITIAL_WINDOW_SIZE, 9]);
  under.take(bytes, FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + 6);
  assertEquals([under.streamsMax, under.initialWindowBytes], [5, 65_535]);
});

Deno.test("ourSettings() are the bounds of streams, of their windows and of headers", () => {
  const limits = { ...http2Limits({ transport: "tcp" }), streamsMax: 1, streamWindowBytes: 2 };
  assertEquals(ourSettings({ ...limits, headerBytesMax: 3 }), [3, 1, 4, 2, 6, 3]);
});

Deno.test("http2Limits() lets a unix socket's connection have more streams than a stranger's", () => {
  const [unix, tcp] = [http2Limits({ transport: "unix" }), http2Limits({ transport: "tcp" })];
  assertEquals([unix.streamsMax, tcp.streamsMax], [4096, 100]);
  assertEquals({ ...unix, streamsMax: 0 }, { ...tcp, streamsMax: 0 });
});

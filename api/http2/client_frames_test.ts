/** What each frame of a server does to a client's connection: RFC 9113 §5 and §6, one frame at a time. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { data, frame, rstStream, windowUpdate } from "../../tests/fakes/http2_client.ts";
import { ClientParts, greeted } from "../../tests/fakes/http2_cores.ts";
import { ANSWER, goaway, settingsFrame } from "../../tests/fakes/http2_server.ts";
import type { ClientLimits } from "./client_limits.ts";
import { ConnectionLost, Http2Code, RequestUnprocessed, StreamClosed } from "./fault.ts";
import { Flag, FrameType, INT31_MAX, Setting } from "./frame_types.ts";

const PING = frame(FrameType.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
const PRIORITY_FLAGS = Flag.END_HEADERS | Flag.PRIORITY;

const { FLOW_CONTROL_ERROR, ENHANCE_YOUR_CALM } = Http2Code;
const NONE: Partial<ClientLimits> = { chatterMax: 0, streamsMax: 0 };

Deno.test("ClientFrames bears frames of a stream that we have reset, and counts those that mean nothing", () => {
  for (
    const [late, isCounted] of [
      [(parts: ClientParts) => parts.server.headers(1, { pairs: ANSWER }), true],
      [() => rstStream(1, 0), true],
      [() => windowUpdate(1, 0), false],
      [() => data(1, 1), false],
    ] as const
  ) {
    const parts = greeted(NONE);
    parts.core.get(1)?.reset();
    const fault = isCounted ? [ENHANCE_YOUR_CALM, "too many late frames"] as const : undefined;
    assertEquals(parts.faultOf(late(parts)), fault);
    // A header block counts for the table of both ends all the same.
    const next = parts.ask();
    parts.take(frame(FrameType.HEADERS, Flag.END_HEADERS, 3, parts.server.block(ANSWER)));
    assertEquals(next.hasHead, true);
  }
});

Deno.test("ClientFrames keeps DATA to the connection's window, to the byte", () => {
  const limits = { connectionWindowBytes: 10, streamWindowBytes: 1000 };
  const begun = (): ClientParts => {
    const parts = greeted(limits);
    parts.take(frame(FrameType.HEADERS, Flag.END_HEADERS, 1, [0x88]));
    return parts;
  };
  assertEquals(begun().faultOf(data(1, 10)), undefined);
  assertEquals(begun().faultOf(data(1, 11)), [
    FLOW_CONTROL_ERROR,
    "DATA beyond the connection's window",
  ]);
});

/** DATA of which nobody reads all: what it is, and what it says where the connection's window has 10 bytes. */
const GIVEN_BACK: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
  ["bytes that somebody may read", data(1, 6), []],
  ["padding", frame(FrameType.DATA, Flag.PADDED, 1, [5, 1, 2, 0, 0, 0, 0, 0]), [
    "WINDOW_UPDATE 0: 6",
  ]],
  ["bytes of a stream that is over", data(3, 5), ["WINDOW_UPDATE 0: 5"]],
  ["bytes beyond content-length", data(1, 7), ["WINDOW_UPDATE 0: 7", "RST_STREAM 1: 1"]],
];

for (const [name, bytes, frames] of GIVEN_BACK) {
  Deno.test(`ClientFrames says ${frames.join(" and ") || "nothing"} to DATA with ${name}`, () => {
    const parts = greeted({ connectionWindowBytes: 10 });
    parts.ask().wasReset(0);
    // content-length: 6
    parts.take(frame(FrameType.HEADERS, Flag.END_HEADERS, 1, [0x88, 0x5c, 1, 0x36]));
    parts.said();
    assertEquals(parts.faultOf(bytes), undefined);
    assertEquals(parts.said(), frames);
  });
}

Deno.test("ClientFrames acknowledges SETTINGS and tells of a change; what is absent of the first has no bound", () => {
  const parts = new ClientParts();
  parts.take(settingsFrame([]));
  assertEquals([parts.said(), parts.changes], [["SETTINGS 0 ACK: "], 1]);
  assertEquals(parts.core.settings.streamsMax, INT31_MAX);
  parts.take(settingsFrame([Setting.MAX_CONCURRENT_STREAMS, 7]));
  parts.take(settingsFrame([]));
  assertEquals(parts.core.settings.streamsMax, 7);
  assertEquals(parts.core.settingsAcknowledged, false);
  parts.said();
  parts.take(frame(FrameType.SETTINGS, Flag.ACK, 0));
  assertEquals([parts.core.settingsAcknowledged, parts.said(), parts.changes], [true, [], 3]);
});

Deno.test("ClientFrames takes bounds of the header table, the least and the last one", () => {
  for (
    const [settings, prefix] of [
      [[1, 0], "20"],
      [[1, 100], "3f45"],
      [[1, 0, 1, 4096], "203fe11f"],
      [[4, 1], "8"],
    ] as const
  ) {
    const parts = greeted();
    parts.take(settingsFrame(settings));
    parts.said();
    parts.core.open([":method", "GET"], { ended: true });
    assertEquals(parts.said(), [`HEADERS 3 END: ${prefix === "8" ? "" : prefix}82`]);
  }
});

Deno.test("ClientFrames moves the windows of streams with SETTINGS_INITIAL_WINDOW_SIZE, and lets go on who waits", () => {
  const parts = greeted();
  const [waiting, idle] = [parts.core.get(1), parts.ask(false)];
  parts.take(settingsFrame([Setting.INITIAL_WINDOW_SIZE, 0]));
  assertEquals([waiting?.sendWindow, idle.sendWindow, parts.ask().sendWindow], [0, 0, 0]);
  waiting?.write(new Uint8Array(3));
  assertEquals(parts.core.turns.isEmpty, true);
  parts.take(settingsFrame([Setting.INITIAL_WINDOW_SIZE, 100]));
  assertEquals([waiting?.sendWindow, waiting?.inTurn, idle.inTurn], [100, true, false]);
});

Deno.test("ClientFrames ends the connection when SETTINGS move a window beyond 2^31-1, and not at it", () => {
  for (const more of [0, 1]) {
    const parts = greeted();
    parts.take(windowUpdate(1, 1000));
    const settings = settingsFrame([Setting.INITIAL_WINDOW_SIZE, INT31_MAX - 1000 + more]);
    assertEquals(
      parts.faultOf(settings),
      more === 0 ? undefined : [FLOW_CONTROL_ERROR, "a window beyond 2^31-1"],
    );
  }
});

Deno.test("ClientFrames takes WINDOW_UPDATE of a stream up to 2^31-1, and resets it beyond", async () => {
  const parts = greeted();
  const stream = parts.core.get(1);
  parts.take(windowUpdate(1, INT31_MAX - 65_535));
  assertEquals([stream?.sendWindow, stream?.inTurn, parts.said()], [INT31_MAX, false, []]);
  parts.take(windowUpdate(1, 1));
  assertEquals(parts.said(), ["RST_STREAM 1: 3"]);
  await assertRejects(async () => await stream?.answer, StreamClosed, "a window beyond 2^31-1");
});

Deno.test("ClientFrames lets a stream go on with WINDOW_UPDATE while it has bytes", () => {
  const parts = greeted();
  const stream = parts.core.get(1);
  parts.take(settingsFrame([Setting.INITIAL_WINDOW_SIZE, 0]));
  stream?.write(new Uint8Array(10));
  assertEquals(stream?.inTurn, false);
  parts.take(windowUpdate(1, 7));
  assertEquals([stream?.sendWindow, stream?.inTurn], [7, true]);
});

Deno.test("ClientFrames answers PING with its bytes, and not an acknowledgement", () => {
  const parts = greeted();
  parts.take(PING);
  parts.take(frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8)));
  assertEquals(parts.said(), ["PING 0 ACK: 0102030405060708"]);
});

/** The words of a GOAWAY, and what is shown of them. */
const FAREWELLS: readonly (readonly [string, string])[] = [
  ["", ""],
  ["  \t", ": ?"],
  ["   ", ""],
  [" so long ", ": so long"],
  ["a\u00e9\n\x7f~", ": a????~"],
  ["x".repeat(200), `: ${"x".repeat(128)}`],
];

for (const [words, shown] of FAREWELLS) {
  Deno.test(`ClientFrames tells ${JSON.stringify(words.slice(0, 20))} of a GOAWAY as "${shown.slice(0, 20)}"`, async () => {
    const parts = greeted();
    const later = parts.ask();
    parts.take(goaway(1, Http2Code.ENHANCE_YOUR_CALM, words));
    const message = `the server closes the connection, code 11${shown}`;
    const error = await assertRejects(() => later.answer, RequestUnprocessed);
    assertEquals([error.code, error.message], [ENHANCE_YOUR_CALM, message]);
    const { leaving } = parts.core;
    assertEquals(leaving instanceof ConnectionLost && [leaving.code, leaving.message], [
      11,
      message,
    ]);
    assertEquals(parts.core.get(1)?.closed, false);
  });
}

Deno.test("ClientFrames resets a stream whose headers depend on itself, and no other", async () => {
  const parts = greeted();
  const stream = parts.core.get(1);
  const other = parts.ask();
  parts.take(frame(FrameType.HEADERS, PRIORITY_FLAGS, 3, [0, 0, 0, 1, 0, 0x88]));
  parts.take(frame(FrameType.HEADERS, PRIORITY_FLAGS, 1, [0, 0, 0, 1, 0, 0x88]));
  assertEquals([(await other.answer).status, stream?.closed], [200, true]);
  await assertRejects(
    async () => await stream?.answer,
    StreamClosed,
    "a stream that depends on itself",
  );
});

Deno.test("ClientFrames gives blocks that come again the same head, of the last eight", async () => {
  const parts = greeted();
  const headOf = async (block: readonly number[]): Promise<unknown> => {
    const stream = parts.ask();
    parts.take(frame(FrameType.HEADERS, Flag.END_HEADERS, stream.id, block));
    return await stream.answer;
  };
  const statuses = [0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e];
  for (const status of statuses) await headOf([status]);
  const block = [0x88, 0x90];
  await headOf(block);
  // The decoder gives the same list from its second time on; now it has the first place of eight.
  const head = await headOf(block);
  assertStrictEquals(await headOf(block), head);
  for (const status of statuses) await headOf([status]);
  assertStrictEquals(await headOf(block), head);
  await headOf([0x88, 0x91]);
  assertEquals(await headOf(block) === head, false);
});

Deno.test("ClientFrames goes on until the connection is over", () => {
  const parts = greeted();
  assertEquals([parts.take(PING), parts.core.hasAnswered], [true, false]);
  parts.take(frame(FrameType.HEADERS, Flag.END_HEADERS, 1, [0x88]));
  assertEquals(parts.core.hasAnswered, true);
  parts.core.abandon(new Error("over"));
  assertEquals(parts.take(PING), false);
});

/** What the parts of a client's connection share, by itself. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ClientParts } from "../../tests/fakes/http2_cores.ts";
import type { ClientStream } from "./client_stream.ts";
import { ConnectionFault, ConnectionLost, Http2Code, RequestUnprocessed } from "./fault.ts";
import { Flood } from "./flood_meter.ts";

/** How often `kind` may be counted before it is too much, at most a hundred times. */
function borne(parts: ClientParts, kind: Flood): number {
  for (let count = 0; count < 100; count++) {
    try {
      parts.core.count(kind, "things");
    } catch (error) {
      if (!(error instanceof ConnectionFault)) throw error;
      assertEquals([error.code, error.message], [Http2Code.ENHANCE_YOUR_CALM, "too many things"]);
      return count;
    }
  }
  return 100;
}

Deno.test("ClientCore.room is what the server and we allow, and 100 while it has said nothing", () => {
  const parts = new ClientParts({ streamsMax: 150 });
  assertEquals(parts.core.room, 100);
  parts.ask();
  assertEquals([parts.core.room, parts.core.size], [99, 1]);
  parts.core.settings.streamsMax = 3;
  assertEquals(parts.core.room, 2);
  parts.core.settings.streamsMax = 1000;
  assertEquals(parts.core.room, 149);
});

Deno.test("ClientCore.isIdle() is of streams that are not begun, and of the server's own", () => {
  const { core } = new ClientParts();
  core.open([":method", "GET"], { ended: true });
  assertEquals([0, 1, 2, 3, 4, 5].map((id) => core.isIdle(id)), [
    true,
    false,
    true,
    true,
    true,
    true,
  ]);
});

Deno.test("ClientCore.open() sends HEADERS with the end of a request that has no body, on odd streams", () => {
  const parts = new ClientParts();
  parts.core.settings.initialWindowBytes = 77;
  const [first, second] = [parts.ask(true), parts.ask(false)];
  assertEquals(parts.said().map((frame) => frame.replace(/: .*/, "")), [
    "HEADERS 1 END",
    "HEADERS 3",
  ]);
  assertEquals([first.sendWindow, parts.core.get(3) === second, [...parts.core.all()].length], [
    77,
    true,
    2,
  ]);
});

Deno.test("ClientCore.open() of headers that cannot be encoded begins no stream", () => {
  const parts = new ClientParts();
  assertThrows(() => parts.core.open(["a", "\u0100"], { ended: true }), RangeError, "Latin-1");
  assertEquals([parts.core.size, parts.said(), parts.ask().id], [0, [], 1]);
});

/** Bytes to be sent at once: those of the window and before the mark, frames that wait, and whether they may. */
const AT_ONCE: readonly (readonly [string, number, number, number, number, boolean])[] = [
  ["all that the window has", 100, 1000, 0, 100, true],
  ["more than the window has", 100, 1000, 0, 101, false],
  ["as much as a frame holds", 65_535, 65_536, 0, 16_384, true],
  ["more than a frame holds", 65_535, 65_536, 0, 16_385, false],
  ["up to the mark", 65_535, 1000, 9, 991, true],
  ["beyond the mark", 65_535, 1000, 9, 992, false],
];

for (const [name, window, outputMark, waiting, bytes, may] of AT_ONCE) {
  Deno.test(`ClientCore.sendsNow() ${may ? "lets" : "does not let"} ${name} out, and takes it of the window`, () => {
    const { core } = new ClientParts({ outputMark });
    core.sendWindow.available = window;
    if (waiting > 0) core.frames.settingsAck();
    assertEquals([core.sendsNow(bytes), core.sendWindow.available], [
      may,
      may ? window - bytes : window,
    ]);
  });
}

Deno.test("ClientCore.sendsNow() lets nobody past those that take turns", () => {
  const parts = new ClientParts();
  const stream = parts.ask(false);
  parts.core.awaitTurn(stream);
  assertEquals(parts.core.sendsNow(1), false);
});

Deno.test("ClientCore.count() bears as many as the bound of each kind says", () => {
  const limits = {
    streamsMax: 4,
    chatterMax: 3,
    settingsMax: 5,
    pingsMax: 6,
    windowUpdatesMax: 7,
    emptyDataMax: 8,
  };
  const kinds = [Flood.RESETS, Flood.SETTINGS, Flood.PINGS, Flood.WINDOW_UPDATES, Flood.CHATTER];
  const counts = [...kinds, Flood.EMPTY_DATA].map((kind) => borne(new ClientParts(limits), kind));
  // Each stream may end on its way here after we have reset it, by two frames.
  assertEquals(counts, [3, 5, 6, 7, 3 + 2 * 4, 8]);
});

Deno.test("ClientCore.count() bears a PING and four WINDOW_UPDATE more for each DATA frame of ours, once", () => {
  const limits = { pingsMax: 20, windowUpdatesMax: 20, settingsMax: 20 };
  const counts = [[Flood.PINGS, 23], [Flood.WINDOW_UPDATES, 32], [Flood.SETTINGS, 20]] as const;
  for (const [kind, count] of counts) {
    const parts = new ClientParts(limits);
    for (let frames = 0; frames < 3; frames++) parts.core.sendsNow(1);
    assertEquals([kind, borne(parts, kind)], [kind, count]);
    assertEquals([kind, borne(parts, kind)], [kind, 0]);
  }
});

Deno.test("ClientCore.count() bears the bound again after ten seconds, half of it after five", () => {
  const parts = new ClientParts({ pingsMax: 10 });
  assertEquals(borne(parts, Flood.PINGS), 10);
  // What was too much counts as well.
  parts.nowMs += 10_000;
  assertEquals(borne(parts, Flood.PINGS), 9);
  parts.nowMs += 5000;
  assertEquals(borne(parts, Flood.PINGS), 4);
});

Deno.test("ClientCore.goingAway() gives back the streams behind the last one that the server looks at", async () => {
  const parts = new ClientParts();
  const [first, second, third] = [parts.ask(), parts.ask(), parts.ask()];
  parts.changes = 0;
  parts.core.goingAway(3, new ConnectionLost(Http2Code.ENHANCE_YOUR_CALM, "calm down"));
  assertEquals([first.closed, second.closed, third.closed], [false, false, true]);
  const error = await assertRejects(() => third.answer, RequestUnprocessed);
  assertEquals([error.code, error.message], [Http2Code.ENHANCE_YOUR_CALM, "calm down"]);
  assertEquals([parts.core.leaving?.message, parts.changes], ["calm down", 2]);
  // The first reason stays.
  parts.core.goingAway(1, new ConnectionLost(Http2Code.NO_ERROR, "farewell"));
  assertEquals([parts.core.leaving?.message, second.closed], ["calm down", true]);
  parts.core.goingAway(1, new ConnectionLost(Http2Code.NO_ERROR, "and again"));
  assertEquals(parts.changes, 5);
});

Deno.test("ClientCore.fail() says GOAWAY once, and ends all streams with what the server did", async () => {
  const parts = new ClientParts();
  const stream = parts.ask();
  parts.said();
  parts.changes = 0;
  parts.core.fail(new ConnectionFault(Http2Code.FRAME_SIZE_ERROR, "too great a frame"));
  parts.core.fail(new ConnectionFault(Http2Code.PROTOCOL_ERROR, "another one"));
  assertEquals(parts.said(), ['GOAWAY 0: 0 6 "too great a frame"']);
  const error = await assertRejects(() => stream.answer, ConnectionLost);
  const words = "the server broke a rule of HTTP/2: too great a frame";
  assertEquals([error.code, error.message], [Http2Code.FRAME_SIZE_ERROR, words]);
  assertEquals([parts.core.isOver, parts.core.leaving, parts.core.size], [true, error, 0]);
  // The stream, and the connection.
  assertEquals(parts.changes, 2);
});

Deno.test("ClientCore.giveBack() tells the server of half a window at once, and nothing once it is over", () => {
  const parts = new ClientParts({ connectionWindowBytes: 100 });
  parts.core.giveBack(49);
  assertEquals(parts.said(), []);
  parts.core.giveBack(2);
  assertEquals(parts.said(), ["WINDOW_UPDATE 0: 51"]);
  parts.core.abandon(new Error("gone"));
  parts.core.giveBack(100);
  assertEquals(parts.said(), []);
});

Deno.test("ClientCore.widen() tells of a stream's window while the stream lives", () => {
  const parts = new ClientParts();
  const stream = parts.ask();
  parts.said();
  parts.core.widen(stream, 9);
  assertEquals(parts.said(), ["WINDOW_UPDATE 1: 9"]);
  stream.abandon(new Error("gone"));
  parts.core.widen(stream, 9);
  assertEquals(parts.said(), []);
});

Deno.test("ClientCore has bounds of its own streams by its limits", () => {
  const { core } = new ClientParts({ streamWindowBytes: 123, streamBufferedMark: 45 });
  assertEquals([core.streamWindowBytes, core.bufferedMark], [123, 45]);
});

Deno.test("ClientCore sends a great request in writes of as many frames as reach the mark", async () => {
  const parts = new ClientParts({ outputMark: 2 * (16_384 + 9) });
  const stream = parts.ask(false);
  parts.said();
  parts.core.sendWindow.available = 100_000;
  stream.sendWindow = 100_000;
  stream.end(new Uint8Array(5 * 16_384));
  await parts.server.turn();
  assertEquals(parts.server.writes, [2 * 16_393, 2 * 16_393, 16_393]);
});

Deno.test("ClientCore counts DATA frames that go out in their turn as well", async () => {
  const parts = new ClientParts({ pingsMax: 2 });
  const stream = parts.ask(false);
  parts.core.awaitTurn(stream);
  stream.end(new Uint8Array(20_000));
  await parts.server.turn();
  assertEquals(borne(parts, Flood.PINGS), 2 + 2);
});

/** What leaves by itself when the turn is over, by what was done. */
const LEAVES: Readonly<Record<string, (parts: ClientParts, stream: ClientStream) => void>> = {
  "HEADERS": (parts) => parts.ask(),
  "WINDOW_UPDATE of the connection": ({ core }) => core.giveBack(8 * 1024 * 1024),
  "WINDOW_UPDATE of a stream": ({ core }, stream) => core.widen(stream, 1),
  "GOAWAY": ({ core }) => core.fail(new ConnectionFault(Http2Code.PROTOCOL_ERROR, "wrong")),
  "DATA": ({ core }, stream) => {
    stream.sendWindow = 0;
    stream.write(new Uint8Array(1));
    stream.sendWindow = 1;
    core.awaitTurn(stream);
  },
};

for (const [name, act] of Object.entries(LEAVES)) {
  Deno.test(`ClientCore lets ${name} out when the turn is over`, async () => {
    const parts = new ClientParts();
    const stream = parts.ask(false);
    await parts.server.turn();
    parts.server.writes.length = 0;
    act(parts, stream);
    await parts.server.turn();
    assertEquals(parts.server.writes.length, 1);
  });
}

Deno.test("ClientCore begins with nothing answered and nothing acknowledged", () => {
  const { core } = new ClientParts();
  assertEquals([core.hasAnswered, core.settingsAcknowledged, core.isOver, core.leaving], [
    false,
    false,
    false,
    undefined,
  ]);
});

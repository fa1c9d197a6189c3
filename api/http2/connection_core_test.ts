/** What the parts of a server's connection share, by itself. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStrictEquals } from "@std/assert";
import { frame, rstStream } from "../../tests/fakes/http2_client.ts";
import { begun, ServerParts } from "../../tests/fakes/http2_server_parts.ts";
import { settingsFrame } from "../../tests/fakes/http2_server.ts";
import { ConnectionFault, Http2Code, StreamClosed } from "./fault.ts";
import { Flood } from "./flood_meter.ts";
import { FrameType } from "./frame_types.ts";
import type { Stream } from "./stream.ts";

/** How often `kind` may be counted before it is too much, at most a hundred times. */
function borne(parts: ServerParts, kind: Flood): number {
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

/** Bytes to be sent at once: of which window, frames that wait before a mark, whether others take turns, whether they may. */
const AT_ONCE: readonly (readonly [string, number, number, number, boolean, number, boolean])[] = [
  ["all that the window has", 100, 1000, 0, false, 100, true],
  ["more than the window has", 100, 1000, 0, false, 101, false],
  ["as much as a frame holds", 65_535, 65_536, 0, false, 16_384, true],
  ["more than a frame holds", 65_535, 65_536, 0, false, 16_385, false],
  ["up to the mark", 65_535, 1000, 9, false, 991, true],
  ["beyond the mark", 65_535, 1000, 9, false, 992, false],
  ["a little past others with a great window", 128 * 1024, 65_536, 0, true, 1, true],
  ["a little past others with a small window", 128 * 1024 - 1, 65_536, 0, true, 1, false],
];

for (const [name, window, outputMark, waiting, isCrowded, bytes, may] of AT_ONCE) {
  Deno.test(`ConnectionCore.sendsNow() ${may ? "lets" : "does not let"} ${name} out`, () => {
    const parts = begun({ outputMark });
    const stream = parts.ask(1);
    if (isCrowded && stream !== undefined) parts.core.awaitTurn(stream);
    parts.core.sendWindow.available = window;
    if (waiting > 0) parts.core.frames.settingsAck();
    assertEquals(parts.core.sendsNow(bytes), may);
    assertEquals(parts.core.sendWindow.available, may ? window - bytes : window);
  });
}

Deno.test("ConnectionCore.count() bears as many as the bound of each kind says", () => {
  const limits = {
    streamsMax: 4,
    chatterMax: 3,
    resetsMax: 4,
    settingsMax: 5,
    pingsMax: 6,
    windowUpdatesMax: 7,
    emptyDataMax: 8,
  };
  const kinds = [Flood.RESETS, Flood.SETTINGS, Flood.PINGS, Flood.WINDOW_UPDATES, Flood.CHATTER];
  const counts = [...kinds, Flood.EMPTY_DATA].map((kind) => borne(new ServerParts(limits), kind));
  assertEquals(counts, [4, 5, 6, 7, 3 + 2 * 4, 8]);
});

Deno.test("ConnectionCore.count() bears a PING and four WINDOW_UPDATE more for each DATA frame of ours, once", () => {
  const limits = { pingsMax: 20, windowUpdatesMax: 20, settingsMax: 20 };
  const counts = [[Flood.PINGS, 23], [Flood.WINDOW_UPDATES, 32], [Flood.SETTINGS, 20]] as const;
  for (const [kind, count] of counts) {
    const parts = new ServerParts(limits);
    for (let frames = 0; frames < 3; frames++) parts.core.sendsNow(1);
    assertEquals([kind, borne(parts, kind)], [kind, count]);
    assertEquals([kind, borne(parts, kind)], [kind, 0]);
  }
});

Deno.test("ConnectionCore.count() bears the bound again after ten seconds, half of it after five", () => {
  const parts = new ServerParts({ pingsMax: 10 });
  assertEquals(borne(parts, Flood.PINGS), 10);
  parts.nowMs += 10_000;
  assertEquals(borne(parts, Flood.PINGS), 9);
  parts.nowMs += 5000;
  assertEquals(borne(parts, Flood.PINGS), 4);
});

Deno.test("ConnectionCore counts DATA frames that go out in their turn as well", async () => {
  const parts = begun({ pingsMax: 2 });
  const stream = parts.ask(1);
  stream?.respond(200, []);
  stream?.write(new Uint8Array(20_000));
  await parts.client.turn();
  assertEquals(borne(parts, Flood.PINGS), 2 + 2);
});

Deno.test("ConnectionCore sends a great answer in writes of as many frames as reach the mark", async () => {
  const parts = begun({ outputMark: 2 * (16_384 + 9) });
  const stream = parts.ask(1);
  stream?.respond(200, []);
  await parts.client.turn();
  parts.client.writes.length = 0;
  parts.core.sendWindow.available = 100_000;
  if (stream !== undefined) stream.sendWindow = 100_000;
  stream?.write(new Uint8Array(5 * 16_384));
  await parts.client.turn();
  assertEquals(parts.client.writes, [2 * 16_393, 2 * 16_393, 16_393]);
});

Deno.test("ConnectionCore.fail() says GOAWAY once, with the last stream, and ends all streams", async () => {
  const parts = begun();
  const stream = parts.ask(3);
  parts.changes = 0;
  parts.core.fail(new ConnectionFault(Http2Code.FRAME_SIZE_ERROR, "too great a frame"));
  parts.core.fail(new ConnectionFault(Http2Code.PROTOCOL_ERROR, "another one"));
  assertEquals(parts.said(), ['GOAWAY 0: 3 6 "too great a frame"']);
  const error = await stream?.read().catch((reason: unknown) => reason);
  assertEquals(error instanceof StreamClosed && [error.code, error.message], [
    Http2Code.FRAME_SIZE_ERROR,
    "the connection was ended: too great a frame",
  ]);
  assertEquals([parts.core.isOver, parts.core.streams.size, parts.changes], [true, 0, 2]);
  // Who has said which streams are answered stays with it.
  const draining = begun();
  draining.ask(3);
  draining.core.lastAnswered = 1;
  draining.core.fail(new ConnectionFault(Http2Code.PROTOCOL_ERROR, "wrong"));
  assertEquals(draining.said(), ['GOAWAY 0: 1 1 "wrong"']);
});

Deno.test("ConnectionCore.finish() says nothing, and nothing is said behind it", () => {
  const parts = begun({ connectionWindowBytes: 100 });
  parts.core.finish();
  parts.core.fail(new ConnectionFault(Http2Code.PROTOCOL_ERROR, "late"));
  parts.core.giveBack(100);
  assertEquals([parts.core.isOver, parts.said()], [true, []]);
});

Deno.test("ConnectionCore.giveBack() tells the peer of half a window at once", () => {
  const parts = begun({ connectionWindowBytes: 100 });
  parts.core.giveBack(49);
  assertEquals(parts.said(), []);
  parts.core.giveBack(2);
  assertEquals(parts.said(), ["WINDOW_UPDATE 0: 51"]);
});

Deno.test("ConnectionCore.widen() tells of a stream's window while the stream lives", () => {
  const parts = begun();
  const stream = parts.ask(1, false);
  if (stream === undefined) throw new Error("no stream");
  parts.core.widen(stream, 9);
  assertEquals(parts.said(), ["WINDOW_UPDATE 1: 9"]);
  stream.abandon(new StreamClosed(0, "gone"));
  parts.core.widen(stream, 9);
  assertEquals(parts.said(), []);
});

Deno.test("ConnectionCore.hold() resets the stream whose bytes are beyond the connection's bound, and none at it", () => {
  const parts = begun({ connectionBufferedMax: 100 });
  const [first, second] = [parts.ask(1), parts.ask(3)];
  if (first === undefined || second === undefined) throw new Error("no streams");
  parts.core.hold(first, 60);
  parts.core.hold(second, 40);
  assertEquals([parts.core.buffered, parts.budget.bytes, parts.said()], [100, 100, []]);
  parts.core.hold(second, 1);
  assertEquals(parts.said(), ["RST_STREAM 3: 11"]);
  // Fewer bytes reset nobody, though there are too many.
  parts.core.hold(first, 60);
  assertEquals([parts.said(), parts.core.buffered], [["RST_STREAM 1: 11"], 161]);
  const third = parts.ask(5);
  if (third !== undefined) parts.core.hold(third, -1);
  assertEquals([parts.said(), parts.core.buffered, parts.budget.bytes], [[], 160, 160]);
});

Deno.test("ConnectionCore.expel() ends the connection, and says why", () => {
  const parts = begun();
  parts.core.expel();
  assertEquals(parts.said(), ['GOAWAY 0: 0 11 "too many bytes wait for this connection"']);
});

Deno.test("ConnectionCore.handle() resets the stream of a handler that throws, and tells what it threw", () => {
  const parts = begun();
  const thrown = new Error("a fault of its own");
  parts.onRequest = () => {
    throw thrown;
  };
  parts.ask(1);
  assertEquals([parts.said(), parts.errors], [["RST_STREAM 1: 2"], [thrown]]);
});

Deno.test("ConnectionCore.refuse() turns streams away, before our bound is known as often as refusalsMax says", () => {
  const parts = begun({ streamsMax: 1, refusalsMax: 2, resetsMax: 100 });
  parts.core.settingsAcknowledged = false;
  for (const id of [1, 3, 5]) parts.ask(id);
  assertEquals([parts.said(), parts.core.isOver], [["RST_STREAM 3: 7", "RST_STREAM 5: 7"], false]);
  assertEquals([parts.core.streams.wasReset(3), parts.core.streams.get(3)], [true, undefined]);
  parts.ask(7);
  assertEquals(parts.said(), [
    "RST_STREAM 7: 7",
    'GOAWAY 0: 7 11 "too many streams beyond their bound"',
  ]);
  const known = begun({ streamsMax: 1, refusalsMax: 2, resetsMax: 3 });
  for (const id of [1, 3, 5, 7]) known.ask(id);
  assertEquals(known.core.isOver, false);
  known.ask(9);
  assertEquals(known.said().at(-1), 'GOAWAY 0: 9 11 "too many streams reset before their answer"');
});

/** Ends of a request, and whether it was served for nothing. */
const WASTED: Readonly<
  Record<string, readonly [boolean, (parts: ServerParts, stream?: Stream) => void]>
> = {
  "reset by its client": [true, (parts, stream) => void parts.take(rstStream(stream?.id ?? 0, 8))],
  "reset by us": [true, (_, stream) => stream?.reset(Http2Code.CANCEL)],
  "answered": [false, (_, stream) => stream?.respond(204, [], true)],
  "reset behind its answer's begin": [false, (parts, stream) => {
    stream?.respond(200, []);
    parts.take(rstStream(stream?.id ?? 0, 8));
  }],
};

for (const [name, [isWasted, end]] of Object.entries(WASTED)) {
  Deno.test(`ConnectionCore ${isWasted ? "counts" : "does not count"} streams ${name}`, () => {
    const parts = begun({ resetsMax: 2 });
    for (const id of [1, 3, 5]) {
      assertEquals(parts.core.isOver, false);
      end(parts, parts.ask(id));
    }
    assertEquals(parts.core.isOver, isWasted);
  });
}

Deno.test("ConnectionCore remembers which streams it has reset, and tells of each that is over", () => {
  const parts = begun();
  parts.changes = 0;
  parts.ask(1)?.reset(Http2Code.CANCEL);
  parts.ask(3)?.respond(204, [], true);
  parts.ask(5);
  parts.take(rstStream(5, 8));
  assertEquals([1, 3, 5].map((id) => parts.core.streams.wasReset(id)), [true, false, false]);
  assertEquals([1, 3, 5].map((id) => parts.core.streams.hasEnded(id)), [false, true, true]);
  assertEquals(parts.changes, 3);
});

Deno.test("ConnectionCore encodes lists that come again once", () => {
  const { core } = new ServerParts();
  const headers = Object.freeze(["a", "b"]);
  const trailers = Object.freeze(["grpc-status", "0"]);
  for (let times = 0; times < 3; times++) {
    core.answerBlock(200, headers);
    core.trailersBlock(trailers);
  }
  assertStrictEquals(core.answerBlock(200, headers), core.answerBlock(200, headers));
  assertStrictEquals(core.trailersBlock(trailers), core.trailersBlock(trailers));
  assertEquals(core.trailersBlock(["grpc-status", "0"]).toHex(), "be");
});

Deno.test("ConnectionCore has bounds of its own streams by its limits", () => {
  const { core } = new ServerParts({ streamWindowBytes: 123, streamBufferedMark: 45 });
  assertEquals([core.streamWindowBytes, core.bufferedMark, core.peer.transport], [123, 45, "tcp"]);
});

/** What leaves by itself when the turn is over, by what was done. */
const LEAVES: Readonly<Record<string, (parts: ServerParts, stream: Stream) => void>> = {
  "WINDOW_UPDATE of the connection": ({ core }) => core.giveBack(8 * 1024 * 1024),
  "WINDOW_UPDATE of a stream": ({ core }, stream) => core.widen(stream, 1),
  "GOAWAY": ({ core }) => core.fail(new ConnectionFault(Http2Code.PROTOCOL_ERROR, "wrong")),
  "RST_STREAM of one that nobody has": ({ core }) => core.resetStream(9, Http2Code.CANCEL),
  "a refusal": ({ core }) => {
    core.settingsAcknowledged = false;
    core.refuse(9);
  },
  "DATA": ({ core }, stream) => {
    stream.sendWindow = 0;
    stream.respond(200, []);
    stream.write(new Uint8Array(1));
    stream.sendWindow = 1;
    core.awaitTurn(stream);
  },
  "an acknowledgement of SETTINGS": (parts) => void parts.take(settingsFrame([])),
  "an answer to PING": (parts) => void parts.take(frame(FrameType.PING, 0, 0, new Uint8Array(8))),
};

for (const [name, act] of Object.entries(LEAVES)) {
  Deno.test(`ConnectionCore lets ${name} out when the turn is over`, async () => {
    const parts = begun();
    const stream = parts.ask(1, false);
    if (stream === undefined) throw new Error("no stream");
    await parts.client.turn();
    parts.client.writes.length = 0;
    act(parts, stream);
    await parts.client.turn();
    assertEquals(parts.client.writes.length, 1);
  });
}

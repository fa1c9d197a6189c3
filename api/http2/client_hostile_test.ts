/** Servers that keep to no rule: they end their streams or their connection, and nothing else. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { data, frame, uint32 } from "../../tests/fakes/http2_client.ts";
import { ANSWER, ClientHouse, goaway, settingsFrame } from "../../tests/fakes/http2_server.ts";
import type { ClientLimits } from "./client_limits.ts";
import { ConnectionLost, Http2Code, StreamClosed } from "./fault.ts";
import { Flag, FrameType, INT31_MAX, Setting } from "./frame_types.ts";

type Say = (house: ClientHouse) => Uint8Array;

/** What is said once a request is under way on stream 1, the code it is answered by, and the words of the error. */
const FAULTS: readonly (readonly [string, Say, Http2Code, string])[] = [
  ["DATA on stream 0", () => data(0, 1), Http2Code.PROTOCOL_ERROR, "stream 0"],
  ["DATA on an idle stream", () => data(3, 1), Http2Code.PROTOCOL_ERROR, "idle stream 3"],
  ["DATA on an even stream", () => data(2, 1), Http2Code.PROTOCOL_ERROR, "idle stream 2"],
  [
    "padding beyond its frame",
    () => frame(FrameType.DATA, Flag.PADDED, 1, [9, 0]),
    Http2Code.PROTOCOL_ERROR,
    "padding",
  ],
  [
    "HEADERS on an idle stream",
    ({ server }) => server.headers(3, { pairs: ANSWER }),
    Http2Code.PROTOCOL_ERROR,
    "idle stream 3",
  ],
  [
    "a header block that is none",
    () => frame(FrameType.HEADERS, Flag.END_HEADERS, 1, [0xff, 0xff, 0xff, 0xff]),
    Http2Code.COMPRESSION_ERROR,
    "",
  ],
  [
    "another frame within a header block",
    ({ server }) =>
      joined(
        frame(FrameType.HEADERS, 0, 1, server.block(ANSWER)),
        frame(FrameType.PING, 0, 0, new Uint8Array(8)),
      ),
    Http2Code.PROTOCOL_ERROR,
    "within a header block",
  ],
  [
    "CONTINUATION of nothing",
    () => frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1),
    Http2Code.PROTOCOL_ERROR,
    "no open header block",
  ],
  [
    "CONTINUATION without end",
    () =>
      joined(
        frame(FrameType.HEADERS, 0, 1),
        ...Array.from({ length: 9 }, () => frame(FrameType.CONTINUATION, 0, 1, [0x82])),
      ),
    Http2Code.ENHANCE_YOUR_CALM,
    "header block in over 8 frames",
  ],
  [
    "a header block without bound",
    () => joined(frame(FrameType.HEADERS, 0, 1, new Uint8Array(16_384)), ...continuation(1)),
    Http2Code.ENHANCE_YOUR_CALM,
    "header block of over",
  ],
  [
    "PUSH_PROMISE",
    () => frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, uint32(2)),
    Http2Code.PROTOCOL_ERROR,
    "no pushes",
  ],
  [
    "ENABLE_PUSH",
    () => settingsFrame([Setting.ENABLE_PUSH, 1]),
    Http2Code.PROTOCOL_ERROR,
    "ENABLE_PUSH",
  ],
  [
    "a window beyond its bound",
    () => settingsFrame([Setting.INITIAL_WINDOW_SIZE, 2 ** 31]),
    Http2Code.FLOW_CONTROL_ERROR,
    "INITIAL_WINDOW_SIZE",
  ],
  [
    "SETTINGS of half a setting",
    () => frame(FrameType.SETTINGS, 0, 0, [0, 1, 0]),
    Http2Code.FRAME_SIZE_ERROR,
    "multiple of 6",
  ],
  [
    "an acknowledgement with content",
    () => frame(FrameType.SETTINGS, Flag.ACK, 0, [0]),
    Http2Code.FRAME_SIZE_ERROR,
    "acknowledgement",
  ],
  ["SETTINGS on a stream", () => frame(FrameType.SETTINGS, 0, 1), Http2Code.PROTOCOL_ERROR, "1"],
  ["PING on a stream", () => frame(FrameType.PING, 0, 1), Http2Code.PROTOCOL_ERROR, "stream 1"],
  [
    "PING of 3 bytes",
    () => frame(FrameType.PING, 0, 0, [1, 2, 3]),
    Http2Code.FRAME_SIZE_ERROR,
    "8",
  ],
  [
    "GOAWAY of 3 bytes",
    () => frame(FrameType.GOAWAY, 0, 0, [1, 2, 3]),
    Http2Code.FRAME_SIZE_ERROR,
    "8",
  ],
  [
    "RST_STREAM of 3 bytes",
    () => frame(FrameType.RST_STREAM, 0, 1, [1, 2, 3]),
    Http2Code.FRAME_SIZE_ERROR,
    "RST_STREAM",
  ],
  [
    "RST_STREAM on an idle stream",
    () => frame(FrameType.RST_STREAM, 0, 9, uint32(8)),
    Http2Code.PROTOCOL_ERROR,
    "idle stream 9",
  ],
  [
    "WINDOW_UPDATE by 0",
    () => frame(FrameType.WINDOW_UPDATE, 0, 0, uint32(0)),
    Http2Code.PROTOCOL_ERROR,
    "by 0",
  ],
  [
    "WINDOW_UPDATE beyond the bound",
    () => frame(FrameType.WINDOW_UPDATE, 0, 0, uint32(INT31_MAX)),
    Http2Code.FLOW_CONTROL_ERROR,
    "2^31-1",
  ],
  [
    "WINDOW_UPDATE on an idle stream",
    () => frame(FrameType.WINDOW_UPDATE, 0, 9, uint32(1)),
    Http2Code.PROTOCOL_ERROR,
    "idle stream 9",
  ],
  [
    "a frame beyond the bound",
    () => Uint8Array.of(0, 0x40, 1, FrameType.DATA, 0, 0, 0, 0, 1),
    Http2Code.FRAME_SIZE_ERROR,
    "16385 bytes",
  ],
];

for (const [name, say, code, words] of FAULTS) {
  Deno.test(`clientHttp2() ends the connection for ${name}`, async () => {
    await using house = new ClientHouse();
    house.server.greet();
    const stream = house.ask();
    await house.turn();
    house.server.send(say(house));
    const error = await assertRejects(() => stream.answer, ConnectionLost, words);
    assertEquals(error.code, code);
    await house.turn();
    assertEquals(house.server.goaways, [code]);
    assertStringIncludes(house.server.farewell, words);
    await house.clock.advance(1000);
    await house.connection.finished;
    assertEquals(house.server.closed, true);
  });
}

Deno.test("clientHttp2() ends a connection that does not begin with SETTINGS", async () => {
  for (
    const first of [
      frame(FrameType.PING, 0, 0, new Uint8Array(8)),
      frame(FrameType.SETTINGS, Flag.ACK, 0),
    ]
  ) {
    await using house = new ClientHouse();
    house.server.send(first);
    await assertRejects(() => house.ask().answer, ConnectionLost, "first frame is not SETTINGS");
    await house.turn();
    assertEquals(house.server.goaways, [Http2Code.PROTOCOL_ERROR]);
  }
});

/** Answers that are none: each ends its own stream only. */
const ANSWERS: readonly (readonly [string, Say, string])[] = [
  ["no :status", (house) => head(house, ["content-type", "x"]), ":status"],
  ["a :status of letters", (house) => head(house, [":status", "two"]), "three digits"],
  ["a second :status", (house) => head(house, [...ANSWER, ":status", "200"]), ":status"],
  ["a request's pseudo-header", (house) => head(house, [":status", "200", ":path", "/"]), ":path"],
  ["a name in capitals", (house) => head(house, [...ANSWER, "Name", "x"]), "lower case"],
  ["a line end in a value", (house) => head(house, [...ANSWER, "name", "a\nb"]), "forbidden"],
  ["a connection of its own", (house) => head(house, [...ANSWER, "connection", "close"]), "HTTP/2"],
  [
    "content-length of letters",
    (house) => head(house, [...ANSWER, "content-length", "x"]),
    "no number",
  ],
  [
    "an end before the beginning",
    (house) => head(house, [":status", "100"], true),
    "before it begins",
  ],
  ["DATA before the head", () => data(1, 1), "before the head"],
  [
    "less than content-length",
    (house) => joined(head(house, [...ANSWER, "content-length", "9"]), data(1, 3, true)),
    "less than",
  ],
  [
    "more than content-length",
    (house) => joined(head(house, [...ANSWER, "content-length", "2"]), data(1, 3)),
    "more than",
  ],
  [
    "trailers that go on",
    (house) => joined(head(house, ANSWER), head(house, ["grpc-status", "0"])),
    "do not end",
  ],
  [
    "pseudo-headers in trailers",
    (house) => joined(head(house, ANSWER), head(house, [":status", "0"], true)),
    "in trailers",
  ],
  [
    "a list beyond its bound",
    bomb,
    "header list of more than",
  ],
  [
    "WINDOW_UPDATE by 0",
    () => frame(FrameType.WINDOW_UPDATE, 0, 1, uint32(0)),
    "by 0",
  ],
];

for (const [name, say, words] of ANSWERS) {
  Deno.test(`clientHttp2() ends the stream for an answer with ${name}, and no other`, async () => {
    await using house = new ClientHouse({ limits: { headerBytesMax: 8000 } });
    house.server.greet();
    const [stream, other] = [house.ask(), house.ask()];
    await house.turn();
    house.server.send(say(house));
    const all = async () => {
      await stream.answer;
      while (await stream.read() !== undefined);
    };
    const error = await assertRejects(all, StreamClosed, words);
    assertEquals(error.code, Http2Code.PROTOCOL_ERROR);
    await house.turn();
    assertEquals(house.server.resets(1), [Http2Code.PROTOCOL_ERROR]);
    house.server.answer(3);
    assertEquals((await other.answer).status, 200);
  });
}

/** What may be said only so often. */
const FLOODS: readonly (readonly [string, Say])[] = [
  ["SETTINGS", () => settingsFrame([])],
  ["PING", () => frame(FrameType.PING, 0, 0, new Uint8Array(8))],
  ["acknowledged PING", () => frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8))],
  ["WINDOW_UPDATE", () => frame(FrameType.WINDOW_UPDATE, 0, 1, uint32(1))],
  ["empty DATA", () => data(1, 0)],
  ["unknown frames", () => frame(0x42, 0, 0)],
  ["PRIORITY", () => frame(FrameType.PRIORITY, 0, 1, new Uint8Array(5))],
  ["interim answers", (house) => head(house, [":status", "103"])],
  ["GOAWAY", () => goaway(1, 0)],
];

for (const [name, say] of FLOODS) {
  Deno.test(`clientHttp2() ends a flood of ${name}`, async () => {
    const bound = {
      settingsMax: 20,
      pingsMax: 20,
      windowUpdatesMax: 20,
      chatterMax: 16,
      emptyDataMax: 20,
      streamsMax: 2,
    } satisfies Partial<ClientLimits>;
    await using house = new ClientHouse({ limits: bound });
    house.server.greet();
    const stream = house.ask();
    if (name === "empty DATA") house.server.send(head(house, ANSWER));
    await house.turn();
    for (let count = 0; count < 21; count++) house.server.send(say(house));
    const all = async () => {
      await stream.answer;
      while (await stream.read() !== undefined);
    };
    await assertRejects(all, ConnectionLost, "too many");
    await house.turn();
    assertEquals(house.server.goaways, [Http2Code.ENHANCE_YOUR_CALM]);
  });
}

Deno.test("clientHttp2() bears as much in more time", async () => {
  await using house = new ClientHouse({ limits: { pingsMax: 20 } });
  house.server.greet();
  const stream = house.ask();
  for (let count = 0; count < 100; count++) {
    house.server.send(frame(FrameType.PING, 0, 0, new Uint8Array(8)));
    await house.clock.advance(600);
  }
  house.server.answer(1);
  assertEquals((await stream.answer).status, 200);
});

Deno.test("clientHttp2() bears a PING for each DATA frame of its own, as official servers send them", async () => {
  await using house = new ClientHouse({ limits: { pingsMax: 20 } });
  house.server.greet();
  for (let count = 0; count < 100; count++) {
    house.ask("open").end(Uint8Array.of(1));
    await house.turn();
    house.server.send(frame(FrameType.PING, 0, 0, new Uint8Array(8)));
    house.server.answer(2 * count + 1);
  }
  await house.turn();
  assertEquals([house.connection.leaving, house.connection.streams], [undefined, 0]);
});

Deno.test("clientHttp2() reads no more of a server that takes no answers", async () => {
  await using house = new ClientHouse({ limits: { outputMark: 170, pingsMax: 10_000 } });
  house.server.greet();
  house.ask();
  await house.turn();
  house.server.taking = "nothing";
  for (let count = 0; count < 100; count++) {
    house.server.send(frame(FrameType.PING, 0, 0, new Uint8Array(8)));
  }
  for (let count = 0; count < 20; count++) await house.turn();
  const { reads } = house.server;
  // A turn of microtasks, and what may wait behind the write: not all hundred.
  assert(reads < 70, `${reads} reads`);
  house.server.release();
  for (let count = 0; count < 40; count++) await house.turn();
  assertEquals(house.server.of(FrameType.PING).length, 100);
});

function head(house: ClientHouse, pairs: readonly string[], end = false): Uint8Array {
  return house.server.headers(1, { pairs, end });
}

/** `:status` 200, a field of 4000 bytes, and 40 bytes that name it again: 160 kB of headers out of 4 kB. */
function bomb(): Uint8Array {
  const long = [0x40, 1, 0x61, 0x7f, 0xa1, 0x1e, ...new Array<number>(4000).fill(0x62)];
  const block = [0x88, ...long, ...new Array<number>(40).fill(0xbe)];
  return frame(FrameType.HEADERS, Flag.END_HEADERS, 1, block);
}

function* continuation(streamId: number): Generator<Uint8Array> {
  yield frame(FrameType.CONTINUATION, 0, streamId, new Uint8Array(1000));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

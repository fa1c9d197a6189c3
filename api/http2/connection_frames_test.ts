/** What each frame of a client does to its streams and windows, one frame at a time. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { data, frame, rstStream, windowUpdate } from "../../tests/fakes/http2_client.ts";
import { begun, type ServerParts } from "../../tests/fakes/http2_server_parts.ts";
import { settingsFrame } from "../../tests/fakes/http2_server.ts";
import { Http2Code } from "./fault.ts";
import { Flag, FrameType, INT31_MAX, Setting } from "./frame_types.ts";

const { HEADERS, DATA, PRIORITY } = FrameType;
const GET = [":method", "GET", ":scheme", "http", ":path", "/"];

/** What is done to stream 1, a request whose body is to come, and what that says. */
const RESETS: readonly (readonly [string, (parts: ServerParts) => Uint8Array, string])[] = [
  ["WINDOW_UPDATE by 0", () => windowUpdate(1, 0), "RST_STREAM 1: 1"],
  ["a window beyond 2^31-1", () => windowUpdate(1, INT31_MAX - 65_534), "RST_STREAM 1: 3"],
  [
    "PRIORITY that depends on itself",
    () => frame(PRIORITY, 0, 1, [0, 0, 0, 1, 0]),
    "RST_STREAM 1: 1",
  ],
  ["PRIORITY of four bytes", () => frame(PRIORITY, 0, 1, [0, 0, 0, 3]), "RST_STREAM 1: 6"],
  [
    "trailers that do not end it",
    ({ client }) => client.headers(1, { pairs: ["a", "b"], end: false }),
    "RST_STREAM 1: 1",
  ],
  [
    "pseudo-headers in trailers",
    ({ client }) => client.headers(1, { pairs: [":path", "/"] }),
    "RST_STREAM 1: 1",
  ],
  [
    "trailers that depend on themselves",
    () => frame(HEADERS, 5 | Flag.PRIORITY, 1, [0, 0, 0, 1, 0]),
    "RST_STREAM 1: 1",
  ],
  ["more than the stream's window", () => data(1, 1001), "RST_STREAM 1: 3"],
];

for (const [name, make, reset] of RESETS) {
  Deno.test(`ConnectionFrames resets the stream for ${name}, and no other`, () => {
    const parts = begun({ streamWindowBytes: 1000 });
    parts.ask(1, false);
    const other = parts.ask(3, false);
    assertEquals(parts.faultOf(make(parts)), undefined);
    assertEquals([parts.said(), other?.closed, parts.core.streams.size], [[reset], false, 1]);
    // Nothing is said twice to what is late.
    for (const late of [make(parts), data(1, 1), parts.client.headers(1)]) parts.take(late);
    assertEquals(parts.said(), []);
  });
}

/** Requests that are none. */
const MALFORMED: readonly (readonly [string, (parts: ServerParts) => Uint8Array])[] = [
  ["a name in upper case", ({ client }) => client.headers(1, { pairs: [...GET, "A", "b"] })],
  [
    "a body that it promises and does not have",
    ({ client }) => client.headers(1, { pairs: [...GET, "content-length", "1"] }),
  ],
  [
    "headers that depend on themselves",
    ({ client }) => frame(HEADERS, 5 | Flag.PRIORITY, 1, [0, 0, 0, 1, 0, ...client.block(GET)]),
  ],
];

for (const [name, make] of MALFORMED) {
  Deno.test(`ConnectionFrames resets a request with ${name}, and nobody is asked`, () => {
    const parts = begun();
    parts.take(make(parts));
    assertEquals([parts.said(), parts.exchanges], [["RST_STREAM 1: 1"], []]);
    parts.ask(3);
    assertEquals(parts.exchanges.length, 1);
  });
}

Deno.test("ConnectionFrames opens a request of no body that says so, and one with a body to come", () => {
  const parts = begun();
  parts.take(parts.client.headers(1, { pairs: [...GET, "content-length", "0"] }));
  parts.take(parts.client.headers(3, { pairs: [...GET, "content-length", "1"], end: false }));
  assertEquals([parts.exchanges.length, parts.core.streams.get(1)?.requestEnded], [2, true]);
  assertEquals(parts.core.streams.get(3)?.requestEnded, false);
});

Deno.test("ConnectionFrames reads headers with priority and padding", () => {
  const parts = begun();
  const block = parts.client.block(GET);
  const payload = [2, 0, 0, 0, 3, 9, ...block, 0, 0];
  parts.take(frame(HEADERS, 4 | Flag.PRIORITY | Flag.PADDED, 1, payload));
  const next = parts.client.block(GET);
  parts.take(frame(HEADERS, Flag.PADDED, 3, [1, ...next.subarray(0, 2), 0]));
  parts.take(frame(FrameType.CONTINUATION, 0, 3, next.subarray(2, 3)));
  parts.take(frame(FrameType.CONTINUATION, 4, 3, next.subarray(3)));
  assertEquals(parts.exchanges.map(({ method, path }) => [method, path]), [["GET", "/"], [
    "GET",
    "/",
  ]]);
});

Deno.test("ConnectionFrames ends a request with its trailers", async () => {
  const parts = begun();
  const stream = parts.ask(1, false);
  parts.take(data(1, 5));
  parts.take(parts.client.headers(1, { pairs: ["a", "b"] }));
  assertEquals([stream?.requestEnded, parts.said()], [true, []]);
  assertEquals([(await stream?.read())?.length, await stream?.read()], [5, undefined]);
});

Deno.test("ConnectionFrames resets what is sent behind the end of a request with STREAM_CLOSED", () => {
  for (const make of [() => data(1, 1), ({ client }: ServerParts) => client.headers(1)]) {
    const parts = begun();
    parts.ask(1);
    parts.take(make(parts));
    assertEquals(parts.said(), ["RST_STREAM 1: 5"]);
  }
  const answered = begun();
  answered.ask(1)?.respond(204, [], true);
  answered.said();
  answered.take(data(1, 1));
  answered.take(data(1, 1));
  assertEquals(answered.said(), ["RST_STREAM 1: 5"]);
});

/** DATA that nobody keeps, and what the connection's window of 10 bytes has back at once. */
const GIVEN_BACK: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
  ["bytes that somebody may read", data(1, 6), []],
  ["padding", frame(DATA, Flag.PADDED, 1, [5, 1, 2, 0, 0, 0, 0, 0]), ["WINDOW_UPDATE 0: 6"]],
  ["bytes of a stream that was reset", data(3, 5), ["WINDOW_UPDATE 0: 5"]],
  ["bytes behind the end", data(5, 5), ["WINDOW_UPDATE 0: 5", "RST_STREAM 5: 5"]],
  ["bytes that are too many for the stream", data(1, 7), ["WINDOW_UPDATE 0: 7", "RST_STREAM 1: 3"]],
];

for (const [name, bytes, frames] of GIVEN_BACK) {
  Deno.test(`ConnectionFrames says ${frames.join(" and ") || "nothing"} to DATA with ${name}`, () => {
    const parts = begun({
      connectionWindowBytes: 10,
      streamWindowBytes: name === "padding" ? 100 : 6,
    });
    parts.ask(1, false);
    parts.ask(3, false)?.reset(Http2Code.CANCEL);
    parts.ask(5);
    parts.said();
    assertEquals(parts.faultOf(bytes), undefined);
    assertEquals(parts.said(), frames);
  });
}

Deno.test("ConnectionFrames acknowledges SETTINGS, and takes an acknowledgement for what it is", () => {
  const parts = begun();
  parts.core.settingsAcknowledged = false;
  parts.take(settingsFrame([]));
  assertEquals([parts.said(), parts.core.settingsAcknowledged], [["SETTINGS 0 ACK: "], false]);
  parts.take(frame(FrameType.SETTINGS, Flag.ACK, 0));
  assertEquals([parts.said(), parts.core.settingsAcknowledged], [[], true]);
});

Deno.test("ConnectionFrames takes bounds of the header table, the least and the last one", () => {
  for (
    const [settings, prefix] of [
      [[], ""],
      [[1, 0], "20"],
      [[1, 100], "3f45"],
      [[1, 0, 1, 4096], "203fe11f"],
      [[1, 4096, 1, 0, 1, 100], "203f45"],
    ] as const
  ) {
    const parts = begun();
    const stream = parts.ask(1);
    parts.take(settingsFrame(settings));
    parts.said();
    stream?.respond(200, [], true);
    assertEquals(parts.said(), [`HEADERS 1 END: ${prefix}88`]);
  }
});

Deno.test("ConnectionFrames moves the windows of streams with SETTINGS_INITIAL_WINDOW_SIZE, and lets go on who waits", () => {
  const parts = begun();
  const [waiting, idle] = [parts.ask(1), parts.ask(3)];
  parts.take(settingsFrame([Setting.INITIAL_WINDOW_SIZE, 0]));
  assertEquals([waiting, idle, parts.ask(5)].map((stream) => stream?.sendWindow), [0, 0, 0]);
  waiting?.respond(200, []);
  waiting?.write(new Uint8Array(3));
  assertEquals(parts.core.turns.isEmpty, true);
  parts.take(settingsFrame([Setting.INITIAL_WINDOW_SIZE, 100]));
  assertEquals([waiting?.sendWindow, waiting?.inTurn, idle?.inTurn], [100, true, false]);
});

Deno.test("ConnectionFrames ends the connection when SETTINGS move a window beyond 2^31-1, and not at it", () => {
  for (const more of [0, 1]) {
    const parts = begun();
    parts.ask(1);
    parts.take(windowUpdate(1, 1000));
    const settings = settingsFrame([Setting.INITIAL_WINDOW_SIZE, INT31_MAX - 1000 + more]);
    const fault = [Http2Code.FLOW_CONTROL_ERROR, "a window beyond 2^31-1"] as const;
    assertEquals(parts.faultOf(settings), more === 0 ? undefined : fault);
  }
});

Deno.test("ConnectionFrames takes WINDOW_UPDATE of a stream up to 2^31-1, and lets it go on while it has bytes", () => {
  const parts = begun();
  const stream = parts.ask(1);
  parts.take(windowUpdate(1, INT31_MAX - 65_535));
  assertEquals([stream?.sendWindow, stream?.inTurn, parts.said()], [INT31_MAX, false, []]);
  parts.take(settingsFrame([Setting.INITIAL_WINDOW_SIZE, 0]));
  const waiting = parts.ask(3);
  waiting?.respond(200, []);
  waiting?.write(new Uint8Array(10));
  parts.take(windowUpdate(3, 7));
  assertEquals([waiting?.sendWindow, waiting?.inTurn], [7, true]);
});

Deno.test("ConnectionFrames answers PING with its bytes, and tells of an acknowledgement", () => {
  const parts = begun();
  parts.take(frame(FrameType.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]));
  assertEquals([parts.said(), parts.pongs], [["PING 0 ACK: 0102030405060708"], 0]);
  parts.take(frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8)));
  assertEquals([parts.said(), parts.pongs], [[], 1]);
});

Deno.test("ConnectionFrames looks at no stream behind the last one that is answered, and keeps its table right", () => {
  const parts = begun();
  parts.ask(1);
  parts.core.lastAnswered = 1;
  parts.take(parts.client.headers(3, { pairs: [...GET, "a", "b"] }));
  parts.take(data(3, 5, true));
  parts.take(parts.client.headers(3));
  assertEquals([parts.exchanges.length, parts.said(), parts.core.streams.last], [1, [], 3]);
  // A stream up to it is judged as ever.
  assertEquals(parts.faultOf(data(5, 1)), [Http2Code.PROTOCOL_ERROR, "DATA on idle stream 5"]);
});

Deno.test("ConnectionFrames goes on until the connection is over", () => {
  const parts = begun();
  assertEquals(parts.take(windowUpdate(0, 1)), true);
  parts.core.finish();
  assertEquals(parts.take(windowUpdate(0, 1)), false);
});

Deno.test("ConnectionFrames ends a stream that its client has reset, without a word", () => {
  const parts = begun();
  const stream = parts.ask(1, false);
  parts.take(rstStream(1, Http2Code.CANCEL));
  assertEquals([stream?.closed, parts.said(), parts.core.streams.size], [true, [], 0]);
});

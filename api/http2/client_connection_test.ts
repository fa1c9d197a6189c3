// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { data, frame, rstStream, windowUpdate } from "../../tests/fakes/http2_client.ts";
import { ANSWER, ClientHouse, goaway } from "../../tests/fakes/http2_server.ts";
import { ConnectionLost, Http2Code, RequestUnprocessed, StreamClosed } from "./fault.ts";
import { Flag, FrameType, readUint32, Setting } from "./frame_types.ts";

const LETTERS = new TextEncoder().encode("letters");

/** All of an answer's body. */
async function textOf(stream: { read(): Promise<Uint8Array | undefined> }): Promise<string> {
  let text = "";
  for (let piece = await stream.read(); piece !== undefined; piece = await stream.read()) {
    text += new TextDecoder().decode(piece);
  }
  return text;
}

Deno.test("clientHttp2() says preface, settings and the first request in one write, and reads the answer", async () => {
  await using house = new ClientHouse();
  const { server } = house;
  const stream = house.ask("open");
  stream.end(LETTERS);
  await house.turn();
  assertEquals(server.writes.length, 1);
  assertEquals(server.frames.map(({ type }) => type), [
    FrameType.SETTINGS,
    FrameType.WINDOW_UPDATE,
    FrameType.HEADERS,
    FrameType.DATA,
  ]);
  const [settings, , head, body] = server.frames;
  assertEquals([...settings?.payload.subarray(0, 6) ?? []], [0, Setting.ENABLE_PUSH, 0, 0, 0, 0]);
  assertEquals([head?.flags, body?.flags], [Flag.END_HEADERS, Flag.END_STREAM]);
  assertEquals(body?.payload, LETTERS);
  server.greet();
  server.answer(1, "an answer");
  const { status, headers } = await stream.answer;
  assertEquals([status, headers], [200, ["content-type", "application/grpc"]]);
  assertEquals(await textOf(stream), "an answer");
  assertEquals(stream.trailers, ["grpc-status", "0"]);
  assertEquals([stream.closed, house.connection.streams], [true, 0]);
  await house.turn();
  // The settings are acknowledged; nothing else was to be said.
  assertEquals(server.frames.slice(4).map(({ type, flags }) => [type, flags]), [
    [FrameType.SETTINGS, Flag.ACK],
  ]);
});

Deno.test("ClientConnection.open() uses odd streams one after the other, and says how many more may come", async () => {
  await using house = new ClientHouse({ limits: { streamsMax: 3 } });
  assertEquals(house.connection.room, 3);
  house.server.greet([Setting.MAX_CONCURRENT_STREAMS, 2]);
  await house.turn();
  const streams = [house.ask(), house.ask()];
  assertEquals(streams.map(({ id }) => id), [1, 3]);
  assertEquals(house.connection.room, 0);
  await house.turn();
  house.server.answer(3);
  await streams[1]?.answer;
  await house.turn();
  assertEquals([house.connection.room, house.ask().id], [1, 5]);
  assertThrows(() => house.connection.open(["a", "\u{1F600}"], { ended: true }), RangeError);
});

Deno.test("ClientStream.write() keeps to both windows, and goes on as they open", async () => {
  await using house = new ClientHouse({ limits: { streamBufferedMark: 1000 } });
  const { server } = house;
  server.greet([Setting.INITIAL_WINDOW_SIZE, 10]);
  await house.turn();
  const stream = house.ask("open");
  assertEquals(stream.write(new Uint8Array(10)), undefined);
  const room = stream.write(new Uint8Array(100_000));
  stream.end(LETTERS);
  await house.turn();
  assertEquals(server.received(1), 10);
  server.send(windowUpdate(1, 50_000));
  await house.turn();
  assertEquals(server.received(1), 50_010);
  server.send(windowUpdate(1, 100_000));
  await house.turn();
  // The connection's window has 65 535 at first.
  assertEquals(server.received(1), 65_535);
  server.send(windowUpdate(0, 100_000));
  await room;
  await house.turn();
  assertEquals(server.received(1), 100_017);
  const last = server.of(FrameType.DATA, 1).at(-1);
  assertEquals(last?.flags, Flag.END_STREAM);
});

Deno.test("ClientStream.read() holds the server back until somebody reads", async () => {
  const limits = { streamWindowBytes: 1000, connectionWindowBytes: 70_000 };
  await using house = new ClientHouse({ limits });
  const { server } = house;
  const stream = house.ask();
  server.greet();
  server.send(server.headers(1, { pairs: ANSWER, end: false }), data(1, 900));
  await stream.answer;
  await house.turn();
  assertEquals(server.of(FrameType.WINDOW_UPDATE, 1), []);
  assertEquals((await stream.read())?.length, 900);
  await house.turn();
  assertEquals(server.of(FrameType.WINDOW_UPDATE, 1).map(({ payload }) => readUint32(payload, 0)), [
    900,
  ]);
  server.send(data(1, 1001));
  await assertRejects(() => stream.read(), StreamClosed, "beyond the stream's window");
  await house.turn();
  assertEquals(server.resets(1), [Http2Code.FLOW_CONTROL_ERROR]);
  assertEquals(house.connection.leaving, undefined);
});

Deno.test("ClientStream.reset() gives back what it leaves unread", async () => {
  const limits = { streamWindowBytes: 70_000, connectionWindowBytes: 70_000 };
  await using house = new ClientHouse({ limits });
  const { server } = house;
  const stream = house.ask();
  server.greet();
  server.send(server.headers(1, { pairs: ANSWER, end: false }));
  for (let count = 0; count < 4; count++) server.send(data(1, 16_000));
  await stream.answer;
  await house.turn();
  assertEquals(server.of(FrameType.WINDOW_UPDATE, 0).length, 1);
  stream.reset();
  await house.turn();
  assertEquals(server.resets(1), [Http2Code.CANCEL]);
  assertEquals(server.of(FrameType.WINDOW_UPDATE, 0).map(({ payload }) => readUint32(payload, 0)), [
    70_000 - 65_535,
    64_000,
  ]);
  // What was on its way is thrown away, and counts for the connection.
  server.send(data(1, 6000), server.headers(1, { pairs: ["grpc-status", "0"] }));
  const next = house.ask();
  server.answer(3);
  assertEquals((await next.answer).status, 200);
  await assertRejects(() => stream.answer.then(() => stream.read()), StreamClosed, "reset by us");
});

Deno.test("ClientStream ends with the server's reset, and knows whether it was looked at", async () => {
  await using house = new ClientHouse();
  const { server } = house;
  server.greet();
  const [refused, late, calm] = [house.ask(), house.ask(), house.ask()];
  await house.turn();
  server.send(rstStream(1, Http2Code.REFUSED_STREAM));
  server.send(server.headers(3, { pairs: ANSWER, end: false }));
  server.send(rstStream(3, Http2Code.REFUSED_STREAM), rstStream(5, Http2Code.ENHANCE_YOUR_CALM));
  await assertRejects(() => refused.answer, RequestUnprocessed);
  await late.answer;
  await assertRejects(() => late.read(), StreamClosed, "code 7");
  const error = await assertRejects(() => calm.answer, StreamClosed, "code 11");
  assertEquals(error.code, Http2Code.ENHANCE_YOUR_CALM);
  await house.turn();
  assertEquals([1, 3, 5].map((id) => server.resets(id)), [[], [], []]);
});

Deno.test("ClientStream stops its request where the answer ends first", async () => {
  await using house = new ClientHouse();
  const { server } = house;
  server.greet();
  const stream = house.ask("open");
  stream.write(LETTERS);
  await house.turn();
  server.send(server.headers(1, { pairs: ANSWER }));
  assertEquals((await stream.answer).status, 200);
  assertEquals(await stream.read(), undefined);
  await assertRejects(async () => await stream.write(LETTERS), StreamClosed, "over");
  await house.turn();
  assertEquals(server.resets(1), [Http2Code.CANCEL]);
});

Deno.test("ClientConnection takes GOAWAY: what was looked at goes on, the rest may be sent again", async () => {
  await using house = new ClientHouse();
  const { server } = house;
  server.greet();
  const [first, second] = [house.ask(), house.ask()];
  await house.turn();
  server.send(goaway(1, Http2Code.NO_ERROR, "so long\x07"));
  await assertRejects(() => second.answer, RequestUnprocessed, "code 0: so long?");
  assertEquals([house.connection.room, house.connection.streams], [0, 1]);
  assertThrows(() => house.ask(), ConnectionLost, "so long");
  server.answer(1);
  assertEquals(await first.answer.then(() => textOf(first)), "body");
  assertStringIncludes((await house.connection.finished).message, "so long");
  assertEquals(server.closed, true);
});

Deno.test("ClientConnection.drain() closes after the last stream", async () => {
  await using house = new ClientHouse();
  house.server.greet();
  const stream = house.ask();
  house.connection.drain();
  await house.turn();
  assertEquals(house.server.closed, false);
  house.server.answer(1);
  assertEquals((await stream.answer).status, 200);
  await house.connection.finished;
  assertEquals([await textOf(stream), house.server.closed], ["body", true]);
});

Deno.test("ClientConnection ends all streams when the byte stream ends, breaks or speaks HTTP/1", async () => {
  const http1 = new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n");
  const cases = [
    [(house) => house.server.end(), "closed the connection before it said anything"],
    [(house) => (house.server.greet(), house.server.end()), "the server closed it"],
    [(house) => house.server.send(http1), "speaks HTTP/1"],
  ] as const satisfies readonly (readonly [(house: ClientHouse) => void, string])[];
  for (const [act, words] of cases) {
    await using house = new ClientHouse();
    const stream = house.ask();
    act(house);
    await assertRejects(() => stream.answer, ConnectionLost, words);
    assertStringIncludes((await house.connection.finished).message, words);
  }
  for (const taking of ["failure", "thrown", "nonsense"] as const) {
    await using house = new ClientHouse();
    house.server.taking = taking;
    await assertRejects(() => house.ask().answer, ConnectionLost, "broke off");
  }
});

Deno.test("ClientConnection passes over interim answers and padding", async () => {
  await using house = new ClientHouse();
  const { server } = house;
  server.greet();
  const stream = house.ask();
  server.send(server.headers(1, { pairs: [":status", "103"], end: false }));
  server.send(server.headers(1, { pairs: ANSWER, end: false }));
  server.send(frame(FrameType.DATA, Flag.PADDED, 1, [3, 0x61, 0, 0, 0]));
  server.send(frame(FrameType.DATA, Flag.PADDED | Flag.END_STREAM, 1, [0, 0x62]));
  assertEquals([(await stream.answer).status, await textOf(stream)], [200, "ab"]);
});

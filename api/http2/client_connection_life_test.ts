/** How a client's connection begins, sleeps and ends. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { data, frame } from "../../tests/fakes/http2_client.ts";
import { ANSWER, ClientHouse, FakeHttp2Server } from "../../tests/fakes/http2_server.ts";
import { clientHttp2 } from "./client_connection.ts";
import type { Duplex } from "./duplex.ts";
import { ConnectionLost, Http2Code } from "./fault.ts";
import { Flag, FrameType, Setting } from "./frame_types.ts";

const PING = frame(FrameType.PING, 0, 0, new Uint8Array(8));

Deno.test("clientHttp2() says its SETTINGS at once, and WINDOW_UPDATE only for a window above 65535 bytes", async () => {
  for (const [bytes, said] of [[65_534, 0], [65_535, 0], [65_536, 1]] as const) {
    await using house = new ClientHouse({ limits: { connectionWindowBytes: bytes } });
    await house.turn();
    assertEquals(house.server.of(FrameType.SETTINGS).length, 1);
    assertEquals(house.server.of(FrameType.WINDOW_UPDATE).map(({ payload }) => payload[3]), [
      ...new Array(said).fill(1),
    ]);
  }
});

Deno.test("ClientConnection looks at its time-outs each second, without requests every five", async () => {
  await using house = new ClientHouse();
  const { server, clock } = house;
  house.ask();
  await house.turn();
  await clock.advance(300);
  // Who is awake is not woken by a request.
  house.ask();
  await house.turn();
  assertEquals(clock.pendingMs, [700]);
  server.greet();
  server.answer(1);
  server.answer(3);
  await house.turn();
  await clock.advance(700);
  assertEquals(clock.pendingMs, [5000]);
  await clock.advance(600);
  house.ask();
  await house.turn();
  assertEquals(clock.pendingMs, [1000]);
  await clock.advance(300);
  house.ask();
  await house.turn();
  assertEquals(clock.pendingMs, [700]);
});

Deno.test("ClientConnection.drain() without requests closes at once", async () => {
  await using house = new ClientHouse();
  house.server.greet();
  await house.turn();
  house.connection.drain();
  const reason = await house.connection.finished;
  assertEquals([reason.message, reason.name], ["the connection was closed", "ConnectionLost"]);
  assertEquals([house.server.closed, house.connection.leaving], [true, reason]);
});

Deno.test("ClientConnection.cut() closes the byte stream once, with the first reason, and sends nothing more", async () => {
  for (const reason of [undefined, new Error("no longer needed")]) {
    const server = new FakeHttp2Server();
    let closed = 0;
    const clock = new FakeClock();
    const duplex: Duplex = {
      ...server.duplex,
      close: () => {
        closed++;
        server.duplex.close();
        throw new Error("closed already");
      },
    };
    const connection = clientHttp2(duplex, { clock });
    await server.turn();
    server.writes.length = 0;
    const { answer } = connection.open([":method", "GET"], { ended: true });
    connection.cut(reason);
    connection.cut(new Error("twice"));
    const words = reason?.message ?? "the connection was closed";
    await assertRejects(() => answer, Error, words);
    assertEquals((await connection.finished).message, words);
    await server.turn();
    assertEquals([closed, server.writes, clock.pendingMs], [1, [], []]);
  }
});

Deno.test("ClientConnection ends when the byte stream says that it read what it cannot have read", async () => {
  for (const count of [0, -1, Number.NaN, 1_000_000]) {
    const server = new FakeHttp2Server();
    const duplex: Duplex = { ...server.duplex, read: () => Promise.resolve(count) };
    const connection = clientHttp2(duplex, { clock: new FakeClock() });
    const words = "the server closed the connection before it said anything";
    assertEquals((await connection.finished).message, words);
  }
});

Deno.test("ClientConnection tells why reading failed", async () => {
  const cause = new Error("reset by peer");
  const server = new FakeHttp2Server();
  const duplex: Duplex = { ...server.duplex, read: () => Promise.reject(cause) };
  const reason = await clientHttp2(duplex, { clock: new FakeClock() }).finished;
  assertEquals([reason.message, reason.cause], [
    "the connection broke off: reset by peer",
    cause,
  ]);
  const other: Duplex = { ...server.duplex, read: () => Promise.reject("gone") };
  const second = await clientHttp2(other, { clock: new FakeClock() }).finished;
  assertEquals([second.message, second.cause], ["the connection broke off", "gone"]);
});

Deno.test("ClientConnection ends with no cause where the server just closes", async () => {
  await using house = new ClientHouse();
  house.server.greet();
  await house.turn();
  house.server.end();
  const reason = await house.connection.finished;
  assertEquals(reason.message, "the connection broke off: the server closed it");
  assertEquals("cause" in reason, false);
});

Deno.test("ClientConnection takes only the first bytes for HTTP/1, and only all of them", async () => {
  await using house = new ClientHouse();
  const { server } = house;
  // 84 bytes: a T where HTTP has one.
  server.greet(new Array<number>(14).fill(0).flatMap(() => [Setting.MAX_HEADER_LIST_SIZE, 9999]));
  const stream = house.ask();
  server.send(server.headers(1, { pairs: ANSWER, end: false }));
  const text = new TextEncoder().encode("HTTP/1.1 200 OK");
  const body = frame(FrameType.DATA, Flag.END_STREAM, 1, text);
  server.send(body.subarray(0, 9));
  server.send(body.subarray(9));
  await stream.answer;
  assertEquals(await stream.read(), text);
});

Deno.test("ClientConnection ends with INTERNAL_ERROR when who is told of a change throws", async () => {
  const server = new FakeHttp2Server();
  const clock = new FakeClock();
  let thrown = 0;
  const connection = clientHttp2(server.duplex, {
    clock,
    onChange: () => {
      if (thrown++ === 0) throw new Error("a fault of ours");
    },
  });
  const { answer } = connection.open([":method", "GET"], { ended: true });
  server.greet();
  const words = "the server broke a rule of HTTP/2: internal";
  await assertRejects(() => answer, ConnectionLost, words);
  await server.turn();
  assertEquals([server.goaways, server.farewell], [[Http2Code.INTERNAL_ERROR], "internal"]);
  await clock.advance(1000);
  assertEquals((await connection.finished).message, words);
});

Deno.test("ClientConnection closes within a second once its last words are out, also one that slept", async () => {
  await using house = new ClientHouse({ limits: { lingerMs: 60_000 } });
  const { server, clock } = house;
  server.greet();
  await house.turn();
  await clock.advance(1000);
  assertEquals(clock.pendingMs, [5000]);
  server.send(data(0, 1));
  await house.turn();
  assertEquals([server.goaways, server.closed], [[Http2Code.PROTOCOL_ERROR], false]);
  await clock.advance(1000);
  assertEquals(server.closed, true);
});

Deno.test("ClientConnection closes after its linger time though its last words do not leave, and hears nothing more", async () => {
  await using house = new ClientHouse({ limits: { lingerMs: 3000 } });
  const { server, clock } = house;
  // Begins, and never acknowledges our SETTINGS.
  server.send(frame(FrameType.SETTINGS, 0, 0));
  house.ask();
  await house.turn();
  await clock.advance(9000);
  server.taking = "nothing";
  server.send(PING);
  await house.turn();
  await clock.advance(1000);
  assertEquals([house.connection.leaving?.message], [
    "the server broke a rule of HTTP/2: SETTINGS were not acknowledged",
  ]);
  server.send(PING);
  await house.turn();
  await clock.advance(2000);
  assertEquals(server.closed, false);
  await clock.advance(1000);
  assertEquals(server.closed, true);
});

Deno.test("ClientConnection says nothing behind its GOAWAY, whatever still comes", async () => {
  await using house = new ClientHouse({ limits: { lingerMs: 3000 } });
  const { server, clock } = house;
  server.send(frame(FrameType.SETTINGS, 0, 0));
  house.ask();
  await house.turn();
  await clock.advance(9000);
  server.taking = "nothing";
  server.send(PING);
  await house.turn();
  await clock.advance(1000);
  server.send(PING);
  await house.turn();
  server.release();
  await house.turn();
  assertEquals(server.frames.at(-1)?.type, FrameType.GOAWAY);
  assertEquals(server.of(FrameType.PING).map(({ flags }) => flags), [Flag.ACK]);
  house.connection.cut();
  await house.turn();
  assertEquals(clock.pendingMs, []);
});

Deno.test("ClientConnection asks a silent server by a PING that is no acknowledgement", async () => {
  await using house = new ClientHouse({ limits: { silenceMs: 2000 } });
  house.server.greet();
  house.ask();
  await house.turn();
  await house.clock.advance(3000);
  assertEquals(house.server.of(FrameType.PING).map(({ flags }) => flags), [0]);
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { data, frame, windowUpdate } from "../../tests/fakes/http2_client.ts";
import { answerUnary, Http2House } from "../../tests/fakes/http2_house.ts";
import { Http2Code } from "./fault.ts";
import { Flag, FrameType, PREFACE, Setting } from "./frame_types.ts";

Deno.test("a peer without a whole preface and SETTINGS is cut after the header time-out", async () => {
  await using house = new Http2House();
  const { client, clock, connection } = house;
  client.send(PREFACE.slice(0, 10));
  await client.turn();
  await clock.advance(9000);
  assertEquals(client.closed, false);
  await clock.advance(6000);
  await connection.finished;
  assertEquals(client.goaways, []);
});

Deno.test("SETTINGS that are not acknowledged end the connection with SETTINGS_TIMEOUT", async () => {
  await using house = new Http2House();
  const { client, clock } = house;
  client.send(PREFACE.slice(), frame(FrameType.SETTINGS, 0, 0));
  await client.turn();
  await clock.advance(9000);
  assertEquals(client.goaways, []);
  await clock.advance(6000);
  assertEquals(client.goaways[0], Http2Code.SETTINGS_TIMEOUT);
});

Deno.test("a frame that does not end ends the connection, though a byte comes now and then", async () => {
  await using house = new Http2House();
  const { client, clock } = house;
  client.greet();
  client.send(client.headers(1).slice(0, 10));
  await client.turn();
  for (let second = 0; second < 16; second++) {
    await clock.advance(1000);
    if (client.goaways.length === 0) client.send(new Uint8Array(1));
  }
  assertEquals(client.goaways, [Http2Code.PROTOCOL_ERROR]);
  assertEquals(client.farewell, "a frame did not end in time");
});

Deno.test("a header block without its end ends the connection", async () => {
  await using house = new Http2House();
  const { client, clock } = house;
  client.greet();
  client.send(frame(FrameType.HEADERS, 0, 1, client.block(["x", "y"])));
  await client.turn();
  await clock.advance(16_000);
  assertEquals(client.goaways, [Http2Code.PROTOCOL_ERROR]);
});

Deno.test("a connection without a stream drains after the idle time-out, one with calls now and then does not", async () => {
  await using house = new Http2House({ handler: answerUnary });
  const { client, clock, connection } = house;
  client.greet();
  for (let call = 0; call < 5; call++) {
    client.send(client.headers(2 * call + 1));
    await client.turn();
    await clock.advance(60_000);
  }
  assertEquals(client.goaways, []);
  await clock.advance(70_000);
  await connection.finished;
  assertEquals(client.goaways, [Http2Code.NO_ERROR, Http2Code.NO_ERROR]);
});

Deno.test("a write that is not taken ends the connection, and it is released with the write", async () => {
  await using house = new Http2House();
  const { client, clock, connection } = house;
  client.greet();
  await client.turn();
  client.taking = "nothing";
  let released = false;
  connection.released.then(() => released = true);
  client.send(frame(FrameType.PING, 0, 0, new Uint8Array(8)));
  await client.turn();
  await clock.advance(29_000);
  assertEquals(client.closed, false);
  await clock.advance(8000);
  await connection.finished;
  assertEquals(client.closed, true);
  assertEquals(released, false);
  client.release();
  await connection.released;
});

Deno.test("a complete answer taken byte by byte is reset, one taken faster is not", async () => {
  await using house = new Http2House({
    handler: (exchange) => {
      exchange.respond(200, []);
      exchange.write(new Uint8Array(1_000_000));
      exchange.end();
    },
  });
  const { client, clock } = house;
  client.greet([Setting.INITIAL_WINDOW_SIZE, 0]);
  client.send(client.headers(1), client.headers(3));
  await client.turn();
  for (let second = 0; second < 62; second++) {
    client.send(windowUpdate(1, 1), windowUpdate(3, 200));
    await clock.advance(1000);
  }
  assertEquals(client.resets(1), [Http2Code.ENHANCE_YOUR_CALM]);
  assertEquals(client.resets(3), []);
});

Deno.test("a body that is waited for and does not come resets its stream", async () => {
  await using house = new Http2House({ handler: answerUnary });
  const { client, clock } = house;
  client.greet();
  client.send(client.headers(1, { end: false }));
  await client.turn();
  for (let second = 0; second < 62; second++) {
    client.send(data(1, 1));
    await clock.advance(1000);
  }
  assertEquals(client.resets(1), [Http2Code.ENHANCE_YOUR_CALM]);
  assertEquals(client.goaways, []);
});

Deno.test("a silent peer of an open stream is asked by PING, and cut when it says nothing", async () => {
  await using house = new Http2House({ handler: (exchange) => exchange.respond(200, []) });
  const { client, clock, connection } = house;
  client.greet();
  client.send(client.headers(1));
  await client.turn();
  await clock.advance(62_000);
  assertEquals(client.of(FrameType.PING).length, 1);
  client.send(frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8)));
  await clock.advance(62_000);
  assertEquals(client.of(FrameType.PING).length, 2);
  assertEquals(client.closed, false);
  await clock.advance(62_000);
  await connection.finished;
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { frame } from "../../tests/fakes/http2_client.ts";
import { answerUnary, Http2House } from "../../tests/fakes/http2_house.ts";
import { Http2Code } from "./fault.ts";
import { FrameType, PREFACE } from "./frame_types.ts";

Deno.test("a connection says nothing before the preface is whole, which may come byte by byte", async () => {
  await using house = new Http2House({ handler: answerUnary });
  const { client, connection } = house;
  for (const byte of PREFACE) {
    assertEquals([client.writes.length, connection.streams], [0, 0]);
    client.send(Uint8Array.of(byte));
    await client.turn();
  }
  assertEquals(client.frames.map(({ type }) => type), [
    FrameType.SETTINGS,
    FrameType.WINDOW_UPDATE,
  ]);
  client.send(frame(FrameType.SETTINGS, 0, 0), client.headers(1));
  await client.turn();
  assertEquals(house.exchanges.length, 1);
});

Deno.test("a connection that begins with a wrong byte is told so before 24 of them came", async () => {
  for (
    const beginning of ["GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r", "\x16\x03\x01"]
  ) {
    await using house = new Http2House();
    const { client } = house;
    client.send(new TextEncoder().encode(beginning));
    await client.turn();
    assertEquals(client.goaways, [Http2Code.PROTOCOL_ERROR]);
    assertEquals(client.farewell, "the connection does not begin with the preface of HTTP/2");
  }
});

Deno.test("a half-open connection ends with its byte stream, by cut(), by drain() and by the signal", async () => {
  for (const way of ["end", "cut", "drain", "signal"] as const) {
    await using house = new Http2House();
    const { client, connection } = house;
    client.send(PREFACE.slice(0, 5));
    await client.turn();
    assertEquals(connection.isUnused, true);
    if (way === "end") client.end();
    else if (way === "cut") connection.cut();
    else if (way === "drain") connection.drain();
    else house.stop.abort();
    await connection.finished;
    await connection.released;
    assertEquals([client.closed, client.writes.length, connection.isUnused], [true, 0, false], way);
    connection.cut(); // Twice is once.
  }
});

Deno.test("a connection is unused until its first request is whole, and once it is closed no more", async () => {
  await using house = new Http2House({ handler: answerUnary });
  const { client, connection } = house;
  assertEquals(connection.isUnused, true);
  client.greet();
  await client.turn();
  assertEquals(connection.isUnused, true);
  const headers = client.headers(1);
  client.send(headers.slice(0, 12));
  await client.turn();
  assertEquals(connection.isUnused, true);
  client.send(headers.slice(12));
  await client.turn();
  assertEquals(connection.isUnused, false);
});

Deno.test("a connection that does not take what it is sent is not unused: its descriptor would not be free", async () => {
  await using house = new Http2House();
  const { client, connection } = house;
  client.taking = "nothing";
  client.greet();
  await client.turn();
  assertEquals(connection.isUnused, false);
  client.release();
  await client.turn();
  assertEquals(connection.isUnused, true);
});

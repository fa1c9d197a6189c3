// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { data, frame, rstStream, uint32 } from "../../tests/fakes/http2_client.ts";
import { answerUnary, Http2House } from "../../tests/fakes/http2_house.ts";
import { Http2Code, StreamClosed } from "./fault.ts";
import { Flag, FrameType, PREFACE, Setting } from "./frame_types.ts";

Deno.test("serveHttp2() says SETTINGS and the connection's window first, in one write", async () => {
  await using house = new Http2House();
  const { client } = house;
  client.send(PREFACE.slice());
  await client.turn();
  assertEquals(client.frames.map(({ type }) => type), [
    FrameType.SETTINGS,
    FrameType.WINDOW_UPDATE,
  ]);
  assertEquals(client.writes.length, 1);
});

Deno.test("a unary answer leaves as HEADERS, DATA and HEADERS in one write", async () => {
  await using house = new Http2House({ handler: answerUnary });
  const { client } = house;
  client.greet();
  await client.turn();
  client.frames.length = 0;
  client.writes.length = 0;
  client.send(client.headers(1, { end: false }), data(1, 113, true));
  await client.turn();
  assertEquals(client.frames.map(({ type, flags }) => [type, flags]), [
    [FrameType.HEADERS, Flag.END_HEADERS],
    [FrameType.DATA, 0],
    [FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM],
  ]);
  assertEquals(client.writes.length, 1);
  const [first, , last] = client.frames;
  if (first === undefined || last === undefined) throw new Error("no answer");
  assertEquals(client.decode(first), [":status", "200", "content-type", "application/grpc"]);
  assertEquals(client.decode(last), ["grpc-status", "0"]);
  assertEquals(house.connection.streams, 0);
});

Deno.test("answers of one turn leave in one write, though each takes some microtasks", async () => {
  await using house = new Http2House({
    handler: async (exchange) => {
      await Promise.resolve();
      await Promise.resolve();
      exchange.respond(204, [], true);
    },
  });
  const { client } = house;
  client.greet();
  await client.turn();
  client.writes.length = 0;
  client.send(client.headers(1), client.headers(3), client.headers(5));
  await client.turn();
  assertEquals(client.of(FrameType.HEADERS).length, 3);
  assertEquals(client.writes.length, 1);
});

Deno.test("write() and read() reject with StreamClosed after a reset of the peer", async () => {
  await using house = new Http2House({ limits: { streamBufferedMark: 10 } });
  const { client } = house;
  client.greet([Setting.INITIAL_WINDOW_SIZE, 0]);
  client.send(client.headers(1, { end: false }));
  await client.turn();
  const [exchange] = house.exchanges;
  if (exchange === undefined) throw new Error("no exchange");
  const broken: string[] = [];
  exchange.onBroken((reason) => broken.push(reason.message));
  const read = exchange.read();
  exchange.respond(200, []);
  const room = exchange.write(new Uint8Array(100)) ?? Promise.resolve();
  client.send(rstStream(1, Http2Code.CANCEL));
  await assertRejects(() => read, StreamClosed, "reset by the peer, code 8");
  await assertRejects(() => room, StreamClosed, "reset by the peer, code 8");
  await assertRejects(() => exchange.write(new Uint8Array(1)) ?? Promise.resolve(), StreamClosed);
  await assertRejects(() => exchange.read(), StreamClosed);
  exchange.onBroken((reason) => broken.push(reason.message));
  assertEquals(broken.length, 2);
  assertEquals(exchange.closed, true);
  assertEquals(house.connection.streams, 0);
});

Deno.test("collect() gives undefined once beyond its bound, and what comes after is thrown away", async () => {
  const bodies: (number | undefined)[] = [];
  await using house = new Http2House({
    handler: (exchange) => exchange.collect(100, (body) => bodies.push(body?.length)),
  });
  const { client } = house;
  client.greet();
  client.send(client.headers(1, { end: false }), data(1, 60), data(1, 60), data(1, 60, true));
  client.send(client.headers(3, { end: false }), data(3, 50), data(3, 50, true));
  client.send(client.headers(5, { end: false }), data(5, 101, true));
  await client.turn();
  assertEquals(bodies, [undefined, 100, undefined]);
});

Deno.test("an answer that ends before its request resets the stream with NO_ERROR, and late DATA is borne", async () => {
  await using house = new Http2House({ handler: (exchange) => exchange.respond(403, [], true) });
  const { client } = house;
  client.greet();
  client.send(client.headers(1, { end: false }));
  await client.turn();
  client.send(data(1, 100), data(1, 100, true), client.headers(3));
  await client.turn();
  assertEquals(client.resets(1), [Http2Code.NO_ERROR]);
  assertEquals(client.of(FrameType.HEADERS).length, 2);
  assertEquals(client.goaways, []);
});

Deno.test("a handler that throws resets its stream with INTERNAL_ERROR, and others go on", async () => {
  await using house = new Http2House({
    handler: (exchange) => {
      if (exchange.headers.includes("boom")) throw new Error("boom");
      answerUnary(exchange);
    },
  });
  const { client } = house;
  client.greet();
  const pairs = [":method", "GET", ":scheme", "http", ":path", "/", "x", "boom"];
  client.send(client.headers(1, { pairs }), client.headers(3));
  await client.turn();
  assertEquals(client.resets(1), [Http2Code.INTERNAL_ERROR]);
  assertEquals(client.of(FrameType.HEADERS, 3).length, 2);
  assertEquals(house.errors.length, 1);
});

Deno.test("content-length that the body does not have resets the stream with PROTOCOL_ERROR", async () => {
  await using house = new Http2House({ handler: answerUnary });
  const { client } = house;
  client.greet();
  const pairs = [":method", "POST", ":scheme", "http", ":path", "/", "content-length", "10"];
  client.send(client.headers(1, { pairs, end: false }), data(1, 9, true));
  client.send(client.headers(3, { pairs, end: false }), data(3, 11));
  client.send(client.headers(5, { pairs, end: true }));
  client.send(client.headers(7, { pairs, end: false }), data(7, 10, true));
  await client.turn();
  for (const streamId of [1, 3, 5]) {
    assertEquals(client.resets(streamId), [Http2Code.PROTOCOL_ERROR]);
  }
  assertEquals(client.of(FrameType.HEADERS, 7).length, 2);
});

Deno.test("drain() answers what is in flight and what was on its way, then closes", async () => {
  await using house = new Http2House();
  const { client, connection } = house;
  client.greet();
  client.send(client.headers(1));
  await client.turn();
  connection.drain();
  connection.drain();
  client.send(client.headers(3));
  await client.turn();
  client.send(frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8)), client.headers(5));
  await client.turn();
  assertEquals(house.exchanges.length, 2);
  assertEquals(client.of(FrameType.GOAWAY).map(({ payload }) => [...payload.subarray(0, 4)]), [
    uint32(2 ** 31 - 1),
    uint32(3),
  ]);
  for (const exchange of house.exchanges) exchange.respond(200, [], true);
  await client.turn();
  assertEquals(client.of(FrameType.HEADERS).length, 2);
  client.end();
  await connection.finished;
  assertEquals(client.closed, true);
});

Deno.test("a signal drains: without an answer to its PING a second later, and without the client's end another", async () => {
  await using house = new Http2House();
  house.client.greet();
  await house.client.turn();
  house.stop.abort();
  await house.client.turn();
  await house.clock.advance(1000);
  assertEquals(house.client.goaways, [0, 0]);
  await house.clock.advance(2000);
  await house.connection.finished;
  assertEquals(house.client.closed, true);
});

for (const taking of ["failure", "thrown", "nonsense"] as const) {
  Deno.test(`a write that ends in ${taking} ends the connection and nothing else`, async () => {
    await using house = new Http2House();
    const { client } = house;
    client.greet();
    client.send(client.headers(1));
    await client.turn();
    const reasons: Error[] = [];
    house.exchanges[0]?.onBroken((reason) => reasons.push(reason));
    client.taking = taking;
    house.exchanges[0]?.respond(200, []);
    await house.connection.finished;
    await house.connection.released;
    assertEquals(client.closed, true);
    assertEquals(reasons.length, 1);
  });
}

Deno.test("a byte stream that takes one byte at a time gets everything in order", async () => {
  await using house = new Http2House({ handler: answerUnary });
  const { client } = house;
  client.taking = "one byte";
  client.greet();
  client.send(client.headers(1, { end: false }), data(1, 50, true));
  while (client.of(FrameType.HEADERS).length < 2) await client.turn();
  assertEquals(client.received(1), 50);
});

Deno.test("nothing is read while frames wait behind a write that is stuck", async () => {
  await using house = new Http2House({ limits: { outputMark: 200 } });
  const { client } = house;
  client.greet();
  await client.turn();
  client.taking = "nothing";
  const ping = frame(FrameType.PING, 0, 0, new Uint8Array(8));
  client.send(ping);
  await client.turn();
  client.send(...Array.from({ length: 20 }, () => ping));
  await client.turn();
  const { reads } = client;
  client.send(ping);
  await client.turn();
  assertEquals(client.reads, reads);
  client.release();
  await client.turn();
  assertEquals(client.of(FrameType.PING).length, 22);
});

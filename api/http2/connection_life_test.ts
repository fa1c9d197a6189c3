/** How a server's connection begins, sleeps, drains and ends. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { data, FakeHttp2Client, frame } from "../../tests/fakes/http2_client.ts";
import { answerUnary, Http2House } from "../../tests/fakes/http2_house.ts";
import { type Http2Options, serveHttp2 } from "./connection.ts";
import type { Duplex } from "./duplex.ts";
import { Http2Code, StreamClosed } from "./fault.ts";
import { Flag, FrameType, PREFACE } from "./frame_types.ts";
import { BufferBudget } from "./output_budget.ts";

const PONG = frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8));

function options(more: Partial<Http2Options> = {}): Http2Options {
  return {
    handler: () => {},
    peer: { transport: "tcp" },
    clock: new FakeClock(),
    signal: new AbortController().signal,
    ...more,
  };
}

Deno.test("serveHttp2() says WINDOW_UPDATE only for a window above 65535 bytes", async () => {
  for (const [bytes, increments] of [[65_534, []], [65_535, []], [65_537, [2]]] as const) {
    await using house = new Http2House({ limits: { connectionWindowBytes: bytes } });
    house.client.send(PREFACE.slice());
    await house.client.turn();
    const said = house.client.of(FrameType.WINDOW_UPDATE).map(({ payload }) => payload[3]);
    assertEquals(said, [...increments]);
  }
});

Deno.test("a connection looks at its time-outs each second, every five where nothing happens", async () => {
  await using house = new Http2House({ handler: (exchange) => exchange.respond(200, []) });
  const { client, clock, connection } = house;
  client.greet();
  await client.turn();
  assertEquals(clock.pendingMs, [1000]);
  await clock.advance(1000);
  assertEquals(clock.pendingMs, [5000]);
  client.send(client.headers(1));
  await client.turn();
  await clock.advance(5000);
  assertEquals(clock.pendingMs, [1000]);
  house.exchanges[0]?.end();
  await clock.advance(1000);
  assertEquals(clock.pendingMs, [5000]);
  await clock.advance(100);
  connection.drain();
  await client.turn();
  assertEquals(clock.pendingMs, [1000]);
});

Deno.test("drain() says GOAWAY and PING at once, and once the last stream", async () => {
  await using house = new Http2House();
  const { client, connection, clock } = house;
  client.greet();
  client.send(client.headers(5));
  await client.turn();
  client.frames.length = 0;
  client.send(PONG);
  await client.turn();
  // An answer to a PING that is none of ours means nothing.
  assertEquals(client.frames, []);
  connection.drain();
  await client.turn();
  assertEquals(client.frames.map(({ type, flags }) => [type, flags]), [
    [FrameType.GOAWAY, 0],
    [FrameType.PING, 0],
  ]);
  assertEquals([client.goaways, client.farewell], [[0], "closing"]);
  client.send(PONG, PONG);
  await client.turn();
  await clock.advance(3000);
  assertEquals([client.goaways, client.farewell], [[0, 0], "closing"]);
  assertEquals(client.of(FrameType.GOAWAY).at(-1)?.payload[3], 5);
  assertEquals([client.closed, connection.streams], [false, 1]);
  house.exchanges[0]?.respond(204, [], true);
  await client.turn();
  await clock.advance(1000);
  assertEquals(client.closed, true);
});

Deno.test("a connection that is over is closed after its linger time, to within its look", async () => {
  for (
    const [lingerMs, before, more] of [[200, 199, 1], [1000, 999, 1], [3000, 2999, 1]] as const
  ) {
    await using house = new Http2House({ limits: { lingerMs } });
    const { client, clock } = house;
    client.greet();
    await client.turn();
    await clock.advance(1700);
    client.send(data(0, 1));
    await client.turn();
    assertEquals(client.goaways, [Http2Code.PROTOCOL_ERROR]);
    await clock.advance(before);
    assertEquals(client.closed, false);
    await clock.advance(more);
    assertEquals([client.closed, clock.pendingMs], [true, []]);
  }
});

Deno.test("a connection that is over hears nothing more", async () => {
  await using house = new Http2House({ limits: { lingerMs: 5000, streamWindowBytes: 1000 } });
  const { client, clock } = house;
  // SETTINGS are not acknowledged.
  client.send(PREFACE.slice(), frame(FrameType.SETTINGS, 0, 0));
  await client.turn();
  // Looked at after one second, and then every five.
  await clock.advance(11_000);
  assertEquals(client.goaways, [Http2Code.SETTINGS_TIMEOUT]);
  client.frames.length = 0;
  client.send(frame(FrameType.PING, 0, 0, new Uint8Array(8)), data(0, 1));
  house.connection.drain();
  await client.turn();
  await clock.advance(4000);
  assertEquals([client.frames, client.closed], [[], false]);
});

Deno.test("a silent client is asked by a PING that is no acknowledgement", async () => {
  const limits = { silenceMs: 2000 };
  await using house = new Http2House({ limits, handler: (exchange) => exchange.respond(200, []) });
  const { client, clock } = house;
  client.greet();
  client.send(client.headers(1));
  await client.turn();
  await clock.advance(1000);
  assertEquals(client.of(FrameType.PING), []);
  await clock.advance(2000);
  assertEquals(client.of(FrameType.PING).map(({ flags }) => flags), [0]);
});

/** Ways that a connection goes, and what those hear who read a body. */
const GONE: Readonly<Record<string, readonly [(house: Http2House) => void, string]>> = {
  "its byte stream ends": [({ client }) => client.end(), "the connection is gone"],
  "it is cut": [({ connection }) => connection.cut(), "the connection was closed"],
  "its bytes are not taken": [({ client, exchanges }) => {
    client.taking = "failure";
    exchanges[0]?.respond(200, []);
  }, "the connection is gone"],
};

for (const [name, [act, words]] of Object.entries(GONE)) {
  Deno.test(`a stream hears "${words}" when ${name}`, async () => {
    await using house = new Http2House();
    const { client, connection } = house;
    client.greet();
    client.send(client.headers(1, { end: false }));
    await client.turn();
    const read = house.exchanges[0]?.read();
    read?.catch(() => {});
    act(house);
    const error = await assertRejects(async () => await read, StreamClosed);
    assertEquals([error.code, error.message], [Http2Code.NO_ERROR, words]);
    await connection.finished;
    await connection.released;
    assertEquals([client.closed, house.clock.pendingMs, connection.isUnused], [true, [], false]);
  });
}

Deno.test("a byte stream that says that it read what it cannot have read is at its end", async () => {
  for (const count of [0, -1, Number.NaN, 1_000_000]) {
    const client = new FakeHttp2Client();
    let reads = 0;
    const duplex: Duplex = {
      ...client.duplex,
      read: (into) => {
        if (reads++ > 0) return Promise.resolve(count);
        into.set(PREFACE);
        return Promise.resolve(PREFACE.length);
      },
    };
    const connection = serveHttp2(duplex, options());
    await connection.finished;
    assertEquals([client.closed, reads], [true, 2]);
  }
});

Deno.test("a fault of ours ends the connection with INTERNAL_ERROR, and is told", async () => {
  const fault = new Error("a fault of ours");
  const told: unknown[] = [];
  const tell = (error: unknown): void => void told.push(error);
  const fail = (): void => {
    throw new Error("who is told throws");
  };
  for (const onError of [tell, fail, undefined]) {
    const client = new FakeHttp2Client();
    const budget = new BufferBudget(1000);
    budget.change = () => {
      budget.change = () => {};
      throw fault;
    };
    const more = onError === undefined ? {} : { onError };
    const connection = serveHttp2(client.duplex, options({ budget, ...more }));
    client.greet();
    client.send(client.headers(1, { end: false }), data(1, 1));
    await client.turn();
    assertEquals([client.goaways, client.farewell], [[Http2Code.INTERNAL_ERROR], "internal"]);
    client.end();
    await connection.finished;
  }
  assertEquals(told, [fault]);
});

Deno.test("a byte stream that cannot be closed is told of, once", async () => {
  const client = new FakeHttp2Client();
  const fault = new Error("closed already");
  const told: unknown[] = [];
  const duplex: Duplex = {
    ...client.duplex,
    close: () => {
      throw fault;
    },
  };
  const connection = serveHttp2(duplex, options({ onError: (error) => told.push(error) }));
  client.greet();
  await client.turn();
  connection.cut();
  connection.cut();
  await connection.finished;
  assertEquals(told, [fault]);
  client.end();
  await client.turn();
  assertEquals(told, [fault]);
});

Deno.test("a connection that was cut says nothing more, whoever still answers", async () => {
  await using house = new Http2House();
  const { client, connection } = house;
  client.greet();
  client.send(client.headers(1));
  await client.turn();
  client.frames.length = 0;
  connection.cut();
  house.exchanges[0]?.respond(200, [], true);
  connection.drain();
  house.stop.abort();
  await client.turn();
  assertEquals(client.frames, []);
});

Deno.test("a connection has a budget of its own unless it is given one", async () => {
  const client = new FakeHttp2Client();
  const clock = new FakeClock();
  const connection = serveHttp2(client.duplex, options({ handler: answerUnary, clock }));
  client.greet();
  client.send(client.headers(1, { end: false }), data(1, 3), data(1, 2, true));
  await client.turn();
  assertEquals(client.received(1), 5);
  connection.cut();
  await connection.released;
  assertEquals(clock.pendingMs, []);
});

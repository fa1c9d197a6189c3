// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { data, frame, rstStream, windowUpdate } from "../../tests/fakes/http2_client.ts";
import type { FakeHttp2Client } from "../../tests/fakes/http2_client.ts";
import { answerUnary, Http2House } from "../../tests/fakes/http2_house.ts";
import type { Exchange } from "./exchange.ts";
import { Http2Code } from "./fault.ts";
import { Flag, FrameType, PREFACE, Setting } from "./frame_types.ts";
import { BufferBudget } from "./output_budget.ts";

/** Streams 1, 3, 5, … */
function streamIds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => 2 * index + 1);
}

/** A flood of frames without streams: what one of them is, what the farewell says. */
const FLOODS: Readonly<Record<string, { readonly bytes: Uint8Array; readonly says: string }>> = {
  "SETTINGS": { bytes: frame(FrameType.SETTINGS, 0, 0), says: "too many SETTINGS frames" },
  "PING": { bytes: frame(FrameType.PING, 0, 0, new Uint8Array(8)), says: "too many PING frames" },
  "WINDOW_UPDATE": { bytes: windowUpdate(0, 1), says: "too many WINDOW_UPDATE frames" },
  "PRIORITY": {
    bytes: frame(FrameType.PRIORITY, 0, 1, new Uint8Array(5)),
    says: "too many frames without a use",
  },
  "unknown frames": { bytes: frame(0x77, 0, 0), says: "too many frames without a use" },
};

for (const [name, { bytes, says }] of Object.entries(FLOODS)) {
  Deno.test(`a flood of ${name} ends its connection with ENHANCE_YOUR_CALM`, async () => {
    await using house = new Http2House({
      limits: {
        settingsMax: 50,
        pingsMax: 50,
        windowUpdatesMax: 50,
        chatterMax: 30,
        streamsMax: 10,
      },
    });
    const { client } = house;
    client.greet();
    for (let count = 0; count < 47; count++) client.send(bytes);
    await client.turn();
    assertEquals(client.goaways, []);
    // Half of the time, and half of the level is gone.
    await house.clock.advance(5000);
    for (let count = 0; count < 20; count++) client.send(bytes);
    await client.turn();
    assertEquals(client.goaways, []);
    for (let count = 0; count < 40; count++) client.send(bytes);
    await client.turn();
    assertEquals(client.goaways, [Http2Code.ENHANCE_YOUR_CALM]);
    assertEquals(client.farewell, says);
    await house.clock.advance(1000);
    await house.connection.finished;
  });
}

Deno.test("streams reset by the peer before their answer count, one more than a hundred is too many", async () => {
  await using house = new Http2House();
  const { client } = house;
  client.greet();
  for (const streamId of streamIds(100)) {
    client.send(client.headers(streamId), rstStream(streamId, Http2Code.CANCEL));
  }
  await client.turn();
  assertEquals(client.goaways, []);
  client.send(client.headers(201), rstStream(201, Http2Code.CANCEL));
  await client.turn();
  assertEquals(client.goaways, [Http2Code.ENHANCE_YOUR_CALM]);
  assertEquals(house.exchanges.length, 101);
});

const PROVOCATIONS: Readonly<
  Record<string, (client: FakeHttp2Client, streamId: number) => Uint8Array[]>
> = {
  "a window update by 0": (client, id) => [client.headers(id), windowUpdate(id, 0)],
  "a window beyond its bound": (client, id) => [client.headers(id), windowUpdate(id, 2 ** 31 - 1)],
  "DATA behind the end": (client, id) => [client.headers(id), data(id, 1)],
  "HEADERS behind the end": (client, id) => [client.headers(id), client.headers(id)],
  "a stream that depends on itself": (
    client,
    id,
  ) => [client.headers(id), frame(FrameType.PRIORITY, 0, id, [0, 0, id >> 8, id & 0xff, 0])],
  "a short PRIORITY": (client, id) => [client.headers(id), frame(FrameType.PRIORITY, 0, id, [1])],
  "a header in upper case": (client, id) => [client.headers(id, { pairs: ["X", "y"] })],
};

for (const [name, provoke] of Object.entries(PROVOCATIONS)) {
  Deno.test(`resets that the peer provokes by ${name} count like its own`, async () => {
    await using house = new Http2House();
    const { client } = house;
    client.greet();
    for (const streamId of streamIds(102)) client.send(...provoke(client, streamId));
    await client.turn();
    assertEquals(client.goaways, [Http2Code.ENHANCE_YOUR_CALM]);
    assertEquals(client.farewell, "too many streams reset before their answer");
    assertEquals(house.connection.streams, 0);
  });
}

Deno.test("4096 streams with an answer begun may be reset at once, and a call beside them is answered", async () => {
  await using house = new Http2House({
    limits: { streamsMax: 5000 },
    handler: (exchange) => {
      if (exchange.path === "/watch") exchange.respond(200, ["content-type", "application/grpc"]);
      else answerUnary(exchange);
    },
  });
  const { client } = house;
  client.greet();
  const pairs = [":method", "POST", ":scheme", "http", ":path", "/watch"];
  const watches = streamIds(4096);
  for (const streamId of watches) client.send(client.headers(streamId, { pairs }));
  await client.turn();
  assertEquals(house.connection.streams, 4096);
  for (const streamId of watches) client.send(rstStream(streamId, Http2Code.CANCEL));
  client.send(client.headers(8193));
  await client.turn();
  assertEquals(client.goaways, []);
  assertEquals(client.of(FrameType.HEADERS, 8193).length, 2);
  assertEquals(house.connection.streams, 0);
});

Deno.test("4096 streams that both sides reset at once leave their connection alone", async () => {
  await using house = new Http2House({
    limits: { streamsMax: 4096 },
    handler: (exchange) => exchange.respond(200, []),
  });
  const { client } = house;
  client.greet();
  const watches = streamIds(4096);
  for (const streamId of watches) client.send(client.headers(streamId));
  await client.turn();
  for (const exchange of house.exchanges) exchange.end();
  for (const streamId of watches) client.send(rstStream(streamId, Http2Code.CANCEL));
  await client.turn();
  assertEquals(client.goaways, []);
  assertEquals(house.connection.streams, 0);
});

Deno.test("streams beyond the bound are refused, and count like resets", async () => {
  await using house = new Http2House({ limits: { streamsMax: 2, resetsMax: 3 } });
  const { client } = house;
  client.greet();
  for (const streamId of streamIds(5)) client.send(client.headers(streamId));
  await client.turn();
  assertEquals(client.resets(1), []);
  assertEquals(client.resets(5), [Http2Code.REFUSED_STREAM]);
  assertEquals(client.goaways, []);
  client.send(client.headers(11));
  await client.turn();
  assertEquals(client.goaways, [Http2Code.ENHANCE_YOUR_CALM]);
});

Deno.test("before our SETTINGS are acknowledged, streams beyond a bound not yet known have one of their own", async () => {
  const limits = { streamsMax: 2, resetsMax: 3, refusalsMax: 10 };
  await using house = new Http2House({ limits });
  const { client } = house;
  client.send(PREFACE.slice(), frame(FrameType.SETTINGS, 0, 0));
  for (const streamId of streamIds(12)) client.send(client.headers(streamId));
  await client.turn();
  assertEquals(client.resets(23), [Http2Code.REFUSED_STREAM]);
  assertEquals(client.goaways, []);
  client.send(client.headers(25));
  await client.turn();
  assertEquals(client.goaways, [Http2Code.ENHANCE_YOUR_CALM]);
});

Deno.test("DATA without bytes and without end is borne a hundred times", async () => {
  await using house = new Http2House();
  const { client } = house;
  client.greet();
  client.send(client.headers(1, { end: false }));
  for (let count = 0; count < 100; count++) client.send(data(1, 0));
  await client.turn();
  assertEquals(client.goaways, []);
  client.send(data(1, 0));
  await client.turn();
  assertEquals(client.goaways, [Http2Code.ENHANCE_YOUR_CALM]);
  assertEquals(client.farewell, "too many DATA frames without bytes");
});

Deno.test("CONTINUATION is bounded in frames and in bytes", async () => {
  for (const length of [0, 4096]) {
    await using house = new Http2House();
    const { client } = house;
    client.greet();
    client.send(frame(FrameType.HEADERS, 0, 1, client.block(["x", "y"])));
    for (let count = 0; count < 9; count++) {
      client.send(frame(FrameType.CONTINUATION, 0, 1, new Uint8Array(length)));
    }
    await client.turn();
    assertEquals(client.goaways, [Http2Code.ENHANCE_YOUR_CALM]);
    assertEquals(house.exchanges.length, 0);
  }
});

Deno.test("a header list greater than its bound is answered 431, and the next request is served", async () => {
  await using house = new Http2House({ handler: answerUnary });
  const { client } = house;
  client.greet();
  // One entry of the table, named again and again: few bytes for a list of a megabyte.
  const entry = [0x40, 1, 0x78, 0x7f, 0xb9, 0x16, ...new Array(3000).fill(0x62)];
  const bomb = [...entry, ...new Array(300).fill(0xbe)];
  client.send(frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 1, bomb));
  client.send(client.headers(3));
  await client.turn();
  const [first] = client.of(FrameType.HEADERS, 1);
  if (first === undefined) throw new Error("no answer");
  assertEquals(client.decode(first), [":status", "431"]);
  assertEquals(client.of(FrameType.HEADERS, 3).length, 2);
  assertEquals(house.exchanges.length, 1);
});

Deno.test("a stream whose bytes would be too many for its connection is reset, the others are kept", async () => {
  await using house = new Http2House({
    limits: { connectionBufferedMax: 10_000 },
    handler: (exchange) => {
      exchange.respond(200, []);
      exchange.write(new Uint8Array(6000));
      exchange.end();
    },
  });
  const { client } = house;
  client.greet([Setting.INITIAL_WINDOW_SIZE, 1]);
  client.send(client.headers(1), client.headers(3));
  await client.turn();
  assertEquals(client.resets(3), [Http2Code.ENHANCE_YOUR_CALM]);
  client.send(windowUpdate(1, 6000));
  await client.turn();
  assertEquals(client.received(1), 6000);
});

Deno.test("bodies that are collected count for the bound as well", async () => {
  await using house = new Http2House({
    limits: { connectionBufferedMax: 20_000 },
    handler: (exchange) => exchange.collect(1_000_000, () => {}),
  });
  const { client } = house;
  client.greet();
  client.send(client.headers(1, { end: false }), data(1, 9000));
  client.send(client.headers(3, { end: false }), data(3, 12_000));
  await client.turn();
  assertEquals(client.resets(3), [Http2Code.ENHANCE_YOUR_CALM]);
  assertEquals(client.resets(1), []);
});

Deno.test("over the bound of all connections the one that holds most is ended, the other is not", async () => {
  const budget = new BufferBudget(10_000);
  const handler = (exchange: Exchange): void => {
    exchange.respond(200, []);
    exchange.write(new Uint8Array(exchange.path === "/great" ? 8000 : 3000));
  };
  await using heavy = new Http2House({ budget, handler });
  await using light = new Http2House({ budget, handler });
  const great = [":method", "GET", ":scheme", "http", ":path", "/great"];
  heavy.client.greet([Setting.INITIAL_WINDOW_SIZE, 1]);
  heavy.client.send(heavy.client.headers(1, { pairs: great }));
  await heavy.client.turn();
  light.client.greet([Setting.INITIAL_WINDOW_SIZE, 1]);
  light.client.send(light.client.headers(1));
  await light.client.turn();
  assertEquals(heavy.client.goaways, [Http2Code.ENHANCE_YOUR_CALM]);
  assertEquals(light.client.goaways, []);
  assert(budget.bytes < 4000, `${budget.bytes} bytes are held`);
  light.connection.cut();
  assertEquals(budget.bytes, 0);
});

Deno.test("a body in single bytes that nobody reads takes little more memory than its bytes", async () => {
  const budget = new BufferBudget(1_000_000);
  await using house = new Http2House({ budget });
  const { client } = house;
  client.greet();
  client.send(client.headers(1, { end: false }));
  const bytes = Array.from({ length: 10_000 }, () => data(1, 1));
  client.send(...bytes);
  await client.turn();
  assert(budget.bytes <= 4 * 4096, `${budget.bytes} bytes are held`);
  const [exchange] = house.exchanges;
  let got = 0;
  while (got < 10_000) got += (await exchange?.read())?.length ?? 0;
  assertEquals(budget.bytes, 0);
});

// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { data, frame, uint32, windowUpdate } from "../../tests/fakes/http2_client.ts";
import { Http2House } from "../../tests/fakes/http2_house.ts";
import { Http2Code } from "./fault.ts";
import { Flag, FrameType, Setting } from "./frame_types.ts";

Deno.test("an answer waits for the windows of stream and connection", async () => {
  await using house = new Http2House({
    handler: (exchange) => {
      exchange.respond(200, []);
      exchange.write(new Uint8Array(100_000));
      exchange.end();
    },
  });
  const { client } = house;
  client.greet([Setting.INITIAL_WINDOW_SIZE, 10]);
  client.send(client.headers(1));
  await client.turn();
  assertEquals(client.received(1), 10);
  client.send(windowUpdate(1, 200_000));
  await client.turn();
  assertEquals(client.received(1), 65_535);
  client.send(windowUpdate(0, 200_000));
  await client.turn();
  assertEquals(client.received(1), 100_000);
  assertEquals(client.of(FrameType.DATA, 1).at(-1)?.flags, Flag.END_STREAM);
});

Deno.test("SETTINGS_INITIAL_WINDOW_SIZE changes the windows of open streams, below zero too", async () => {
  await using house = new Http2House({
    handler: (exchange) => {
      exchange.respond(200, []);
      exchange.write(new Uint8Array(1000));
    },
  });
  const { client } = house;
  client.greet([Setting.INITIAL_WINDOW_SIZE, 100]);
  client.send(client.headers(1));
  await client.turn();
  const set = (bytes: number) =>
    frame(FrameType.SETTINGS, 0, 0, [0, Setting.INITIAL_WINDOW_SIZE, ...uint32(bytes)]);
  client.send(set(40), windowUpdate(1, 59));
  await client.turn();
  assertEquals(client.received(1), 100);
  client.send(windowUpdate(1, 2));
  await client.turn();
  assertEquals(client.received(1), 101);
  client.send(set(140));
  await client.turn();
  assertEquals(client.received(1), 201);
});

Deno.test("write() gives a promise beyond its mark, which resolves when the peer takes bytes", async () => {
  await using house = new Http2House({ limits: { streamBufferedMark: 1000 } });
  const { client } = house;
  client.greet([Setting.INITIAL_WINDOW_SIZE, 0]);
  client.send(client.headers(1));
  await client.turn();
  const [exchange] = house.exchanges;
  exchange?.respond(200, []);
  assertEquals(exchange?.write(new Uint8Array(500)), undefined);
  const room = exchange?.write(new Uint8Array(500));
  let isRoom = false;
  room?.then(() => isRoom = true);
  await client.turn();
  assertEquals(isRoom, false);
  client.send(windowUpdate(1, 700));
  await room;
  assertEquals(client.received(1), 700);
});

Deno.test("one great answer does not hold a small one back", async () => {
  await using house = new Http2House({
    handler: (exchange) => {
      exchange.respond(200, []);
      exchange.write(new Uint8Array(exchange.path === "/great" ? 4_000_000 : 10));
      exchange.end();
    },
  });
  const { client } = house;
  client.greet([Setting.INITIAL_WINDOW_SIZE, 2 ** 31 - 1]);
  const great = [":method", "GET", ":scheme", "http", ":path", "/great"];
  client.send(windowUpdate(0, 2 ** 30), client.headers(1, { pairs: great }), client.headers(3));
  await client.turn();
  const small = client.frames.findIndex(({ streamId, type }) =>
    streamId === 3 && type === FrameType.DATA
  );
  const before = client.frames.slice(0, small).filter(({ streamId, type }) =>
    streamId === 1 && type === FrameType.DATA
  );
  assertEquals(before.length <= 5, true, `${before.length} frames of the great one went before`);
  while (client.received(1) < 4_000_000) await client.turn();
});

Deno.test("two great answers take turns, frame by frame", async () => {
  await using house = new Http2House({
    handler: (exchange) => {
      exchange.respond(200, []);
      exchange.write(new Uint8Array(1_000_000));
      exchange.end();
    },
  });
  const { client } = house;
  client.greet([Setting.INITIAL_WINDOW_SIZE, 2 ** 31 - 1]);
  client.send(client.headers(1), client.headers(3), windowUpdate(0, 2 ** 30));
  while (client.received(1) < 1_000_000 || client.received(3) < 1_000_000) await client.turn();
  const order = client.of(FrameType.DATA).map(({ streamId }) => streamId);
  const swaps = order.filter((streamId, index) => index > 0 && streamId !== order[index - 1]);
  assertEquals(swaps.length >= order.length - 2, true, order.join(" "));
});

Deno.test("a request body nobody reads gets no window, one that is read gets it back", async () => {
  const limits = { streamWindowBytes: 1000, connectionWindowBytes: 100_000 };
  await using house = new Http2House({ limits });
  const { client } = house;
  client.greet();
  client.send(client.headers(1, { end: false }), data(1, 600), data(1, 400));
  await client.turn();
  assertEquals(client.of(FrameType.WINDOW_UPDATE, 1), []);
  const [exchange] = house.exchanges;
  let bytes = 0;
  while (bytes < 1000) bytes += (await exchange?.read())?.length ?? 0;
  await client.turn();
  const told = client.of(FrameType.WINDOW_UPDATE, 1).map(({ payload }) =>
    (payload[2] ?? 0) << 8 | (payload[3] ?? 0)
  );
  assertEquals(told.reduce((sum, increment) => sum + increment, 0), 1000);
  client.send(data(1, 1000), data(1, 1));
  await client.turn();
  assertEquals(client.resets(1), [Http2Code.FLOW_CONTROL_ERROR]);
  assertEquals(client.goaways, []);
});

Deno.test("the last frame of a request body keeps to the stream's window too", async () => {
  const limits = { streamWindowBytes: 1000, connectionWindowBytes: 65_535 };
  await using house = new Http2House({ limits });
  const { client } = house;
  client.greet();
  const last = (id: number, bytes: number) =>
    frame(FrameType.DATA, Flag.END_STREAM, id, new Uint8Array(bytes));
  client.send(client.headers(1, { end: false }), last(1, 1000));
  client.send(client.headers(3, { end: false }), last(3, 1001));
  client.send(client.headers(5, { end: false }), data(5, 600), last(5, 401));
  await client.turn();
  assertEquals([1, 3, 5].map((id) => client.resets(id)), [
    [],
    [Http2Code.FLOW_CONTROL_ERROR],
    [Http2Code.FLOW_CONTROL_ERROR],
  ]);
  assertEquals([client.of(FrameType.WINDOW_UPDATE, 0), client.goaways], [[], []]);
});

Deno.test("a read that brings many requests is followed by short ones, so that others get their turn", async () => {
  const byRead = new Map<number, number>();
  await using house = new Http2House({
    handler: (exchange) => {
      byRead.set(client.reads, (byRead.get(client.reads) ?? 0) + 1);
      exchange.respond(204, [], true);
    },
  });
  const { client } = house;
  client.greet();
  // Fills the small buffer of the beginning, which then grows to 64 KiB.
  client.send(...Array.from({ length: 8 }, () => frame(0xfa, 0, 0, new Uint8Array(16_384))));
  await client.turn();
  const requests = Array.from({ length: 6000 }, (_, index) => client.headers(2 * index + 1));
  client.send(...requests);
  await client.turn();
  const counts = [...byRead.values()];
  assertEquals(counts.reduce((sum, count) => sum + count, 0), 6000);
  const [first = 0, ...others] = counts;
  const most = Math.ceil(8192 / (requests.at(-1)?.length ?? 1));
  assert(first > most, `the first read brings ${first}`);
  assert(Math.max(...others) <= most, `${others}`);
});

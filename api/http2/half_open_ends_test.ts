/** How a connection ends whose peer has said less than the preface. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeHttp2Client } from "../../tests/fakes/http2_client.ts";
import { type Http2Connection, type Http2Options, serveHttp2 } from "./connection.ts";
import type { Duplex } from "./duplex.ts";
import { PREFACE } from "./frame_types.ts";

interface Served {
  readonly client: FakeHttp2Client;
  readonly clock: FakeClock;
  readonly stop: AbortController;
  readonly connection: Http2Connection;
}

function served(
  { duplex = {}, stop = new AbortController(), ...more }:
    & Partial<Pick<Http2Options, "onError" | "limits">>
    & {
      readonly duplex?: Partial<Duplex>;
      readonly stop?: AbortController;
    } = {},
): Served {
  const client = new FakeHttp2Client();
  const clock = new FakeClock();
  const connection = serveHttp2({ ...client.duplex, ...duplex }, {
    handler: () => {},
    peer: { transport: "tcp" },
    clock,
    signal: stop.signal,
    ...more,
  });
  return { client, clock, stop, connection };
}

/** Whether `promise` has resolved by now. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true);
  for (let round = 0; round < 5; round++) await Promise.resolve();
  return settled;
}

Deno.test("a half-open connection waits for its preface ten seconds, and is closed then", async () => {
  const { client, clock, connection } = served();
  client.send(PREFACE.slice(0, 5));
  await client.turn();
  assertEquals([clock.pendingMs, connection.streams], [[10_000], 0]);
  assertEquals([await isSettled(connection.finished), await isSettled(connection.released)], [
    false,
    false,
  ]);
  await clock.advance(9999);
  assertEquals(client.closed, false);
  await clock.advance(1);
  assertEquals([client.closed, connection.isUnused, clock.pendingMs], [true, false, []]);
  assertEquals([await isSettled(connection.finished), await isSettled(connection.released)], [
    true,
    true,
  ]);
  const own = served({ limits: { headerTimeoutMs: 70 } });
  assertEquals(own.clock.pendingMs, [70]);
  own.connection.cut();
});

Deno.test("a half-open connection leaves nothing behind, whatever ends it", async () => {
  const { client, clock, connection } = served();
  client.send(PREFACE.slice(0, 5));
  connection.cut();
  connection.cut();
  await client.turn();
  assertEquals([client.closed, clock.pendingMs, client.writes], [true, [], []]);
});

Deno.test("a connection that comes while all are to end is closed at once", async () => {
  const stop = new AbortController();
  stop.abort();
  const { client, clock, connection } = served({ stop });
  await connection.finished;
  assertEquals([client.closed, client.reads, clock.pendingMs], [true, 0, []]);
});

Deno.test("a half-open connection is cut when its byte stream fails or says nonsense", async () => {
  const reads = [0, -1, Number.NaN, 25].map((count) => () => Promise.resolve(count));
  for (const read of [...reads, () => Promise.reject(new Error("reset by peer"))]) {
    const { client, connection } = served({ duplex: { read } });
    await connection.finished;
    await connection.released;
    assertEquals([client.closed, client.writes], [true, []]);
  }
});

Deno.test("a half-open connection tells of a byte stream that cannot be closed", async () => {
  const fault = new Error("closed already");
  const close = (): void => {
    throw fault;
  };
  const told: unknown[] = [];
  const first = served({ duplex: { close }, onError: (error) => told.push(error) });
  first.connection.cut();
  await first.connection.finished;
  assertEquals(told, [fault]);
  const second = served({ duplex: { close } });
  second.connection.cut();
  await second.connection.released;
});

Deno.test("a half-open connection that was cut does not begin when its preface still comes", async () => {
  const read = Promise.withResolvers<number>();
  const { client, connection, clock } = served({
    duplex: {
      read: (into) => {
        into.set(PREFACE);
        return read.promise;
      },
    },
  });
  connection.cut();
  read.resolve(PREFACE.length);
  await client.turn();
  assertEquals([client.writes, clock.pendingMs, connection.isUnused], [[], [], false]);
});

Deno.test("a connection that has begun is drained and cut as such, and finishes with it", async () => {
  const { client, connection, clock, stop } = served();
  client.greet();
  await client.turn();
  assertEquals([clock.pendingMs, connection.isUnused], [[1000], true]);
  stop.abort();
  await client.turn();
  assertEquals([client.goaways, client.closed], [[0], false]);
  assertEquals(await isSettled(connection.finished), false);
  connection.cut();
  await connection.finished;
  await connection.released;
  assertEquals(client.closed, true);
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path/posix";
import type { Exchange } from "../../api/http2/exchange.ts";
import { Flag, FrameType, PREFACE } from "../../api/http2/frame_types.ts";
import { type Http2Address, type Http2Listening, listenHttp2 } from "../../api/listen_http2.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { frame, REQUEST } from "../fakes/http2_client.ts";
import { HpackEncoder } from "../../api/http2/hpack_encoder.ts";

interface Served {
  readonly listening: Http2Listening;
  readonly clock: FakeClock;
  readonly peers: Exchange["peer"][];
  readonly stop: AbortController;
}

async function serve(address: Http2Address, connectionsMax = 10): Promise<Served> {
  const clock = new FakeClock();
  const stop = new AbortController();
  const peers: Exchange["peer"][] = [];
  const listening = await listenHttp2({
    address,
    handler: (exchange) => {
      peers.push(exchange.peer);
      exchange.respond(204, [], true);
    },
    limits: { connectionsMax },
    clock,
    log: new FakeLog(),
    signal: stop.signal,
  });
  return { listening, clock, peers, stop };
}

/** Asks once, and reads until HEADERS come back. */
async function ask(connection: Deno.Conn): Promise<void> {
  const block = new HpackEncoder({ tableBytesMax: 0 }).encode(REQUEST);
  const bytes = [
    ...PREFACE,
    ...frame(FrameType.SETTINGS, 0, 0),
    ...frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 1, block),
  ];
  await connection.write(Uint8Array.from(bytes));
  let got: number[] = [];
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("no answer");
    got = [...got, ...buffer.subarray(0, count)];
    for (let at = 0; at + 9 <= got.length;) {
      const length = (got[at + 1] ?? 0) << 8 | (got[at + 2] ?? 0);
      if (got[at + 3] === FrameType.HEADERS) return;
      at += 9 + length;
    }
  }
}

async function end({ listening, stop }: Served, ...connections: Deno.Conn[]): Promise<void> {
  stop.abort();
  for (const connection of connections) connection.close();
  await listening.closed;
  assertEquals(listening.connections, 0);
}

Deno.test("listenHttp2() serves a unix socket, guards its file and removes it", async () => {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "strata.sock");
  const served = await serve({ path, mode: 0o600 });
  assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  const connection = await Deno.connect({ transport: "unix", path });
  await ask(connection);
  assertEquals(served.peers, [{ transport: "unix" }]);
  await end(served, connection);
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
  await Deno.remove(directory);
});

Deno.test("listenHttp2() serves TCP and says who asks", async () => {
  const served = await serve({ hostname: "127.0.0.1", port: 0 });
  const connection = await Deno.connect({ port: served.listening.port ?? 0 });
  await ask(connection);
  assertEquals(served.peers, [{ transport: "tcp", client: "127.0.0.1" }]);
  await end(served, connection);
});

Deno.test("listenHttp2() closes connections beyond its bound, and the one before is served", async () => {
  const served = await serve({ hostname: "127.0.0.1", port: 0 }, 1);
  const { port = 0 } = served.listening;
  const first = await Deno.connect({ port });
  await ask(first);
  const second = await Deno.connect({ port });
  assertEquals(await second.read(new Uint8Array(10)), null);
  assertEquals(served.listening.connections, 1);
  await end(served, first, second);
});

Deno.test("listenHttp2() drops the oldest connection that asked for nothing when there is no room for another", async () => {
  const served = await serve({ hostname: "127.0.0.1", port: 0 }, 3);
  const { port = 0 } = served.listening;
  const used = await Deno.connect({ port });
  await ask(used);
  const silent = await Deno.connect({ port });
  const greeted = await Deno.connect({ port });
  await greeted.write(PREFACE.slice());
  assertEquals((await greeted.read(new Uint8Array(100)) ?? 0) > 0, true);
  const third = await Deno.connect({ port });
  await ask(third);
  assertEquals(await silent.read(new Uint8Array(10)), null);
  const fourth = await Deno.connect({ port });
  await ask(fourth);
  assertEquals(await greeted.read(new Uint8Array(100)), null);
  const fifth = await Deno.connect({ port });
  assertEquals(await fifth.read(new Uint8Array(10)), null, "all others are in use");
  assertEquals(served.listening.connections, 3);
  await end(served, used, silent, greeted, third, fourth, fifth);
});

Deno.test("listenHttp2() drains by its signal: GOAWAY, then the client's end", async () => {
  const served = await serve({ hostname: "127.0.0.1", port: 0 });
  const connection = await Deno.connect({ port: served.listening.port ?? 0 });
  await ask(connection);
  served.stop.abort();
  const buffer = new Uint8Array(4096);
  const types: number[] = [];
  while (!types.includes(FrameType.GOAWAY)) {
    const count = await connection.read(buffer) ?? 0;
    if (count === 0) break;
    for (let at = 0; at + 9 <= count; at += 9 + (buffer[at + 2] ?? 0)) {
      types.push(buffer[at + 3] ?? -1);
    }
  }
  assertEquals(types.includes(FrameType.GOAWAY), true);
  connection.close();
  await served.listening.closed;
});

Deno.test("listenHttp2() names an address that is taken", async () => {
  const served = await serve({ hostname: "127.0.0.1", port: 0 });
  const { port = 0 } = served.listening;
  await assertRejects(
    () => serve({ hostname: "127.0.0.1", port }),
    Error,
    `Cannot listen on 127.0.0.1:${port}: something else listens there`,
  );
  await end(served);
});

/** What a client does when something ends: an attempt, a connection, a wait, or itself. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { REQUEST } from "../../tests/fakes/http2_client.ts";
import { FakeHttp2Server, goaway } from "../../tests/fakes/http2_server.ts";
import type { ClientStream } from "./client_stream.ts";
import type { Duplex } from "./duplex.ts";
import { ConnectionLost, Http2Code } from "./fault.ts";
import { Setting } from "./frame_types.ts";
import { type Http2Client, http2Client, type Http2ClientOptions } from "./http2_client.ts";

type Attempt = PromiseWithResolvers<Duplex> & { readonly signal: AbortSignal };

/** A client whose attempts to connect end as a test says. */
class Dialled implements Disposable {
  readonly clock = new FakeClock();
  readonly attempts: Attempt[] = [];
  readonly client: Http2Client;
  /** What chance says, from 0 to 2^32-1. */
  chance = 2 ** 31;

  constructor(options: Pick<Http2ClientOptions, "limits" | "waitingMax"> = {}) {
    this.client = http2Client({
      ...options,
      clock: this.clock,
      random: { uint32: () => this.chance, bytes: (length) => new Uint8Array(length) },
      dial: (signal) => {
        const attempt = { ...Promise.withResolvers<Duplex>(), signal };
        this.attempts.push(attempt);
        return attempt.promise;
      },
    });
  }

  async ask(): Promise<ClientStream> {
    return await this.client.request(REQUEST, { ended: true });
  }

  /** The last attempt comes about. */
  async connect(): Promise<FakeHttp2Server> {
    const server = new FakeHttp2Server();
    this.attempts.at(-1)?.resolve(server.duplex);
    await this.turn();
    return server;
  }

  turn(): Promise<void> {
    return this.clock.advance(0);
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

Deno.test("Http2Client.close() turns away who waits for a connection or for a stream, at once", async () => {
  for (const stage of ["dialling", "open"] as const) {
    using house = new Dialled();
    const first = house.ask();
    first.catch(() => {});
    if (stage === "open") {
      const server = await house.connect();
      server.greet([Setting.MAX_CONCURRENT_STREAMS, 1]);
      await server.turn();
    }
    const waiting = house.ask();
    waiting.catch(() => {});
    assertEquals(house.client.waiting, stage === "open" ? 1 : 2);
    house.client.close();
    assertEquals(house.client.waiting, 0);
    const error = await assertRejects(() => waiting, ConnectionLost, "the client was closed");
    assertEquals(error.code, Http2Code.CANCEL);
  }
});

Deno.test("Http2Client is closed at the end of its scope, and hands the reason to who dials", async () => {
  const house = new Dialled();
  const waiting = house.ask();
  waiting.catch(() => {});
  house.client[Symbol.dispose]();
  await assertRejects(() => waiting, ConnectionLost, "the client was closed");
  const { signal } = house.attempts[0] ?? {};
  assertEquals([signal?.aborted, signal?.reason.message], [true, "the client was closed"]);
});

Deno.test("Http2Client closes a connection that comes about after it was closed or gave the attempt up", async () => {
  for (const end of ["closed", "late"] as const) {
    using house = new Dialled();
    const waiting = house.ask();
    waiting.catch(() => {});
    if (end === "closed") house.client.close();
    else await house.clock.advance(10_000);
    await house.turn();
    const server = await house.connect();
    assertEquals([server.closed, server.writes, house.client.connections], [true, [], 0], end);
    await assertRejects(() => waiting, ConnectionLost);
  }
});

Deno.test("Http2Client closes a connection that comes about as it is closed", async () => {
  using house = new Dialled();
  const waiting = house.ask();
  waiting.catch(() => {});
  const server = new FakeHttp2Server();
  house.attempts[0]?.resolve(server.duplex);
  // The attempt has come about, and nobody has been told of it yet.
  house.client.close();
  await house.turn();
  assertEquals([server.closed, house.client.connections], [true, 0]);
});

Deno.test("Http2Client leaves nothing waiting behind an attempt that came about", async () => {
  using house = new Dialled();
  const stream = house.ask();
  await house.connect();
  await stream;
  // The time-out of the attempt is gone; the look at the connection is not.
  assertEquals(house.clock.pendingMs, [1000]);
  house.client.close();
  assertEquals(house.attempts[0]?.signal.aborted, false);
});

Deno.test("Http2Client ends its wait for the next attempt when it is closed", async () => {
  using house = new Dialled();
  const first = house.ask();
  house.attempts[0]?.reject(new Error("refused"));
  await assertRejects(() => first, ConnectionLost, "refused");
  const second = house.ask();
  second.catch(() => {});
  await house.turn();
  assertEquals(house.clock.pendingMs, [100]);
  house.client.close();
  await house.turn();
  assertEquals(house.clock.pendingMs, []);
});

Deno.test("Http2Client moves its distance between attempts by a fifth at most, either way", async () => {
  for (const [chance, distance] of [[0, 80], [2 ** 31, 100], [2 ** 32 - 1, 120]] as const) {
    using house = new Dialled();
    house.chance = chance;
    const first = house.ask();
    house.attempts[0]?.reject(new Error("refused"));
    await assertRejects(() => first, ConnectionLost);
    const second = house.ask();
    second.catch(() => {});
    await house.turn();
    assertEquals(house.clock.pendingMs.map(Math.round), [distance]);
  }
});

Deno.test("Http2Client tells who waits what the attempt ended with", async () => {
  const lost = new ConnectionLost(Http2Code.ENHANCE_YOUR_CALM, "not now");
  const cause = new Error("no route");
  for (
    const [end, message] of [[lost, "not now"], [cause, "no route"], ["text", "text"]] as const
  ) {
    using house = new Dialled();
    const waiting = house.ask();
    house.attempts[0]?.reject(end);
    const error = await assertRejects(() => waiting, ConnectionLost);
    assertEquals(error.message, message);
    if (end === lost) assertStrictEquals(error, lost);
    else assertEquals([error.code, error.cause], [Http2Code.NO_ERROR, end]);
  }
});

Deno.test("Http2Client turns away a request that cannot be encoded, also one that has waited, and goes on", async () => {
  using house = new Dialled();
  const wrong = Promise.resolve(house.client.request(["a", "\u0100"], { ended: true }));
  wrong.catch(() => {});
  const right = house.ask();
  await house.connect();
  await assertRejects(() => wrong, RangeError, "Latin-1");
  assertEquals((await right).id, 1);
});

Deno.test("Http2Client serves who has waited before who comes now", async () => {
  using house = new Dialled();
  const first = house.ask();
  const server = await house.connect();
  server.greet([Setting.MAX_CONCURRENT_STREAMS, 1]);
  await house.turn();
  const waited = house.ask();
  server.answer((await first).id);
  const answered = (await first).answer;
  await answered;
  const came = house.ask();
  server.answer(3);
  assertEquals([(await waited).id, (await came).id], [3, 5]);
});

Deno.test("Http2Client turns away who waits when its connection goes before it has answered", async () => {
  using house = new Dialled();
  const first = house.ask();
  const server = await house.connect();
  server.greet([Setting.MAX_CONCURRENT_STREAMS, 1]);
  await house.turn();
  const waiting = house.ask();
  server.send(goaway(1, Http2Code.ENHANCE_YOUR_CALM, "busy"));
  await assertRejects(() => waiting, ConnectionLost, "code 11: busy");
  assertEquals([(await first).closed, house.attempts.length], [false, 1]);
});

Deno.test("Http2Client connects again for who waits when a connection that had answered goes", async () => {
  using house = new Dialled();
  const first = house.ask();
  const server = await house.connect();
  server.greet([Setting.MAX_CONCURRENT_STREAMS, 1]);
  await house.turn();
  server.send(server.headers(1, { pairs: [":status", "200"], end: false }));
  await (await first).answer;
  const waiting = house.ask();
  server.send(goaway(1, Http2Code.NO_ERROR));
  await house.turn();
  assertEquals([house.client.waiting, house.attempts.length], [1, 2]);
  await house.connect();
  assertEquals((await waiting).id, 1);
  server.send(goaway(1, Http2Code.NO_ERROR));
  await house.turn();
  // What becomes of the old connection is nothing to the new one.
  assertEquals((await house.ask()).id, 3);
});

Deno.test("Http2Client has its bounds from its options", async () => {
  using house = new Dialled({ limits: { streamsMax: 1 }, waitingMax: 1 });
  const first = house.ask();
  const server = await house.connect();
  server.greet();
  await house.turn();
  await first;
  const second = house.ask();
  second.catch(() => {});
  await house.turn();
  assertEquals(house.client.waiting, 1);
  const third = house.ask();
  await assertRejects(() => third, Error, "too many requests wait for the server: 1 may");
});

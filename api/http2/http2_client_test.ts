// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { REQUEST } from "../../tests/fakes/http2_client.ts";
import { FakeHttp2Server, goaway } from "../../tests/fakes/http2_server.ts";
import type { ClientLimits } from "./client_limits.ts";
import type { ClientStream } from "./client_stream.ts";
import { ConnectionLost, Http2Code, RequestUnprocessed, TooManyWaiting } from "./fault.ts";
import { Setting } from "./frame_types.ts";
import { type Http2Client, http2Client, type RequestOptions } from "./http2_client.ts";

/** A client, and the servers that its attempts to connect meet. */
class House implements Disposable {
  readonly clock = new FakeClock();
  readonly client: Http2Client;
  readonly servers: FakeHttp2Server[] = [];
  /** When each attempt began, in milliseconds. */
  readonly attempts: number[] = [];
  /** What an attempt ends with; undefined is never. */
  answer: "server" | Error | undefined = "server";

  constructor(options: { limits?: Partial<ClientLimits>; waitingMax?: number } = {}) {
    const { clock } = this;
    // Half of all numbers: no wait is moved by chance.
    const random = { uint32: () => 2 ** 31, bytes: (length: number) => new Uint8Array(length) };
    this.client = http2Client({ ...options, clock, random, dial: () => this.#dial() });
  }

  #dial(): Promise<FakeHttp2Server["duplex"]> {
    this.attempts.push(this.clock.monotonicMs());
    if (this.answer instanceof Error) return Promise.reject(this.answer);
    if (this.answer === undefined) return new Promise(() => {});
    const server = new FakeHttp2Server();
    this.servers.push(server);
    return Promise.resolve(server.duplex);
  }

  get last(): FakeHttp2Server {
    const server = this.servers.at(-1);
    if (server === undefined) throw new Error("Cannot answer: nobody has connected");
    return server;
  }

  async ask(options: Partial<RequestOptions> = {}): Promise<ClientStream> {
    return await this.client.request(REQUEST, { ended: true, ...options });
  }

  turn(): Promise<void> {
    return this.clock.advance(0);
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

Deno.test("Http2Client.request() shares one connection, made when it is needed", async () => {
  using house = new House();
  await house.turn();
  assertEquals(house.attempts, []);
  const first = await Promise.all([house.ask(), house.ask(), house.ask()]);
  house.last.greet();
  for (const { id } of first) house.last.answer(id);
  await Promise.all(first.map(({ answer }) => answer));
  const more = house.client.request(REQUEST, { ended: true });
  // At once, where there is room.
  assert(!(more instanceof Promise));
  assertEquals([more.id, house.client.connections, house.attempts.length], [7, 1, 1]);
});

Deno.test("Http2Client.request() waits its turn where the server takes no more streams", async () => {
  using house = new House({ waitingMax: 3 });
  const first = await house.ask();
  house.last.greet([Setting.MAX_CONCURRENT_STREAMS, 1]);
  await house.turn();
  const leaving = new AbortController();
  const [second, gone, third] = [
    house.ask(),
    house.ask({ signal: leaving.signal }),
    house.ask(),
  ];
  assertEquals(house.client.waiting, 3);
  assertThrows(
    () => house.client.request(REQUEST, { ended: true }),
    TooManyWaiting,
    "too many requests wait for the server: 3 may",
  );
  const reason = new Error("no longer wanted");
  leaving.abort(reason);
  await assertRejects(() => gone, Error, reason.message);
  assertThrows(
    () => house.client.request(REQUEST, { ended: true, signal: leaving.signal }),
    Error,
    reason.message,
  );
  assertEquals(house.client.waiting, 2);
  house.last.answer(first.id);
  assertEquals((await second).id, 3);
  house.last.answer(3);
  assertEquals((await third).id, 5);
  assertEquals([house.client.waiting, house.client.connections], [0, 1]);
});

Deno.test("Http2Client dials anew after GOAWAY, while the old connection answers what it has", async () => {
  using house = new House();
  const old = await house.ask();
  const before = house.last;
  before.greet();
  await house.turn();
  before.send(goaway(1, Http2Code.NO_ERROR));
  await house.turn();
  // It has answered nothing yet: the next attempt keeps its distance.
  const waiting = house.ask();
  await house.clock.advance(100);
  const next = await waiting;
  assertEquals([next.id, house.client.connections], [1, 2]);
  before.answer(1);
  house.last.greet();
  house.last.answer(1);
  assertEquals([(await old.answer).status, (await next.answer).status], [200, 200]);
});

Deno.test("Http2Client comes back at once to a server that had answered", async () => {
  using house = new House();
  for (let round = 1; round <= 3; round++) {
    const stream = await house.ask();
    const lost = await house.ask();
    house.last.greet();
    house.last.answer(stream.id);
    await stream.answer;
    house.last.end();
    await assertRejects(() => lost.answer, ConnectionLost, "broke off");
    assertEquals(house.attempts, new Array(round).fill(0));
  }
});

Deno.test("Http2Client keeps a growing distance between attempts, and tells each who waits why", async () => {
  using house = new House();
  house.answer = new Error("Connection refused");
  for (let count = 0; count < 12; count++) {
    const waiting = [house.ask(), house.ask()];
    const ended = Promise.all(
      waiting.map((one) => assertRejects(() => one, ConnectionLost, "Connection refused")),
    );
    await house.turn();
    const [distance = 0] = house.clock.pendingMs;
    await house.clock.advance(distance);
    await ended;
  }
  const distances = house.attempts.map((at, index) => at - (house.attempts[index - 1] ?? 0));
  const rounded = distances.map((distance) => Math.round(distance));
  assertEquals(rounded, [0, 100, 160, 256, 410, 655, 1049, 1678, 2684, 4295, 5000, 5000]);
  house.answer = "server";
  const stream = house.ask();
  await house.turn();
  await house.clock.advance(5000);
  house.last.greet();
  house.last.answer((await stream).id);
  await (await stream).answer;
  house.last.end();
  await house.turn();
  // One that works makes up for all failures.
  await house.ask();
  assertEquals(house.clock.monotonicMs(), house.attempts.at(-1));
});

Deno.test("Http2Client counts a server that answers nothing as none", async () => {
  using house = new House();
  for (let count = 0; count < 3; count++) {
    const waiting = house.ask();
    await house.turn();
    await house.clock.advance(count === 0 ? 0 : 500);
    const stream = await waiting;
    house.last.end();
    await assertRejects(() => stream.answer, ConnectionLost, "before it said anything");
  }
  assertEquals(house.attempts.map((at) => Math.round(at)), [0, 100, 660]);
});

Deno.test("Http2Client gives up an attempt that takes too long", async () => {
  using house = new House();
  house.answer = undefined;
  const waiting = assertRejects(() => house.ask(), ConnectionLost, "no connection in 10 s");
  await house.turn();
  await house.clock.advance(10_000);
  await waiting;
});

Deno.test("Http2Client.close() ends everything, whatever it waits for", async () => {
  const house = new House();
  const open = await house.ask();
  house.last.greet([Setting.MAX_CONCURRENT_STREAMS, 1]);
  await house.turn();
  const waiting = assertRejects(() => house.ask(), ConnectionLost, "the client was closed");
  house.client.close();
  house.client.close();
  await waiting;
  await assertRejects(() => open.answer, ConnectionLost, "the client was closed");
  assertThrows(() => house.client.request(REQUEST, { ended: true }), ConnectionLost, "closed");
  assertEquals(house.last.closed, true);
  const dialling = new House();
  dialling.answer = undefined;
  const unmet = assertRejects(() => dialling.ask(), ConnectionLost, "the client was closed");
  await dialling.turn();
  dialling.client.close();
  await unmet;
  await dialling.turn();
  assertEquals([house.clock.pendingMs, dialling.clock.pendingMs], [[], []]);
});

Deno.test("Http2Client says which requests were not looked at when a server leaves", async () => {
  using house = new House();
  const streams = [await house.ask(), await house.ask()];
  house.last.greet();
  await house.turn();
  house.last.send(goaway(1, Http2Code.NO_ERROR));
  house.last.answer(1);
  assertEquals((await streams[0]?.answer)?.status, 200);
  await assertRejects(async () => await streams[1]?.answer, RequestUnprocessed);
});

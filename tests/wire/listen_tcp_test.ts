// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Arrival } from "../../api/api.ts";
import { HEADER_TIMEOUT_MS, IDLE_TIMEOUT_MS, UNREAD_WAIT_MS } from "../../api/limits.ts";
import { listenTcp, type TcpLimits } from "../../api/listen_tcp.ts";
import { etcFileSpec } from "../../runtime/resources/fs.ts";
import { eventLoopTurn } from "../../runtime/system/turn.ts";
import { apiFixture, TOKEN } from "../fakes/api.ts";
import { FakeClock } from "../fakes/clock.ts";
import { FakeLog } from "../fakes/log.ts";
import { Line } from "../fakes/line.ts";

const REQUEST = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";

function listen(
  options: {
    readonly limits?: TcpLimits;
    readonly handle?: (request: Request, arrival: Arrival) => Promise<Response>;
    readonly clock?: FakeClock;
    readonly stop?: AbortController;
  } = {},
) {
  const clock = options.clock ?? new FakeClock();
  const stop = options.stop ?? new AbortController();
  const log = new FakeLog();
  const listening = listenTcp({
    hostname: "127.0.0.1",
    port: 0,
    handle: options.handle ?? (() => Promise.resolve(new Response("hello"))),
    limits: options.limits ?? {},
    clock,
    log,
    signal: stop.signal,
  });
  return {
    clock,
    stop,
    log,
    listening,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await listening.closed;
    },
  };
}

Deno.test("listenTcp() answers, over and over on one connection, and says who asked", async () => {
  const seen: Arrival[] = [];
  await using server = listen({
    handle: (request, arrival) => {
      seen.push(arrival);
      return Promise.resolve(new Response(new URL(request.url).pathname));
    },
  });
  using line = await Line.open(server.listening.port);
  await line.send(REQUEST);
  await line.until("/livez");
  await line.send("GET /again HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await line.until("/again");
  assertEquals(seen, Array(2).fill({ transport: "tcp", client: "127.0.0.1" }));
});

Deno.test("listenTcp() says that a connection ends behind an answer to a body that it has not read", async () => {
  await using server = listen();
  const post = "POST / HTTP/1.1\r\nhost: localhost\r\n";
  using short = await Line.open(server.listening.port);
  await short.send(`${post}content-length: 3\r\n\r\nabc`);
  assertEquals((await short.until("hello")).includes("connection: close"), false);
  short.text = "";
  await short.send(REQUEST);
  await short.until("hello");
  using long = await Line.open(server.listening.port);
  await long.send(`${post}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  // Before its end: its client may be waiting.
  while (!server.clock.pendingMs.includes(UNREAD_WAIT_MS)) await eventLoopTurn();
  await server.clock.advance(UNREAD_WAIT_MS);
  assertStringIncludes(await long.until("hello"), "connection: close");
  // Its client goes on, and loses nothing of the answer.
  await long.send("3\r\ndef\r\n0\r\n\r\n");
  await long.closed();
});

Deno.test("listenTcp() closes half-sent headers and silent connections by the header time-out", async () => {
  for (const text of ["GET /livez HTTP/1.1\r\nhost: loc", ""]) {
    await using server = listen();
    using line = await Line.open(server.listening.port);
    await line.send(text);
    await server.clock.sleeping();
    assertEquals(server.clock.pendingMs, [HEADER_TIMEOUT_MS]);
    const closed = line.closed();
    await server.clock.advance(HEADER_TIMEOUT_MS);
    assertEquals(await closed, "");
  }
});

Deno.test("listenTcp() closes an idle connection, half-sent next headers or not", async () => {
  for (const next of ["", "GET /late HTTP/1.1\r\n"]) {
    await using server = listen();
    using line = await Line.open(server.listening.port);
    await line.send(REQUEST);
    await line.until("hello");
    await line.send(next);
    while (!server.clock.pendingMs.includes(IDLE_TIMEOUT_MS)) await server.clock.sleep(0);
    const closed = line.closed();
    await server.clock.advance(IDLE_TIMEOUT_MS);
    assertStringIncludes(await closed, "hello");
  }
});

Deno.test("listenTcp() closes a connection that was used now and then by its last answer", async () => {
  await using server = listen();
  const { clock } = server;
  using line = await Line.open(server.listening.port);
  const ask = async (): Promise<void> => {
    line.text = "";
    await line.send(REQUEST);
    await line.until("hello");
  };
  await ask();
  while (!clock.pendingMs.includes(IDLE_TIMEOUT_MS)) await eventLoopTurn();
  for (let time = 0; time < 5; time++) {
    await clock.advance(IDLE_TIMEOUT_MS - 1);
    await ask();
  }
  const lastMs = clock.monotonicMs();
  while (server.listening.connections > 0) await clock.advance(1000);
  await line.closed();
  assert(clock.monotonicMs() - lastMs >= IDLE_TIMEOUT_MS);
});

Deno.test("listenTcp() does not cut an open watch, and a stopping agent ends it", async () => {
  const fixture = apiFixture();
  await using server = listen({
    clock: fixture.clock,
    stop: fixture.stop,
    handle: (request, arrival) => fixture.api.handle(request, arrival),
  });
  using line = await Line.open(server.listening.port);
  await line.send(
    "GET /api/v1/resources/_/etcfilespec?watch HTTP/1.1\r\nhost: localhost\r\n" +
      `authorization: Bearer ${TOKEN}\r\n\r\n`,
  );
  await line.until("event: noop");
  await fixture.clock.advance(10 * IDLE_TIMEOUT_MS);
  await fixture.state.create(etcFileSpec.newResource("late", {}));
  await line.until("event: created");
  fixture.stop.abort();
  assertStringIncludes(await line.closed(), "\r\n0\r\n\r\n");
  await server.listening.closed;
  assertEquals(fixture.api.watches, 0);
});

Deno.test("listenTcp() gives a watch's place back when its reader hangs up", async () => {
  const fixture = apiFixture();
  await using server = listen({
    clock: fixture.clock,
    handle: (request, arrival) => fixture.api.handle(request, arrival),
  });
  {
    using line = await Line.open(server.listening.port);
    await line.send(
      "GET /api/v1/resources/_/etcfilespec?watch HTTP/1.1\r\nhost: localhost\r\n" +
        `authorization: Bearer ${TOKEN}\r\n\r\n`,
    );
    await line.until("event: noop");
    assertEquals(fixture.api.watches, 1);
  }
  // A turn of the event loop at a time, until the kernel has told.
  while (fixture.api.watches > 0) await fixture.clock.sleep(0);
  assertEquals(fixture.log.lines, []);
});

Deno.test("listenTcp() tells a caller beyond the bound, and serves again when one has gone", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const answers = [answer.promise];
  await using server = listen({
    limits: { connectionsMax: 1, ownConnectionsMax: 0 },
    handle: () => {
      asked.resolve();
      return answers.pop() ?? Promise.resolve(new Response("hello"));
    },
  });
  {
    using first = await Line.open(server.listening.port);
    await first.send(REQUEST);
    await asked.promise;
    using second = await Line.open(server.listening.port);
    await second.send(REQUEST);
    const refusal = await second.closed();
    assertStringIncludes(refusal, "HTTP/1.1 503 Service Unavailable\r\n");
    assertStringIncludes(refusal, "all 1 connections are taken, try again later");
    answer.resolve(new Response("hello"));
    await first.until("hello");
  }
  while (server.listening.connections > 0) await server.clock.sleep(0);
  using third = await Line.open(server.listening.port);
  await third.send(REQUEST);
  await third.until("hello");
});

Deno.test("listenTcp() gives the place of who asks nothing to who comes, who never asked anything first", async () => {
  await using server = listen({ limits: { connectionsMax: 2, ownConnectionsMax: 0 } });
  using used = await Line.open(server.listening.port);
  await used.send(REQUEST);
  await used.until("hello");
  using silent = await Line.open(server.listening.port);
  while (server.listening.connections < 2) await server.clock.sleep(0);
  using third = await Line.open(server.listening.port);
  await third.send(REQUEST);
  await third.until("hello");
  assertEquals(await silent.closed(), "");
  // Both have asked: the older one goes.
  using fourth = await Line.open(server.listening.port);
  await fourth.send(REQUEST);
  await fourth.until("hello");
  await used.closed();
  third.text = "";
  await third.send(REQUEST);
  await third.until("hello");
  assertEquals(server.listening.connections, 2);
});

Deno.test("listenTcp() lets an answer in flight end when it closes, and cuts it after the grace", async () => {
  for (const outcome of ["answered", "cut"]) {
    const answer = Promise.withResolvers<Response>();
    const asked = Promise.withResolvers<void>();
    await using server = listen({
      limits: { closeGraceMs: 5000 },
      handle: () => {
        asked.resolve();
        return answer.promise;
      },
    });
    using line = await Line.open(server.listening.port);
    await line.send(REQUEST);
    await asked.promise;
    server.stop.abort();
    while (!server.clock.pendingMs.includes(5000)) await server.clock.sleep(0);
    if (outcome === "answered") answer.resolve(new Response("late"));
    else await server.clock.advance(5000);
    await server.listening.closed;
    assertEquals((await line.closed()).includes("late"), outcome === "answered");
    answer.resolve(new Response("nobody"));
  }
});

Deno.test("listenTcp() names address and port that are taken", async () => {
  await using server = listen();
  const { port } = server.listening;
  const again = () =>
    listenTcp({
      hostname: "127.0.0.1",
      port,
      handle: () => Promise.resolve(new Response()),
      clock: server.clock,
      log: server.log,
      signal: server.stop.signal,
    });
  assertThrows(again, Error, `Cannot listen on 127.0.0.1:${port}: something else listens there`);
});

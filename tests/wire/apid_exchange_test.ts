/** What goes through the proxy of the API: bytes, both ways, at the pace of who reads them, and the ends of either side. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Exchange, ExchangeHandler } from "../../api/http2/exchange.ts";
import { Http2Code, StreamClosed } from "../../api/http2/fault.ts";
import { headerValue } from "../../api/http2/header_pairs.ts";
import type { ClientStream } from "../../api/http2/client_stream.ts";
import type { Http2Client } from "../../api/http2/http2_client.ts";
import {
  HTTP2_HEADER_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  UPSTREAM_STREAM_WINDOW_BYTES,
} from "../../api/limits.ts";
import { ApidHouse } from "../fakes/apid_house.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";
import { framed } from "../fakes/grpc_client.ts";

const CERTIFICATES = await callerCertificates();
const { admin } = CERTIFICATES;
const PIECE = new Uint8Array(16 * 1024).map((_, index) => index);
const WATCH = "/cosi.resource.State/Watch";
/** Nothing of the machine's, so that nobody knows how many messages it takes: for admins alone. */
const TALK = "/test.Service/Talk";

async function houseOf(machine: ExchangeHandler): Promise<ApidHouse> {
  return await ApidHouse.open({ certificates: CERTIFICATES, machine });
}

function headOf(path: string, ...more: readonly string[]): readonly string[] {
  const line = [":method", "POST", ":scheme", "https", ":authority", "localhost", ":path", path];
  return [...line, "content-type", "application/grpc", "te", "trailers", ...more];
}

async function begun(client: Http2Client, ...head: readonly string[]): Promise<ClientStream> {
  return await client.request(headOf(head[0] ?? TALK, ...head.slice(1)), { ended: false });
}

async function wholeOf(source: Pick<ClientStream, "read">): Promise<number[]> {
  const bytes: number[] = [];
  for (let piece = await source.read(); piece !== undefined; piece = await source.read()) {
    bytes.push(...piece);
  }
  return bytes;
}

/** Answers what it is told, piece by piece. */
async function echo(exchange: Exchange): Promise<void> {
  exchange.respond(200, ["content-type", "application/grpc", "x-said", "head"]);
  for (let piece = await exchange.read(); piece !== undefined; piece = await exchange.read()) {
    await exchange.write(piece.slice());
  }
  exchange.end(["grpc-status", "0", "x-said", "trailers"]);
}

Deno.test("apiProxy() carries a conversation: each side's pieces, head and trailers as they come", async () => {
  await using house = await houseOf((exchange) => void echo(exchange));
  using client = house.client(admin);
  const stream = await begun(client, TALK, "x-mine", "hello");
  for (const said of [[1, 2, 3], [4], [5, 6]]) {
    stream.write(Uint8Array.from(said));
    assertEquals([...await stream.read() ?? []], said);
  }
  stream.end();
  assertEquals(await stream.read(), undefined);
  const { status, headers } = await stream.answer;
  assertEquals([status, headerValue(headers, "x-said")], [200, "head"]);
  assertEquals(stream.trailers, ["grpc-status", "0", "x-said", "trailers"]);
  const [seen] = house.seen;
  assertEquals([seen?.method, seen?.path, seen?.authority], ["POST", TALK, "localhost"]);
  assertEquals(headerValue(seen?.headers ?? [], "x-mine"), "hello");
});

Deno.test("apiProxy() carries an answer of trailers alone as one", async () => {
  await using house = await houseOf((exchange) => {
    exchange.respond(200, ["content-type", "application/grpc", "grpc-status", "5"], true);
  });
  using client = house.client(admin);
  const stream = await begun(client);
  await stream.answer;
  assert(stream.endedWithHead);
});

Deno.test("apiProxy() carries an answer that comes before its request is complete", async () => {
  await using house = await houseOf((exchange) => {
    exchange.respond(200, ["content-type", "application/grpc", "grpc-status", "13"], true);
  });
  using client = house.client(admin);
  const stream = await begun(client);
  for (let piece = 0; piece < 8; piece++) stream.write(PIECE.slice())?.catch(() => {});
  assertEquals(headerValue((await stream.answer).headers, "grpc-status"), "13");
  assertEquals(await stream.read(), undefined);
  await house.until(() => house.seen[0]?.closed === true);
});

Deno.test("apiProxy() holds a sender back whom the machine does not read", async () => {
  let taken: Exchange | undefined;
  await using house = await houseOf((exchange) => {
    taken = exchange;
  });
  using client = house.client(admin);
  const stream = await begun(client);
  let [sent, isHeld] = [0, false];
  // Far more than all windows and marks on the way together.
  const [most, all] = [8, 16].map((megabytes) => megabytes * 1024 * 1024);
  const sending = (async () => {
    while (sent < (all ?? 0)) {
      const room = stream.write(PIECE.slice());
      sent += PIECE.length;
      if (room === undefined) continue;
      isHeld = true;
      await room;
    }
    stream.end();
  })();
  await house.until(() => taken !== undefined);
  // What it may send is sent once nothing moves any more.
  for (let last = -1; last !== sent;) {
    last = sent;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert(isHeld && sent < (most ?? 0), `${sent} bytes were taken`);
  let read = 0;
  for (let piece = await taken?.read(); piece !== undefined; piece = await taken?.read()) {
    read += piece.length;
  }
  await sending;
  assertEquals(read, all);
});

Deno.test("apiProxy() holds the machine back where the caller does not read", async () => {
  const all = 16 * 1024 * 1024;
  let written = 0;
  await using house = await houseOf(async (exchange) => {
    exchange.respond(200, ["content-type", "application/grpc"]);
    while (written < all) {
      written += PIECE.length;
      await exchange.write(PIECE.slice());
    }
    exchange.end(["grpc-status", "0"]);
  });
  using client = house.client(admin);
  const stream = await begun(client);
  stream.end();
  await stream.answer;
  for (let last = -1; last !== written;) {
    last = written;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert(written < 4 * 1024 * 1024, `${written} bytes were taken`);
  assert(house.upstreams.buffered <= UPSTREAM_STREAM_WINDOW_BYTES);
  let read = 0;
  for (let piece = await stream.read(); piece !== undefined; piece = await stream.read()) {
    read += piece.length;
  }
  assertEquals([read, stream.trailers], [all, ["grpc-status", "0"]]);
});

Deno.test("apiProxy() cancels at the machine what its caller cancels, before and after the answer has begun", async () => {
  const reasons: string[] = [];
  await using house = await houseOf((exchange) => {
    exchange.onBroken((reason) => reasons.push(reason.message));
    if (exchange.path === WATCH) exchange.respond(200, ["content-type", "application/grpc"]);
  });
  using client = house.client(admin);
  const early = await begun(client);
  await house.until(() => house.seen.length === 1);
  early.reset();
  const late = await begun(client, WATCH);
  late.end(framed(new Uint8Array(0)));
  await late.answer;
  late.reset();
  await house.until(() => reasons.length === 2);
  assertEquals(
    reasons,
    Array(2).fill(`the stream was reset by the peer, code ${Http2Code.CANCEL}`),
  );
});

Deno.test("apiProxy() ends at once what a caller that is gone had asked for", async () => {
  let broken = 0;
  await using house = await houseOf((exchange) => {
    exchange.onBroken(() => broken++);
    exchange.respond(200, ["content-type", "application/grpc"]);
  });
  const client = house.client(admin);
  for (let watch = 0; watch < 50; watch++) {
    const stream = await begun(client, WATCH);
    stream.end(framed(new Uint8Array(0)));
    await stream.answer;
  }
  assertEquals(house.seen.length, 50);
  client.close();
  await house.until(() => broken === 50);
});

Deno.test("apiProxy() passes the machine's reset on with its code", async () => {
  await using house = await houseOf((exchange) => {
    if (exchange.path === WATCH) exchange.respond(200, ["content-type", "application/grpc"]);
    exchange.reset(Http2Code.ENHANCE_YOUR_CALM);
  });
  using client = house.client(admin);
  const early = await begun(client);
  const before = await assertRejects(() => early.answer, StreamClosed);
  assertEquals(before.code, Http2Code.ENHANCE_YOUR_CALM);
});

Deno.test("apiProxy() refuses a message that is too large before anything of it goes on", async () => {
  await using house = await houseOf((exchange) => exchange.respond(500, [], true));
  using client = house.client(admin);
  const stream = await begun(client, "/cosi.resource.State/Create");
  let left = MESSAGE_BYTES_MAX + 6;
  try {
    for (; left > 0; left -= PIECE.length) {
      await stream.write(PIECE.slice(0, Math.min(PIECE.length, left)));
    }
  } catch {
    // The answer was here before the end.
  }
  const { headers } = await stream.answer;
  assertEquals(headerValue(headers, "grpc-status"), "8");
  assertEquals(
    headerValue(headers, "grpc-message"),
    `the message has more than ${MESSAGE_BYTES_MAX} bytes, and may have ${MESSAGE_BYTES_MAX}`,
  );
  assertEquals(house.seen, []);
});

Deno.test("apiProxy() refuses headers that are longer than the machine takes with what it says of their caller", async () => {
  await using house = await houseOf((exchange) => void echo(exchange));
  using client = house.client(admin);
  const head = headOf(TALK, "x-long", "");
  const bytes = head.join("").length + 32 * head.length / 2;
  const most = [...head.slice(0, -1), "x".repeat(HTTP2_HEADER_BYTES_MAX - bytes)];
  const stream = await client.request(most, { ended: true });
  const { status, headers } = await stream.answer;
  assertEquals([status, headerValue(headers, "grpc-status")], [200, "8"]);
  assertStringIncludes(headerValue(headers, "grpc-message") ?? "", "and may take 16384");
  assertEquals(house.seen, []);
});

Deno.test("apiProxy() gives each connection of a caller one of its own, and none before it asks", async () => {
  await using house = await houseOf((exchange) => void echo(exchange));
  using one = house.client(admin);
  using two = house.client(CERTIFICATES.admin);
  assertEquals(house.upstreams.size, 0);
  for (const client of [one, one, two]) {
    const stream = await begun(client);
    stream.end(Uint8Array.of(7));
    assertEquals(await wholeOf(stream), [7]);
  }
  assertEquals([house.upstreams.size, house.machineConnections], [2, 2]);
});

Deno.test("Upstreams closes a connection that nothing was asked on, and makes another for the next call", async () => {
  await using house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: (exchange) => void echo(exchange),
    upstreams: { idleMs: 20 },
  });
  using client = house.client(admin);
  for (let round = 0; round < 2; round++) {
    const stream = await begun(client);
    stream.end(Uint8Array.of(7));
    assertEquals(await wholeOf(stream), [7]);
    await house.until(() => house.upstreams.size === 0 && house.machineConnections === 0);
  }
});

Deno.test("Upstreams refuses a caller where all connections are in use, and takes those of nobody's away", async () => {
  await using house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: (exchange) => {
      if (exchange.path === TALK) void echo(exchange);
    },
    upstreams: { connectionsMax: 1 },
  });
  using one = house.client(admin);
  const done = await begun(one);
  done.end(Uint8Array.of(7));
  assertEquals(await wholeOf(done), [7]);
  using two = house.client(admin);
  const held = await begun(two, WATCH);
  held.end(framed(new Uint8Array(0)));
  await house.until(() => house.seen.length === 2);
  const refused = await begun(one);
  const { headers } = await refused.answer;
  assertEquals([headerValue(headers, "grpc-status"), house.upstreams.size], ["14", 1]);
});

Deno.test("Upstreams refuses the connections of one address beyond its bound, and no other's", async () => {
  await using house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: (exchange) => {
      if (exchange.path === TALK) void echo(exchange);
    },
    upstreams: { perClientMax: 2, connectionsMax: 4 },
  });
  // One that is idle gives way to the next of the same address.
  using idle = house.client(admin);
  const done = await begun(idle);
  done.end(Uint8Array.of(7));
  assertEquals(await wholeOf(done), [7]);
  using one = house.client(admin);
  using two = house.client(admin);
  for (const [count, client] of [one, two].entries()) {
    (await begun(client, WATCH)).end(framed(new Uint8Array(0)));
    await house.until(() => house.seen.length === 2 + count);
  }
  assertEquals(house.upstreams.size, 2);
  const { headers } = await (await begun(idle)).answer;
  assertEquals(headerValue(headers, "grpc-status"), "14");
  assertEquals(
    headerValue(headers, "grpc-message"),
    "the machine's API takes no more calls now: 127.0.0.1 has 2 connections in use, and may have no more",
  );
  using other = house.client(admin, "127.0.0.2");
  const theirs = await begun(other);
  theirs.end(Uint8Array.of(8));
  assertEquals(await wholeOf(theirs), [8]);
});

Deno.test("Upstreams keeps connections for what anybody may ask, where all others are in use", async () => {
  await using house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: (exchange) => {
      if (exchange.path === "/livez") exchange.respond(200, ["content-type", "text/plain"], true);
    },
    upstreams: { connectionsMax: 1 },
  });
  using holder = house.client(admin);
  const held = await begun(holder, WATCH);
  held.end(framed(new Uint8Array(0)));
  await house.until(() => house.seen.length === 1);
  const asked = await house.fetch("/livez");
  assertEquals([asked.status, await asked.text()], [200, ""]);
  const refused = await house.fetch("/api/v1/types");
  assertEquals([refused.status, (await refused.json()).code], [503, "closed"]);
});

Deno.test("Upstreams takes the calls of who reads nothing, where all together hold too much", async () => {
  let broken = 0;
  await using house = await ApidHouse.open({
    certificates: CERTIFICATES,
    machine: async (exchange) => {
      if (exchange.path === TALK) return void echo(exchange);
      exchange.onBroken(() => broken++);
      exchange.respond(200, ["content-type", "application/grpc"]);
      while (!exchange.closed) await exchange.write(PIECE.slice())?.catch(() => {});
    },
    upstreams: { bufferedMax: 1024 * 1024 },
  });
  using greedy = house.client(admin);
  const streams = await Promise.all(Array.from({ length: 80 }, () => begun(greedy, WATCH)));
  for (const stream of streams) stream.end(framed(new Uint8Array(0)));
  await house.until(() => broken === streams.length);
  assertEquals(house.upstreams.buffered, 0);
  using modest = house.client(admin);
  const talk = await begun(modest);
  talk.end(Uint8Array.of(7));
  assertEquals(await wholeOf(talk), [7]);
  await Promise.all(streams.map(async (stream) => {
    while (await stream.read() !== undefined);
    assertEquals(stream.trailers.slice(0, 2), ["grpc-status", "14"]);
  }));
});

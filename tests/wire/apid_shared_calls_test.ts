/** What anybody may ask of a machine, at its proxy: however many ask and leave, the next is answered. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import type { Exchange, ExchangeHandler } from "../../api/http2/exchange.ts";
import { TooManyWaiting } from "../../api/http2/fault.ts";
import {
  HTTP2_RESETS_MAX,
  UPSTREAM_SHARED_CALLS_MAX,
  UPSTREAMS_STRANGERS_MAX,
} from "../../api/limits.ts";
import { ApidHouse } from "../fakes/apid_house.ts";
import { callerCertificates } from "../fakes/caller_certificates.ts";

const CERTIFICATES = await callerCertificates();
const REQUEST = new TextEncoder().encode("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n");

async function houseOf(machine: ExchangeHandler, strangersMax?: number): Promise<ApidHouse> {
  return await ApidHouse.open({
    certificates: CERTIFICATES,
    machine,
    ...(strangersMax === undefined ? {} : { upstreams: { strangersMax } }),
  });
}

function answer(exchange: Exchange): void {
  exchange.respond(200, ["content-type", "text/plain"]);
  exchange.write(new TextEncoder().encode("ok\n"));
  exchange.end();
}

/** Holds back what it is asked until it is told. */
function patient() {
  const held: Exchange[] = [];
  let isHolding = true;
  return {
    held,
    machine: (exchange: Exchange): void => {
      if (isHolding) held.push(exchange);
      else answer(exchange);
    },
    goOn(): void {
      isHolding = false;
      for (const exchange of held) answer(exchange);
    },
  };
}

async function stranger(house: ApidHouse): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: house.httpPort });
  await connection.write(REQUEST);
  return connection;
}

async function statusOf(connection: Deno.TcpConn): Promise<string> {
  const bytes = new Uint8Array(4096);
  const count = await connection.read(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, count)).split("\r\n", 1)[0] ?? "";
}

Deno.test("apiProxy() answers what anybody may ask where more strangers ask at once than there are connections for them", async () => {
  const { machine, held, goOn } = patient();
  await using house = await houseOf(machine);
  const count = 3 * UPSTREAMS_STRANGERS_MAX;
  const strangers = await Promise.all(Array.from({ length: count }, () => stranger(house)));
  await house.until(() => held.length === count);
  const probe = house.fetch("/livez");
  await house.until(() => held.length === count + 1);
  assertEquals(house.upstreams.size, UPSTREAMS_STRANGERS_MAX);
  goOn();
  assertEquals(await (await probe).text(), "ok\n");
  const statuses = await Promise.all(strangers.map(statusOf));
  assertEquals(new Set(statuses), new Set(["HTTP/1.1 200 OK"]));
  for (const connection of strangers) connection.close();
});

Deno.test("apiProxy() keeps a shared connection however many of its callers leave before they are answered", async () => {
  const { machine, held, goOn } = patient();
  await using house = await houseOf(machine, 1);
  const line = [":method", "GET", ":scheme", "https", ":authority", "localhost", ":path"];
  for (let left = 0; left <= HTTP2_RESETS_MAX; left += 4) {
    // By HTTP/1.1 and by HTTP/2.
    const connections = await Promise.all([stranger(house), stranger(house)]);
    using client = house.client(CERTIFICATES.nobody);
    const asked = (path: string) => client.request([...line, path], { ended: true });
    const streams = await Promise.all(["/livez", "/readyz"].map(asked));
    await house.until(() => held.length === 4);
    for (const stream of streams) stream.reset();
    for (const connection of connections) connection.close();
    // Seen to have left: what follows on the same connection is refused, and nobody is connected in clear.
    await (await asked("/api/v1/types")).answer;
    await house.until(() => house.httpConnections === 0);
    for (const exchange of held.splice(0)) {
      assertEquals(exchange.closed, false);
      answer(exchange);
    }
  }
  goOn();
  assertEquals(await (await house.fetch("/livez")).text(), "ok\n");
  assertEquals([house.upstreams.size, house.machineConnections], [1, 1]);
  assertEquals(house.seen.filter(({ closed }) => !closed), []);
});

Deno.test("apiProxy() says nothing more of a stranger to the machine than what is asked", async () => {
  await using house = await houseOf((exchange) => exchange.respond(200, [], true));
  const headers = { "x-long": "x".repeat(20_000), "content-type": "text/plain" };
  for (const method of ["GET", "POST"]) {
    const body = method === "POST" ? { body: "hello" } : {};
    const answer = await house.fetch("/livez?verbose", { method, headers, ...body });
    assertEquals([answer.status, await answer.text()], [200, ""]);
  }
  for (const { path, headers } of house.seen) {
    assertEquals(path, "/livez?verbose");
    const names = headers.filter((_, index) => index % 2 === 0);
    assertEquals(names, ["strata-roles", "strata-transport", "strata-client"]);
  }
});

Deno.test("Upstream.leave() reads a shared call's answer away, whose place is taken until then", async () => {
  const { machine, held } = patient();
  await using house = await houseOf(machine, 1);
  const take = () => house.upstreams.take({ transport: "tcp" }, true);
  const hold = take();
  const head = [":method", "GET", ":scheme", "http", ":authority", "localhost", ":path", "/livez"];
  const stream = await hold.request(head, true);
  hold.leave(stream);
  hold.release();
  await house.until(() => held.length === 1);
  const others = Array.from({ length: UPSTREAM_SHARED_CALLS_MAX - 1 }, take);
  assertThrows(take, TooManyWaiting);
  for (const exchange of held) {
    assertEquals(exchange.closed, false);
    answer(exchange);
  }
  await house.until(() => stream.closed);
  assertEquals(await stream.read(), undefined);
  for (const other of [...others, take()]) other.release();
});

Deno.test("Upstreams refuses what anybody may ask beyond the calls that a shared connection carries", async () => {
  await using house = await houseOf(() => {}, 2);
  const all = 2 * UPSTREAM_SHARED_CALLS_MAX;
  const holds = Array.from({ length: all }, () => house.upstreams.take({ transport: "tcp" }, true));
  assertEquals(house.upstreams.size, 2);
  assertThrows(
    () => house.upstreams.take({ transport: "tcp" }, true),
    TooManyWaiting,
    `all ${all} places for what anybody may ask are in use`,
  );
  holds[0]?.release();
  house.upstreams.take({ transport: "tcp" }, true).release();
  for (const hold of holds) hold.release();
});

// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { type FakeHttp2Client, frame, uint32 } from "../../tests/fakes/http2_client.ts";
import { Http2House } from "../../tests/fakes/http2_house.ts";
import type { Exchange } from "./exchange.ts";
import { Http2Code } from "./fault.ts";

/** Sequences of frames; a failing one names its seed. */
const SEQUENCES = 100;
const FRAMES = 60;

/** Numbers below `bound`, the same for the same seed. */
function numbers(seed: number): (bound: number) => number {
  let state = seed * 2654435761 >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** Does something with an exchange, in order or not. */
function act(exchange: Exchange, below: (bound: number) => number): void {
  switch (below(8)) {
    case 0:
      return exchange.collect(below(2000), () => exchange.end());
    case 1:
      exchange.read().catch(() => {});
      return;
    case 2:
      return exchange.respond(200, ["a", String(below(3))], below(4) === 0);
    case 3:
    case 4:
      exchange.write(new Uint8Array(below(40_000)));
      return;
    case 5:
      return exchange.end(below(2) === 0 ? ["b", "c"] : undefined);
    case 6:
      return exchange.onBroken(() => exchange.reset(1));
    default:
      if (below(4) === 0) exchange.reset(below(14));
  }
}

/** A frame that is often right. */
function someFrame(client: FakeHttp2Client, below: (bound: number) => number): Uint8Array {
  const streamId = below(8) === 0 ? below(4) : 2 * below(12) + 1;
  switch (below(9)) {
    case 0:
    case 1:
      return client.headers(streamId, { end: below(2) === 0 });
    case 2:
      return frame(0, below(2), streamId, new Uint8Array(below(3000)));
    case 3:
      return frame(8, 0, below(2) * streamId, uint32(below(100_000)));
    case 4:
      return frame(3, 0, streamId, uint32(below(20)));
    case 5:
      return frame(4, 0, 0, [0, 1 + below(6), ...uint32(below(70_000))]);
    case 6:
      return frame(2, 0, streamId, [0, 0, 0, below(20), 1]);
    case 7:
      return frame(6, below(2), 0, new Uint8Array(8));
    default:
      if (below(20) > 0) return frame(10 + below(5), below(256), streamId, new Uint8Array(3));
      return frame(below(12), below(256), below(20), new Uint8Array(below(20)));
  }
}

Deno.test("whatever frames come and whatever handlers do, nothing is held in the end and nothing is internal", async () => {
  for (let seed = 1; seed <= SEQUENCES; seed++) {
    const below = numbers(seed);
    await using house = new Http2House({ handler: (exchange) => act(exchange, below) });
    const { client } = house;
    client.greet();
    for (let count = 0; count < FRAMES; count++) {
      client.send(someFrame(client, below));
      if (below(4) > 0) continue;
      await Promise.resolve();
      const exchange = house.exchanges[below(Math.max(1, house.exchanges.length))];
      if (exchange !== undefined) act(exchange, below);
    }
    await client.turn();
    const isInternal = client.goaways.includes(Http2Code.INTERNAL_ERROR);
    assertEquals([seed, isInternal, house.errors], [seed, false, []]);
    house.connection.cut();
    await house.connection.released;
    assertEquals([seed, house.connection.streams, house.budget.bytes], [seed, 0, 0]);
    for (const exchange of house.exchanges) assertEquals([seed, exchange.closed], [seed, true]);
  }
});

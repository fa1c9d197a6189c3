// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { ConnectionLost } from "../http2/fault.ts";
import type { Duplex } from "../http2/duplex.ts";
import { Upstreams, type UpstreamsOptions } from "./upstreams.ts";

const MIB = 1024 * 1024;
const HEAD = [":method", "POST", ":scheme", "http", ":authority", "localhost", ":path", "/a/B"];

/** A machine that takes connections, and reads and says nothing. */
function silent(): Duplex {
  const closed = Promise.withResolvers<null>();
  return {
    read: () => closed.promise,
    write: () => new Promise(() => {}),
    close: () => closed.resolve(null),
  };
}

function upstreams(dial: UpstreamsOptions["dial"]): Upstreams {
  return new Upstreams({
    dial,
    clock: new FakeClock(),
    random: new FakeRandom(),
    bufferedMax: 8 * MIB,
  });
}

/** Who calls, from an address of its own. */
function peer(number: number): { readonly transport: "tls"; readonly client: string } {
  return { transport: "tls", client: `192.0.2.${number}` };
}

Deno.test("Upstreams ends the calls of who waits with most where requests that the machine does not read are too much", async () => {
  using house = upstreams(() => Promise.resolve(silent()));
  const answers: Promise<unknown>[] = [];
  const streams = [];
  for (const number of [1, 2, 3]) {
    const stream = await house.take(peer(number)).request(HEAD, false, 4 * MIB);
    stream.end(new Uint8Array(4 * MIB));
    answers.push(stream.answer);
    streams.push(stream);
  }
  const [first, , third] = streams;
  assert(first !== undefined && third !== undefined);
  const lost = await assertRejects(() => first.answer, ConnectionLost);
  assertEquals(
    lost.message,
    "the connection broke off: more bytes wait than may, and most of them here",
  );
  assert(house.buffered > 0 && house.buffered <= 8 * MIB, `${house.buffered} bytes wait`);
  assertEquals([first.closed, third.closed], [true, false]);
  third.reset();
  streams[1]?.reset();
  assertEquals(house.buffered, 0);
  await Promise.allSettled(answers);
});

Deno.test("Upstreams counts what waits for a connection to the machine, and ends the calls of who waits with most", async () => {
  const isThere = Promise.withResolvers<void>();
  using house = upstreams(() => isThere.promise.then(silent));
  const peers = [peer(1), peer(2), peer(3)] as const;
  const begin = (caller: (typeof peers)[number], bytes: number) => {
    const begun = house.take(caller).request(HEAD, false, bytes);
    return Promise.resolve(begun).then(({ id }) => id);
  };
  const first = [begin(peers[0], 3 * MIB), begin(peers[0], 3 * MIB)];
  const second = begin(peers[1], 2 * MIB);
  assertEquals(house.buffered, 8 * MIB);
  const third = begin(peers[2], MIB);
  for (const call of first) await assertRejects(() => call, ConnectionLost);
  assertEquals(house.buffered, 3 * MIB);
  isThere.resolve();
  assertEquals(await Promise.all([second, third]), [1, 1]);
  assertEquals(house.buffered, 0);
});

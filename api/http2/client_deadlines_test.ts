// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { frame } from "../../tests/fakes/http2_client.ts";
import { ClientHouse, settingsFrame } from "../../tests/fakes/http2_server.ts";
import { ConnectionLost } from "./fault.ts";
import { Flag, FrameType } from "./frame_types.ts";

/** Servers that keep it waiting: what they do, milliseconds until they are given up, why. */
const DELAYS: readonly (readonly [string, (house: ClientHouse) => void, number, string])[] = [
  ["says nothing", () => {}, 10_000, "did not begin to speak HTTP/2"],
  [
    "does not acknowledge settings",
    ({ server }) => server.send(settingsFrame([])),
    10_000,
    "not acknowledged",
  ],
  [
    "stops within a frame",
    ({ server }) => (server.greet(), server.send(Uint8Array.of(0, 0, 9, 0))),
    10_000,
    "did not end in time",
  ],
  [
    "stops within a header block",
    ({ server }) => (server.greet(), server.send(frame(FrameType.HEADERS, 0, 1, [0x88]))),
    10_000,
    "did not end in time",
  ],
  ["falls silent", ({ server }) => server.greet(), 330_000, "did not answer a PING"],
];

for (const [name, act, milliseconds, words] of DELAYS) {
  Deno.test(`clientHttp2() gives up a server that ${name}`, async () => {
    await using house = new ClientHouse();
    const stream = house.ask();
    await house.turn();
    act(house);
    await house.turn();
    for (let passed = 0; passed < milliseconds - 2000; passed += 1000) {
      await house.clock.advance(1000);
    }
    assertEquals(house.connection.leaving, undefined);
    for (let count = 0; count < 5; count++) await house.clock.advance(1000);
    await assertRejects(() => stream.answer, ConnectionLost, words);
  });
}

Deno.test("clientHttp2() gives up a server that takes nothing", async () => {
  await using house = new ClientHouse();
  house.server.greet();
  await house.turn();
  house.server.taking = "nothing";
  const stream = house.ask();
  for (let count = 0; count < 33; count++) await house.clock.advance(1000);
  await assertRejects(() => stream.answer, ConnectionLost, "took no byte");
});

Deno.test("clientHttp2() asks a silent server by PING, and goes on when it answers", async () => {
  await using house = new ClientHouse({ limits: { silenceMs: 5000, pongTimeoutMs: 3000 } });
  const { server, clock } = house;
  server.greet();
  const stream = house.ask();
  for (let round = 1; round <= 3; round++) {
    for (let count = 0; count < 6; count++) await clock.advance(1000);
    assertEquals(server.of(FrameType.PING).length, round);
    server.send(frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8)));
    await house.turn();
  }
  server.answer(1);
  assertEquals((await stream.answer).status, 200);
  // Who waits for nothing asks nothing.
  for (let count = 0; count < 30; count++) await clock.advance(1000);
  assertEquals(server.of(FrameType.PING).length, 3);
  assertEquals(house.connection.leaving, undefined);
});

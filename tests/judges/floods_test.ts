// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { join } from "@std/path/posix";
import { startServer } from "../bench/wire_servers.ts";
import { FLOODS, LEFT_WATCHES } from "./flood_attacks.ts";
import { Bystander } from "./flood_calls.ts";
import { BOMBS } from "./flood_messages.ts";
import { assertRests, survives, warmUp } from "./flood_scene.ts";
import { SLOW_ATTACKS } from "./flood_sessions.ts";
import { RawPeer } from "./raw_peer.ts";

Deno.test("listenHttp2() outlives every flood, and answers others meanwhile", async (test) => {
  const directory = await Deno.makeTempDir({ prefix: "strata-floods-" });
  try {
    const socket = join(directory, "strata.sock");
    await using server = await startServer("ours", { peer: "", socket });
    await using peer = await RawPeer.greeted(socket);
    const bystander = new Bystander(peer);
    await bystander.settle();
    await warmUp(socket);
    await FLOODS[LEFT_WATCHES]?.(socket);
    assertEquals(bystander.failed, []);
    const scene = { place: socket, server, bystander, bytesBefore: await server.residentBytes() };
    for (const [name, attack] of Object.entries({ ...FLOODS, ...BOMBS })) {
      await test.step(name, async () => {
        await survives(attack, scene);
        await assertRests(scene);
      });
    }
    // Many connections at once make a heap that V8 gives back only some seconds later: looked at when all are over.
    for (const [name, attack] of Object.entries(SLOW_ATTACKS)) {
      await test.step(name, () => survives(attack, scene));
    }
    await test.step("memory is back after the slow attacks", () => assertRests(scene));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

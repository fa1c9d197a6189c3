// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { join } from "@std/path/posix";
import { type Server, startServer } from "../bench/wire_servers.ts";
import { type Attack, FLOODS, LEFT_WATCHES } from "./flood_attacks.ts";
import { body, Bystander, callHeaders, LIST_FRAME, statusOf } from "./flood_calls.ts";
import { BOMBS } from "./flood_messages.ts";
import { SLOW_ATTACKS } from "./flood_sessions.ts";
import { RawPeer } from "./raw_peer.ts";

/** What memory may have grown by once an attack is over. */
const GROWTH_BYTES_MAX = 50 * 1024 * 1024;
/** Well-behaved clients before memory is first looked at, who make heap and buffers as great as use makes them. */
const CROWD = 8;
/** Calls of each of them. */
const CROWD_CALLS = 2500;
/** Lists of 4 MiB that each of them reads at once. */
const CROWD_LISTS = 4;
/** Lists of 4 MiB between two looks at memory: who serves them gives the collector its turns. */
const REST_LISTS = 4;
/** Looks between two collections. Lists that are sent again and again make no garbage, so that V8 would not look either. */
const COLLECT_EVERY = 50;
/** Looks at most: some forty seconds. */
const LOOKS_MAX = 1500;

interface Scene {
  readonly socket: string;
  readonly server: Server;
  readonly bystander: Bystander;
  /** Memory before any attack. */
  readonly bytesBefore: number;
}

/** One of many who use the server as it is meant. */
async function crowd(socket: string): Promise<void> {
  await using lists = await RawPeer.greeted(socket);
  const ids = Array.from({ length: CROWD_LISTS }, (_, index) => 2 * index + 1);
  for (const id of ids) {
    await lists.send(lists.headers(id, callHeaders("List")), ...body(id, LIST_FRAME));
  }
  for (const id of ids) await lists.until("a list", () => statusOf(lists, id) === "0");
  await using peer = await RawPeer.greeted(socket);
  const one = new Bystander(peer);
  await one.get(CROWD_CALLS);
  assertEquals(one.failed, []);
}

/** Attacks while a bystander calls; then the bystander has had all of its answers, and a new client gets one. */
async function survives(attack: Attack, scene: Scene): Promise<void> {
  const { socket, bystander } = scene;
  const attacking = attack(socket);
  await bystander.getDuring(attacking);
  await attacking;
  assertEquals(bystander.failed, []);
  await using peer = await RawPeer.greeted(socket);
  const newcomer = new Bystander(peer);
  await newcomer.get(1);
  assertEquals(newcomer.failed, []);
}

async function assertRests({ server, bystander, bytesBefore }: Scene): Promise<void> {
  let grown = 0;
  for (let look = 0; look < LOOKS_MAX; look++) {
    // The process has no memory once it is dead, and NaN is not below anything.
    grown = await server.residentBytes() - bytesBefore;
    if (grown <= GROWTH_BYTES_MAX) return;
    if (look % COLLECT_EVERY === 0) await server.collect();
    await bystander.list(REST_LISTS);
  }
  throw new Error(`${Math.round(grown / 1024 / 1024)} MB are held after the attack`);
}

Deno.test("listenHttp2() outlives every flood, and answers others meanwhile", async (test) => {
  const directory = await Deno.makeTempDir({ prefix: "strata-floods-" });
  try {
    const socket = join(directory, "strata.sock");
    await using server = await startServer("ours", { peer: "", socket });
    await using peer = await RawPeer.greeted(socket);
    const bystander = new Bystander(peer);
    await bystander.settle();
    await Promise.all(Array.from({ length: CROWD }, () => crowd(socket)));
    await FLOODS[LEFT_WATCHES]?.(socket);
    assertEquals(bystander.failed, []);
    const scene = { socket, server, bystander, bytesBefore: await server.residentBytes() };
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

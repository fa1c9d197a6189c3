/** A server under attack: who calls beside it, and what its memory does. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import type { Attack } from "./flood_attacks.ts";
import { body, Bystander, callHeaders, LIST_FRAME, statusOf } from "./flood_calls.ts";
import { RawPeer, type RawPlace } from "./raw_peer.ts";

/** What memory may have grown by once an attack is over. */
export const GROWTH_BYTES_MAX = 50 * 1024 * 1024;
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

/** A process whose memory is looked at. */
export interface Watched {
  /** Memory of the process that is in RAM. */
  residentBytes(): Promise<number>;
  /** Has it collect its garbage, sooner than it would by itself. */
  collect(): Promise<void>;
}

/** What an attack is looked at by. */
export interface Scene {
  /** Where attacks and new clients come to. */
  readonly place: RawPlace;
  readonly server: Watched;
  /** Calls the server whose memory is looked at. */
  readonly bystander: Bystander;
  /** Memory before any attack. */
  readonly bytesBefore: number;
}

/** One of many who use the server as it is meant. */
async function oneOfMany(place: RawPlace): Promise<void> {
  await using lists = await RawPeer.greeted(place);
  const ids = Array.from({ length: CROWD_LISTS }, (_, index) => 2 * index + 1);
  for (const id of ids) {
    await lists.send(lists.headers(id, callHeaders("List")), ...body(id, LIST_FRAME));
  }
  for (const id of ids) await lists.until("a list", () => statusOf(lists, id) === "0");
  await using peer = await RawPeer.greeted(place);
  const one = new Bystander(peer);
  await one.get(CROWD_CALLS);
  assertEquals(one.failed, []);
}

/** Uses the server as it is meant, so that its memory is what use makes it. */
export async function warmUp(place: RawPlace): Promise<void> {
  await Promise.all(Array.from({ length: CROWD }, () => oneOfMany(place)));
}

/** Attacks while a bystander calls; then the bystander has had all of its answers, and a new client gets one. */
export async function survives(attack: Attack, scene: Scene): Promise<void> {
  const { place, bystander } = scene;
  const attacking = attack(place);
  await bystander.getDuring(attacking);
  await attacking;
  assertEquals(bystander.failed, []);
  await using peer = await RawPeer.greeted(place);
  const newcomer = new Bystander(peer);
  await newcomer.get(1);
  assertEquals(newcomer.failed, []);
}

/** Waits until memory is back to what it was. @throws {Error} It is not after a while. */
export async function assertRests({ server, bystander, bytesBefore }: Scene): Promise<void> {
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

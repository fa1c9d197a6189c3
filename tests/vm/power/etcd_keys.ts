/**
 * The keys that a machine gives its etcd while its power may go, and what must be left of them.
 *
 * A run puts items 0, 1, 2, … in each of some lanes at once: each a key of its own, and the lane's key `newest` too, both
 * in one transaction. An item counts once etcd has answered; so a run is told by its number and how many items of each
 * lane were acknowledged.
 */
import type { KeptRun } from "./kept_files.ts";

/** Lanes that put at once: etcd gathers what comes together. */
export const ETCD_LANES = 4;

/** Before all keys. */
export const KEY_PREFIX = "kept/";

/** Bytes of a value at most: some of a page of etcd's database, some of two. */
const VALUE_BYTES_MAX = 6_000;

/** A place in the row of puts. */
export interface Place {
  readonly run: number;
  readonly lane: number;
  readonly item: number;
}

export function keyOf({ run, lane, item }: Place): string {
  return `${KEY_PREFIX}${run}/${lane}/${item}`;
}

export function newestKey(lane: number): string {
  return `${KEY_PREFIX}newest/${lane}`;
}

/** The value of an item: its name, again and again. */
export function valueOf(place: Place): string {
  const { run, lane, item } = place;
  const bytes = (item * 7919 + run * 104_729 + lane * 1301) % VALUE_BYTES_MAX;
  return `${keyOf(place)} `.repeat(1 + bytes / keyOf(place).length);
}

/** What the machine says once etcd has acknowledged an item. */
export function etcdAcknowledgement({ run, lane, item }: Place): string {
  return `etcd run ${run} lane ${lane} item ${item}.`;
}

/** The items of `run` that the console has acknowledged. */
export function acknowledgedPuts(console: string, run: number): KeptRun {
  const acknowledged = Array.from({ length: ETCD_LANES }, () => 0);
  for (const match of console.matchAll(/etcd run (\d+) lane (\d+) item (\d+)\./g)) {
    const [of, lane, item] = match.slice(1).map(Number);
    if (of !== run || lane === undefined || item === undefined) continue;
    acknowledged[lane] = Math.max(acknowledged[lane] ?? 0, item + 1);
  }
  return { run, acknowledged };
}

/**
 * What is lost of `runs`, the oldest first, or mixed up.
 *
 * @param found All keys and values of etcd.
 * @returns One sentence each.
 */
export function lostPuts(
  runs: readonly KeptRun[],
  found: ReadonlyMap<string, string>,
): readonly string[] {
  const places = runs.flatMap(({ run, acknowledged }) =>
    acknowledged.flatMap((items, lane) =>
      Array.from({ length: items }, (_, item) => ({ run, lane, item }))
    )
  );
  const lost = places.filter((place) => found.get(keyOf(place)) !== valueOf(place)).map((place) =>
    `${keyOf(place)} ${found.has(keyOf(place)) ? "has another value" : "is not there"}`
  );
  return [...lost, ...staleNewest(places, found)];
}

/** Of a transaction both keys are there, or neither; the lane's own key may be newer than what was acknowledged. */
function staleNewest(
  places: readonly Place[],
  found: ReadonlyMap<string, string>,
): readonly string[] {
  return Array.from({ length: ETCD_LANES }, (_, lane) => lane).flatMap((lane) => {
    const newest = found.get(newestKey(lane));
    const last = places.findLast((place) => place.lane === lane);
    if (newest === undefined) return last === undefined ? [] : [`${newestKey(lane)} is not there`];
    const [run = -1, , item = -1] = newest.slice(KEY_PREFIX.length).split("/").map(Number);
    if (found.get(newest) !== valueOf({ run, lane, item })) {
      return [`${newestKey(lane)} names ${newest}, which is not there`];
    }
    const isOlder = last !== undefined &&
      (run < last.run || (run === last.run && item < last.item));
    return isOlder
      ? [`${newestKey(lane)} names ${newest}, which is older than ${keyOf(last)}`]
      : [];
  });
}

// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import {
  acknowledgedPuts,
  ETCD_LANES,
  etcdAcknowledgement,
  keyOf,
  lostPuts,
  newestKey,
  valueOf,
} from "./etcd_keys.ts";

/** Two runs, of which lane 0 had three and two items acknowledged, the others none. */
const RUNS = [3, 2].map((items, run) => ({ run, acknowledged: [items, 0, 0, 0] }));

/** What etcd holds of them when nothing is lost. */
function everything(): Map<string, string> {
  const found = new Map<string, string>();
  for (const { run, acknowledged: [items = 0] } of RUNS) {
    for (let item = 0; item < items; item++) {
      found.set(keyOf({ run, lane: 0, item }), valueOf({ run, lane: 0, item }));
    }
  }
  return found.set(newestKey(0), keyOf({ run: 1, lane: 0, item: 1 }));
}

Deno.test("acknowledgedPuts() finds what the console acknowledged of one run, lane by lane", () => {
  const places = [{ run: 1, lane: 0, item: 0 }, { run: 1, lane: 3, item: 4 }, {
    run: 2,
    lane: 1,
    item: 7,
  }];
  const console = `noise\n${places.map(etcdAcknowledgement).join("\n")}\netcd run 1 lane 0 item 1`;
  assertEquals(acknowledgedPuts(console, 1), { run: 1, acknowledged: [1, 0, 0, 5] });
  assertEquals(acknowledgedPuts(console, 3).acknowledged.length, ETCD_LANES);
});

Deno.test("lostPuts() finds nothing where all is there, acknowledged or newer", () => {
  const found = everything();
  assertEquals(lostPuts(RUNS, found), []);
  const newer = { run: 1, lane: 0, item: 2 };
  found.set(keyOf(newer), valueOf(newer)).set(newestKey(0), keyOf(newer));
  assertEquals(lostPuts(RUNS, found), []);
});

Deno.test("lostPuts() names a key that is missing, has another value, or half of a transaction", () => {
  const place = { run: 0, lane: 0, item: 1 };
  const lost = (change: (found: Map<string, string>) => void): readonly string[] => {
    const found = everything();
    change(found);
    return lostPuts(RUNS, found);
  };
  assertEquals(lost((found) => found.delete(keyOf(place))), ["kept/0/0/1 is not there"]);
  assertEquals(lost((found) => found.set(keyOf(place), "x")), ["kept/0/0/1 has another value"]);
  assertEquals(lost((found) => found.delete(newestKey(0))), ["kept/newest/0 is not there"]);
  assertEquals(lost((found) => found.set(newestKey(0), keyOf(place))), [
    "kept/newest/0 names kept/0/0/1, which is older than kept/1/0/1",
  ]);
  assertEquals(lost((found) => found.set(newestKey(0), "kept/1/0/9")), [
    "kept/newest/0 names kept/1/0/9, which is not there",
  ]);
});

// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Interleaver } from "./interleaver.ts";
import { seededRandom } from "./seeded_random.ts";
import { Trace } from "./trace.ts";

function made(seed: number): { readonly interleaver: Interleaver; readonly trace: Trace } {
  const trace = new Trace();
  return { trace, interleaver: new Interleaver({ random: seededRandom(seed), trace }) };
}

/** The order in which those who wait for these go on. */
async function order(seed: number, waits: readonly string[]): Promise<string> {
  const { interleaver, trace } = made(seed);
  const resumed: string[] = [];
  const all = waits.map((what) => interleaver.park(what).then(() => resumed.push(what)));
  assertEquals(interleaver.waiting, waits.length);
  while (interleaver.waiting > 0) interleaver.resumeOne();
  await Promise.all(all);
  assertEquals(trace.lines.map((line) => line.split(": ")[1]), resumed);
  return resumed.join("");
}

Deno.test("Interleaver.resumeOne() has every order for some seed, and the same one for the same", async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const resumed = await order(seed, ["a", "b", "c"]);
    assertEquals(resumed, await order(seed, ["a", "b", "c"]));
    orders.add(resumed);
  }
  assertEquals(orders.size, 6);
});

Deno.test("Interleaver.park() counts what is waited for, not who came first", async () => {
  for (let seed = 0; seed < 20; seed++) {
    assertEquals(await order(seed, ["a", "b", "c", "d"]), await order(seed, ["d", "b", "a", "c"]));
  }
});

Deno.test("Interleaver.resumeOne() lets one go on, and none where nobody waits", async () => {
  const { interleaver, trace } = made(1);
  interleaver.resumeOne();
  assertEquals(trace.steps, 0);
  let resumed = 0;
  const both = ["a", "b"].map((what) => interleaver.park(what).then(() => resumed++));
  interleaver.resumeOne();
  await Promise.race(both);
  assertEquals([resumed, interleaver.waiting, trace.steps], [1, 1, 1]);
  interleaver.resumeOne();
  await Promise.all(both);
  assert(interleaver.waiting === 0);
});

// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import type { QueueItem } from "./priority_queue.ts";
import { WorkQueue } from "./work_queue.ts";

/** Takes the next item, which must be there. */
async function taken<Payload>(queue: WorkQueue<Payload>) {
  const item = await queue.take();
  if (item === undefined) throw new Error("the queue is closed");
  return item;
}

/** What is told of an item. */
function shown(item: QueueItem<string> | undefined): readonly (string | undefined)[] {
  return [item?.key, item?.payload];
}

Deno.test("WorkQueue TestQueue: nothing twice at a time, nothing lost, empty in the end", async () => {
  const clock = new FakeClock();
  const random = new FakeRandom();
  const queue = new WorkQueue<number>(clock);
  const working = new Set<string>();
  /** The newest number put for each key, and the newest worked on. */
  const put = new Map<string, number>();
  const seen = new Map<string, number>();
  let jobs = 0;
  const worker = async (): Promise<void> => {
    for (let item = await queue.take(); item !== undefined; item = await queue.take()) {
      assert(!working.has(item.key));
      working.add(item.key);
      await clock.sleep(random.uint32() % 3);
      working.delete(item.key);
      seen.set(item.key, item.payload);
      jobs++;
      if (random.uint32() % 4 === 0) queue.release(item, random.uint32() % 50);
      else queue.release(item);
    }
  };
  const workers = Promise.all(Array.from({ length: 5 }, worker));
  for (let round = 0; round < 300; round++) {
    const key = `${random.uint32() % 20}`;
    put.set(key, round);
    queue.put(key, round);
    if (round % 7 === 0) await clock.advance(1);
  }
  while (queue.length + working.size > 0) await clock.advance(10);
  assertEquals([...seen].sort(), [...put].sort());
  assert(jobs >= put.size);
  queue.close();
  await workers;
  assertEquals([queue.length, clock.pendingMs], [0, []]);
});

Deno.test("WorkQueue.put() while the item is worked on is remembered once, for now", async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue<string>(clock);
  queue.put("a", "1");
  const item = await taken(queue);
  queue.put("a", "2");
  queue.put("a", "3");
  assertEquals(queue.length, 1);
  // Sooner than what the job asked for, and with what came last.
  queue.release(item, 60_000);
  assertEquals((await taken(queue)).payload, "3");
  assertEquals(queue.length, 0);
});

Deno.test("WorkQueue.put() brings a delayed item forward", async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue<string>(clock);
  queue.put("a", "1");
  queue.release(await taken(queue), 60_000);
  const next = queue.take();
  assertEquals(clock.pendingMs, [60_000]);
  queue.put("a", "2");
  assertEquals(shown(await next), ["a", "2"]);
  assertEquals(clock.pendingMs, []);
});

Deno.test("WorkQueue.release() lets a delayed item go when its time comes", async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue<string>(clock);
  queue.put("a", "1");
  queue.put("b", "1");
  queue.release(await taken(queue), 500);
  queue.release(await taken(queue), 200);
  const order: string[] = [];
  for (let n = 0; n < 2; n++) queue.take().then((item) => order.push(item?.key ?? ""));
  await clock.advance(199);
  assertEquals(order, []);
  await clock.advance(1);
  assertEquals(order, ["b"]);
  await clock.advance(300);
  assertEquals(order, ["b", "a"]);
});

Deno.test("WorkQueue.close() drops what is queued and sends every taker home", async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue<string>(clock);
  queue.put("a", "1");
  queue.put("b", "1");
  const item = await taken(queue);
  queue.release(await taken(queue), 500);
  const waiting = [queue.take(), queue.take()];
  queue.put("a", "2");
  queue.close();
  queue.put("c", "1");
  queue.release(item, 10);
  assertEquals(await Promise.all([...waiting, queue.take()]), [undefined, undefined, undefined]);
  assertEquals([clock.pendingMs, queue.length], [[], 0]);
});

Deno.test("WorkQueue.takeNow() takes what is due, and nothing before its time or once it is closed", async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue<string>(clock);
  assertEquals(queue.takeNow(), undefined);
  queue.put("a", "1");
  queue.put("b", "1");
  const first = queue.takeNow();
  assertEquals(shown(first), ["a", "1"]);
  queue.put("a", "2");
  assertEquals(queue.takeNow()?.key, "b");
  assertEquals([queue.takeNow(), queue.length], [undefined, 1]);
  if (first !== undefined) queue.release(first, 50);
  const again = queue.takeNow();
  assertEquals(shown(again), ["a", "2"]);
  if (again !== undefined) queue.release(again, 50);
  assertEquals(queue.takeNow(), undefined);
  const waiting = queue.take();
  await clock.advance(50);
  assertEquals(shown(await waiting), ["a", "2"]);
  queue.put("c", "");
  queue.close();
  assertEquals(queue.takeNow(), undefined);
});

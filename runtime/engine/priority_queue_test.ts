// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { PriorityQueue } from "./priority_queue.ts";

/** Takes the first item out for good. */
function pop(queue: PriorityQueue<string>): void {
  const item = queue.take();
  if (item !== undefined) queue.release(item, () => 0);
}

/** What the queue gives at each step until it is empty: items, and how long it waits. */
function drained(queue: PriorityQueue<string>, nowMs: number): string[] {
  const all: string[] = [];
  for (let head = queue.head(nowMs); head !== undefined; head = queue.head(nowMs)) {
    if ("delayMs" in head) {
      all.push(`${head.delayMs} ms`);
      nowMs += head.delayMs;
      continue;
    }
    all.push(`${head.item.key}=${head.item.payload}`);
    pop(queue);
  }
  return all;
}

Deno.test("PriorityQueue TestPriorityQueueFairness: equal times in the order they came", () => {
  const queue = new PriorityQueue<string>();
  const keys = Array.from({ length: 9 }, (_, index) => `k${index}`);
  for (const key of keys) queue.push(key, "", { releaseMs: 5 });
  assertEquals(drained(queue, 5), keys.map((key) => `${key}=`));
});

Deno.test("PriorityQueue TestPriorityQueueReverse: by time, and says how long to wait", () => {
  const queue = new PriorityQueue<string>();
  for (const releaseMs of [30, 20, 10]) queue.push(`at ${releaseMs}`, "", { releaseMs });
  assertEquals(drained(queue, 0), ["10 ms", "at 10=", "10 ms", "at 20=", "10 ms", "at 30="]);
  assertEquals(queue.head(100), undefined);
});

Deno.test("PriorityQueue TestPriorityQueueDeduplicateSimple: one entry, the newest payload", () => {
  const queue = new PriorityQueue<string>();
  queue.push("a", "old", { releaseMs: 0 });
  queue.push("a", "new", { releaseMs: 0 });
  assertEquals([queue.length, drained(queue, 0)], [1, ["a=new"]]);
});

Deno.test("PriorityQueue TestPriorityQueueDeduplicateWithReleaseAfterGreater: is ignored", () => {
  const queue = new PriorityQueue<string>();
  queue.push("a", "first", { releaseMs: 10 });
  queue.push("a", "second", { releaseMs: 20, keepPayload: true });
  assertEquals(drained(queue, 10), ["a=first"]);
});

Deno.test("PriorityQueue TestPriorityQueueDeduplicateWithReleaseAfterLess: moves forward", () => {
  const queue = new PriorityQueue<string>();
  queue.push("a", "first", { releaseMs: 20 });
  queue.push("b", "", { releaseMs: 10 });
  queue.push("a", "second", { releaseMs: 5 });
  assertEquals(drained(queue, 0), ["5 ms", "a=second", "5 ms", "b="]);
});

Deno.test("PriorityQueue gives what a sorted list would, however it is filled", () => {
  const random = new FakeRandom(7);
  const queue = new PriorityQueue<string>();
  let model: { key: string; payload: string; releaseMs: number; order: number }[] = [];
  for (let step = 0; step < 5_000; step++) {
    const key = `k${random.uint32() % 50}`;
    const releaseMs = random.uint32() % 20;
    if (random.uint32() % 3 === 0) {
      model.sort((a, b) => a.releaseMs - b.releaseMs || a.order - b.order);
      const [first] = model;
      const head = queue.head(100);
      const item = head !== undefined && "item" in head ? head.item : undefined;
      assertEquals([item?.key, item?.payload], [first?.key, first?.payload]);
      pop(queue);
      model = model.slice(1);
      continue;
    }
    queue.push(key, `${step}`, { releaseMs });
    const known = model.find((entry) => entry.key === key);
    if (known === undefined) model.push({ key, payload: `${step}`, releaseMs, order: step });
    else {
      known.payload = `${step}`;
      if (releaseMs < known.releaseMs) Object.assign(known, { releaseMs, order: step });
    }
    assertEquals(queue.length, model.length);
  }
});

Deno.test("PriorityQueue keeps a long line in order while it is filled and emptied, and those for later apart", () => {
  const queue = new PriorityQueue<string>();
  queue.push("later", "", { releaseMs: 10_000, isLater: true });
  const taken: string[] = [];
  for (let step = 0; step < 9_000; step++) {
    queue.push(`k${step}`, "", { releaseMs: step });
    if (step < 3_000 || step % 3 === 0) continue;
    const head = queue.head(step);
    if (head !== undefined && "item" in head) taken.push(head.item.key);
    pop(queue);
  }
  const rest = drained(queue, 20_000).map((text) => text.slice(0, -1));
  assertEquals([...taken, ...rest], [
    ...Array.from({ length: 9_000 }, (_, at) => `k${at}`),
    "later",
  ]);
});

Deno.test("PriorityQueue brings one who waits in line forward, once", () => {
  const queue = new PriorityQueue<string>();
  for (const key of ["a", "b", "c"]) queue.push(key, "", { releaseMs: 10 });
  queue.push("b", "first", { releaseMs: 5 });
  queue.push("b", "second", { releaseMs: 7 });
  assertEquals([queue.length, drained(queue, 0)], [3, ["5 ms", "b=second", "5 ms", "a=", "c="]]);
  assertEquals([queue.length, queue.head(100)], [0, undefined]);
});

Deno.test("PriorityQueue gives what is due at once, and nothing a part of a millisecond too early", () => {
  const queue = new PriorityQueue<string>();
  queue.push("now", "", { releaseMs: 7.9 });
  queue.push("later", "", { releaseMs: 9.2, isLater: true });
  assertEquals(drained(queue, 7.9), ["now=", `${10 - 7.9} ms`, "later="]);
});

Deno.test("PriorityQueue.release() of what was put in again gives it back at once, and of the rest when asked", () => {
  const queue = new PriorityQueue<string>();
  const take = () => {
    const item = queue.take();
    if (item === undefined) throw new Error("nothing is there");
    return item;
  };
  queue.push("a", "1", { releaseMs: 0 });
  const first = take();
  assertEquals([queue.length, queue.head(0)], [0, undefined]);
  queue.push("a", "2", { releaseMs: 0 });
  queue.push("a", "3", { releaseMs: 0 });
  assertEquals([queue.length, queue.head(0)], [1, undefined]);
  queue.release(first, () => 5, 100);
  assertEquals(drained(queue, 0), ["5 ms", "a=3"]);
  queue.push("a", "4", { releaseMs: 0 });
  queue.release(take(), () => 5, 100);
  assertEquals([queue.length, drained(queue, 0)], [1, ["105 ms", "a=4"]]);
  queue.push("a", "5", { releaseMs: 0 });
  const last = take();
  queue.release(last, () => 0);
  queue.release(last, () => 0, 100);
  assertEquals([queue.length, queue.head(1_000)], [0, undefined]);
});

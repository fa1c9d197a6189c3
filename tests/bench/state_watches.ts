/** Workloads of `bench:state` with watchers; each has its twin in Go. */
import type { WatchEvent } from "../../runtime/core/state.ts";
import { type Figure, medianOf, perSecond, quantile } from "./figures.ts";
import {
  changedItem,
  emptyState,
  ITEM_KIND,
  loadedState,
  newItem,
  REPEATS,
  storedItem,
} from "./state_items.ts";
import { updateAll } from "./state_operations.ts";

/** What watchers have not seen yet, and who waits for the last of it. */
class Outstanding {
  #left = 0;
  #resolve: () => void = () => {};

  /** Resolves once `count` were seen. */
  expect(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => this.#resolve = resolve);
  }

  seen(count: number): void {
    this.#left -= count;
    if (this.#left === 0) this.#resolve();
  }
}

/** From before an update until the last watcher has its event. */
export async function latency(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const watchers of [1, 100, 1000]) {
    const samples = await latencies(watchers, Math.min(20_000, 300_000 / watchers));
    const name = `update to last of ${watchers} watchers`;
    figures.push({ name: `${name}, p50`, unit: "us", value: quantile(samples, 0.5) });
    figures.push({ name: `${name}, p99`, unit: "us", value: quantile(samples, 0.99) });
  }
  return figures;
}

async function latencies(watchers: number, updates: number): Promise<readonly number[]> {
  const state = emptyState();
  let item = storedItem(await state.create(newItem(0)));
  const outstanding = new Outstanding();
  const ending = new AbortController();
  const { signal } = ending;
  const readers: Promise<void>[] = [];
  for (let watcher = 0; watcher < watchers; watcher++) {
    readers.push(drain(await state.watchKind(ITEM_KIND, { signal }), () => outstanding.seen(1)));
  }
  const samples: number[] = [];
  for (let count = 0; count < updates; count++) {
    const all = outstanding.expect(watchers);
    const start = performance.now();
    item = storedItem(await state.update(changedItem(item)));
    await all;
    samples.push((performance.now() - start) * 1000);
  }
  ending.abort();
  await Promise.all(readers);
  return samples;
}

/** Bursts of updates to watchers that read what there is. */
export async function delivery(): Promise<readonly Figure[]> {
  const [watchers, burst] = [1000, 100];
  const state = emptyState();
  let item = storedItem(await state.create(newItem(0)));
  const outstanding = new Outstanding();
  const ending = new AbortController();
  const { signal } = ending;
  const seen = (batch: readonly WatchEvent[]) => outstanding.seen(batch.length);
  const readers: Promise<void>[] = [];
  for (let watcher = 0; watcher < watchers; watcher++) {
    readers.push(drain(await state.watchKindAggregated(ITEM_KIND, { signal }), seen));
  }
  const value = await medianOf(REPEATS * 2, async () => {
    const all = outstanding.expect(watchers * burst);
    const start = performance.now();
    for (let count = 0; count < burst; count++) {
      item = storedItem(await state.update(changedItem(item)));
    }
    await all;
    return perSecond(watchers * burst, start);
  });
  ending.abort();
  await Promise.all(readers);
  return [{ name: "events delivered to 1000 watchers", unit: "event/s", value }];
}

async function drain<T>(values: AsyncIterable<T>, seen: (value: T) => void): Promise<void> {
  for await (const value of values) seen(value);
}

/** A writer's rate while 1000 watchers hold an event and do not come back, over its rate alone. */
export async function blocked(): Promise<readonly Figure[]> {
  const { state, items } = await loadedState();
  const alone = await medianOf(REPEATS, () => updateAll(state, items));
  const readers: AsyncIterator<WatchEvent>[] = [];
  const held: Promise<IteratorResult<WatchEvent>>[] = [];
  for (let watcher = 0; watcher < 1000; watcher++) {
    const reader = (await state.watchKind(ITEM_KIND))[Symbol.asyncIterator]();
    readers.push(reader);
    held.push(reader.next());
  }
  const beside = await medianOf(REPEATS, () => updateAll(state, items));
  await Promise.all(held);
  for (const reader of readers) await reader.return?.();
  const value = beside / alone;
  return [{ name: "writer with 1000 blocked watchers, to none", unit: "ratio", value }];
}

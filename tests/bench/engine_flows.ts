/** Workloads of `bench:engine` through which resources flow; each has its twin in Go. */
import type { WatchEvent } from "../../runtime/core/state.ts";
import type { Engine } from "../../runtime/engine/engine.ts";
import {
  listingController,
  newWorkshop,
  PRODUCT_KIND,
  type ProductSpec,
  queueController,
  transformingController,
} from "./engine_items.ts";
import { type Figure, medianOf, perSecond, quantile } from "./figures.ts";
import { changedItem, newItem, REPEATS, storedItem } from "./state_items.ts";

const UPDATES = 20_000;
/** Updates before the first that counts: both sides are to be as they are after a while. */
const WARM_UP_UPDATES = 2_000;
const BURST_ITEMS = 20_000;

type Register = (engine: Engine) => Promise<void>;

export function controllerLatency(): Promise<readonly Figure[]> {
  return latency("controller", (engine) => engine.register(listingController()));
}

export function queueLatency(): Promise<readonly Figure[]> {
  return latency("queue controller", (engine) => engine.registerQueue(queueController()));
}

export function queueBurst(): Promise<readonly Figure[]> {
  return burst("queue controller", (engine) => engine.registerQueue(queueController()));
}

export function transformBurst(): Promise<readonly Figure[]> {
  return burst(
    "generic queue transform",
    (engine) => engine.registerQueue(transformingController()),
  );
}

/** From before an input is updated until a watch has shown its output. */
async function latency(who: string, register: Register): Promise<readonly Figure[]> {
  await using workshop = newWorkshop();
  const { state, engine } = workshop;
  await register(engine);
  workshop.start();
  const ending = new AbortController();
  const products = await state.watchKind(PRODUCT_KIND, { signal: ending.signal });
  const events = products[Symbol.asyncIterator]();
  const shown = async (value: number): Promise<void> => {
    for (;;) if (valueOf(await events.next()) === value) return;
  };
  const created = await state.create(newItem(0));
  await shown(0);
  let item = storedItem(await state.get(created.metadata));
  const samples: number[] = [];
  for (let count = 0; count < UPDATES + WARM_UP_UPDATES; count++) {
    const next = changedItem(item);
    const start = performance.now();
    item = storedItem(await state.update(next));
    await shown(item.spec.value);
    if (count >= WARM_UP_UPDATES) samples.push((performance.now() - start) * 1000);
  }
  ending.abort();
  return [
    { name: `${who}: input to output, p50`, unit: "us", value: quantile(samples, 0.5) },
    { name: `${who}: input to output, p99`, unit: "us", value: quantile(samples, 0.99) },
  ];
}

function valueOf({ done, value }: IteratorResult<WatchEvent>): number {
  if (done || value.event === "errored") throw new Error("the watch of products ended");
  const spec = value.resource.spec as ProductSpec; // Nobody else writes this kind.
  return spec.value;
}

/** From before the first of many creates until a watch has shown the last output. */
async function burst(who: string, register: Register): Promise<readonly Figure[]> {
  const value = await medianOf(REPEATS, async () => {
    await using workshop = newWorkshop();
    const { state, engine } = workshop;
    await register(engine);
    workshop.start();
    const ending = new AbortController();
    const products = await state.watchKindAggregated(PRODUCT_KIND, { signal: ending.signal });
    const all = shownProducts(products);
    const items = Array.from({ length: BURST_ITEMS }, (_, index) => newItem(index));
    const start = performance.now();
    for (const item of items) await state.create(item);
    await all;
    const rate = perSecond(BURST_ITEMS, start);
    ending.abort();
    return rate;
  });
  return [{ name: `${who}: burst of 20 k creates`, unit: "item/s", value }];
}

/** Resolves once every item has a product. */
async function shownProducts(batches: AsyncIterable<readonly WatchEvent[]>): Promise<void> {
  let left = BURST_ITEMS;
  for await (const batch of batches) {
    for (const { event } of batch) {
      if (event === "errored") throw new Error("the watch of products was overtaken");
      if (event === "created") left--;
    }
    if (left === 0) return;
  }
}

/** What the workloads of `bench:state` work on, as tests/interop/state-bench has it too. */
import type { LocalState } from "../../runtime/core/state.ts";
import type { Resource } from "../../runtime/core/resource.ts";
import { newMetadata } from "../../runtime/core/metadata.ts";
import { memoryState } from "../../runtime/state/memory.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";

/** Resources of every workload. */
export const RESOURCE_COUNT = 100_000;
/** Events: more than any workload leaves undelivered, so that no watch is overrun. */
export const HISTORY_CAPACITY = 16_384;
/** Times that a short workload is done within one run; the median counts. */
export const REPEATS = 3;
/** Walks the resources in an order that no cache foresees; coprime to their count. */
const STRIDE = 61_803;

export const ITEM_KIND = Object.freeze({ namespace: "bench", type: "Items.bench.strata.dev" });

/** As small as what most resources say. */
export interface ItemSpec {
  readonly name: string;
  readonly value: number;
  readonly enabled: boolean;
}

export type Item = Resource<ItemSpec>;

export function emptyState(capacity: number = HISTORY_CAPACITY): LocalState {
  return memoryState({
    clock: systemClock(),
    random: systemRandom(),
    history: { initial: capacity, maximum: capacity },
  });
}

export function newItem(index: number): Item {
  const metadata = newMetadata({
    ...ITEM_KIND,
    id: `item-${String(index).padStart(6, "0")}`,
    labels: { app: `app-${index % 10}`, zone: `zone-${index % 3}` },
  });
  return { metadata, spec: { name: `name of ${index}`, value: index, enabled: false } };
}

export function newItems(): Item[] {
  return Array.from({ length: RESOURCE_COUNT }, (_, index) => newItem(index));
}

/** A state of all items, and the items as they were stored. */
export async function loadedState(): Promise<{ state: LocalState; items: Item[] }> {
  const state = emptyState();
  const items: Item[] = [];
  for (const item of newItems()) items.push(storedItem(await state.create(item)));
  return { state, items };
}

/** The successor of an item that its state gave out, as it is to be written. */
export function changedItem({ metadata, spec }: Item): Item {
  return { metadata, spec: { name: spec.name, value: spec.value + 1, enabled: spec.enabled } };
}

/** The state gives back what it was given. */
export function storedItem(resource: Resource): Item {
  return resource as Item;
}

export function itemAt(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`Cannot take item ${index} of ${items.length}`);
  return item;
}

export function shuffled(index: number): number {
  return index * STRIDE % RESOURCE_COUNT;
}

/** @param since What `performance.now` said at the start. */

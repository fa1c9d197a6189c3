/** Workloads of `bench:state` that call and wait for the answer; each has its twin in Go. */
import type { LocalState, Query } from "../../runtime/core/state.ts";
import { type Figure, medianOf, perSecond } from "./figures.ts";
import { heapBytes } from "./heap.ts";
import {
  changedItem,
  emptyState,
  type Item,
  ITEM_KIND,
  itemAt,
  loadedState,
  newItem,
  newItems,
  REPEATS,
  RESOURCE_COUNT,
  shuffled,
  storedItem,
} from "./state_items.ts";

export async function get(): Promise<readonly Figure[]> {
  const { state, items } = await loadedState();
  const synchronous = (order: (index: number) => number): Promise<number> =>
    medianOf(REPEATS * 3, () => {
      const start = performance.now();
      for (let index = 0; index < RESOURCE_COUNT; index++) {
        const found = state.getNow(itemAt(items, order(index)).metadata);
        if (found === undefined) throw new Error("an item is missing");
      }
      return perSecond(RESOURCE_COUNT, start);
    });
  const promised = await medianOf(REPEATS * 3, async () => {
    const start = performance.now();
    for (let index = 0; index < RESOURCE_COUNT; index++) {
      await state.get(itemAt(items, shuffled(index)).metadata);
    }
    return perSecond(RESOURCE_COUNT, start);
  });
  const inOrder = await synchronous((index) => index);
  return [
    { name: "get (synchronous, ids in order)", unit: "op/s", value: inOrder },
    { name: "get (synchronous, ids shuffled)", unit: "op/s", value: await synchronous(shuffled) },
    { name: "get (promised, ids shuffled)", unit: "op/s", value: promised },
  ];
}

export async function create(): Promise<readonly Figure[]> {
  const measure = (order: (index: number) => number): Promise<number> =>
    medianOf(REPEATS, async () => {
      const state = emptyState();
      const items = newItems();
      const start = performance.now();
      for (let index = 0; index < RESOURCE_COUNT; index++) {
        await state.create(itemAt(items, order(index)));
      }
      return perSecond(RESOURCE_COUNT, start);
    });
  return [
    { name: "create (ids in order)", unit: "op/s", value: await measure((index) => index) },
    { name: "create (ids shuffled)", unit: "op/s", value: await measure(shuffled) },
  ];
}

export async function update(): Promise<readonly Figure[]> {
  const { state, items } = await loadedState();
  const value = await medianOf(REPEATS, () => updateAll(state, items));
  return [{ name: "update", unit: "op/s", value }];
}

/** Changes every item once; tells how many a second. */
export async function updateAll(state: LocalState, items: Item[]): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < RESOURCE_COUNT; index++) {
    const at = shuffled(index);
    items[at] = storedItem(await state.update(changedItem(itemAt(items, at))));
  }
  return perSecond(RESOURCE_COUNT, start);
}

export async function updateWithConflicts(): Promise<readonly Figure[]> {
  const { state, items } = await loadedState();
  const value = await medianOf(REPEATS, async () => {
    const start = performance.now();
    for (let index = 0; index < RESOURCE_COUNT; index++) {
      await state.updateWithConflicts(
        itemAt(items, shuffled(index)).metadata,
        (current) => changedItem(storedItem(current)),
      );
    }
    return perSecond(RESOURCE_COUNT, start);
  });
  return [{ name: "updateWithConflicts", unit: "op/s", value }];
}

/** Reads after a write each time, so that nothing but an index kept up to date helps. */
export async function list(): Promise<readonly Figure[]> {
  const { state, items } = await loadedState();
  const measure = (want: number, query: Query): Promise<number> => {
    let next = 0;
    return medianOf(REPEATS * 3, async () => {
      const at = shuffled(next++);
      items[at] = storedItem(await state.update(changedItem(itemAt(items, at))));
      const start = performance.now();
      const found = state.listNow(ITEM_KIND, query);
      const took = performance.now() - start;
      if (found.length !== want) throw new Error("a list is incomplete");
      return took;
    });
  };
  const everything = await measure(RESOURCE_COUNT, {});
  const labelled = await measure(RESOURCE_COUNT / 10, {
    labels: [[{ key: "app", operation: "equal", values: ["app-3"], invert: false }]],
  });
  return [
    { name: "list 100 k", unit: "ms", value: everything },
    { name: "list by label (10 %)", unit: "ms", value: labelled },
  ];
}

export async function destroy(): Promise<readonly Figure[]> {
  const value = await medianOf(REPEATS, async () => {
    const { state, items } = await loadedState();
    const start = performance.now();
    for (let index = 0; index < RESOURCE_COUNT; index++) {
      await state.destroy(itemAt(items, shuffled(index)).metadata);
    }
    return perSecond(RESOURCE_COUNT, start);
  });
  return [{ name: "destroy", unit: "op/s", value }];
}

/** Needs V8's `--expose-gc`. */
export async function memory(): Promise<readonly Figure[]> {
  const state = emptyState(100);
  const before = heapBytes();
  for (let index = 0; index < RESOURCE_COUNT; index++) await state.create(newItem(index));
  const value = (heapBytes() - before) / RESOURCE_COUNT;
  if (state.listNow(ITEM_KIND).length !== RESOURCE_COUNT) throw new Error("an item is missing");
  return [{ name: "memory of a resource", unit: "bytes", value }];
}

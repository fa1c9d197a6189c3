/** Workloads of `bench:engine` about many controllers that rest; each has its twin in Go. */
import { linkController, newWorkshop } from "./engine_items.ts";
import { type Figure, medianOf } from "./figures.ts";
import { heapBytes } from "./heap.ts";
import { REPEATS } from "./state_items.ts";

const CONTROLLERS = 1000;
/** Events of a kind's history: the default, since most of a resting controller's memory is its kind's. */
const HISTORY_CAPACITY = 100;

/** All controllers of a chain are taken in by an engine that does not run yet. */
export async function registration(): Promise<readonly Figure[]> {
  const value = await medianOf(REPEATS * 3, async () => {
    await using workshop = newWorkshop(HISTORY_CAPACITY);
    const links = newLinks();
    const start = performance.now();
    for (const link of links) await workshop.engine.register(link);
    return performance.now() - start;
  });
  return [{ name: "1000 controllers registered", unit: "ms", value }];
}

/** Who reads and writes what, of all controllers. */
export async function graph(): Promise<readonly Figure[]> {
  await using workshop = newWorkshop(HISTORY_CAPACITY);
  for (const link of newLinks()) await workshop.engine.register(link);
  const value = await medianOf(REPEATS * 7, () => {
    const start = performance.now();
    const edges = workshop.engine.dependencies();
    const took = performance.now() - start;
    if (edges.length !== CONTROLLERS * 3) throw new Error("the graph is incomplete");
    return took * 1000;
  });
  return [{ name: "graph of 1000 controllers", unit: "us", value }];
}

/** What a controller costs that waits for a change, with the watch of its input. Needs V8's `--expose-gc`. */
export async function memory(): Promise<readonly Figure[]> {
  await using workshop = newWorkshop(HISTORY_CAPACITY);
  const { engine } = workshop;
  workshop.start();
  const before = heapBytes();
  for (const link of newLinks()) await engine.register(link);
  const isIdle = () => engine.controllers().every(({ wakeups }) => wakeups === 1);
  while (!isIdle()) await new Promise((resolve) => setTimeout(resolve, 1));
  const value = (heapBytes() - before) / CONTROLLERS;
  return [{ name: "memory of an idle controller", unit: "bytes", value }];
}

function newLinks() {
  return Array.from({ length: CONTROLLERS }, (_, index) => linkController(index));
}

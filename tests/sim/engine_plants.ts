/** Faults inside the engine: its parts, each with a method that forgets something. */
import { ControllerRunner } from "../../runtime/engine/controller_runner.ts";
import { KindCache } from "../../runtime/engine/kind_cache.ts";
import { KindWatches } from "../../runtime/engine/kind_watches.ts";
import { QueueRunner } from "../../runtime/engine/queue_runner.ts";
import { Trigger } from "../../runtime/engine/trigger.ts";
import { WorkQueue } from "../../runtime/engine/work_queue.ts";
import { INTS_TO_STRS, LATE, SUMS } from "./controller_graphs.ts";
import { QUEUE_TRANSFORMS } from "./generic_graphs.ts";
import { cached } from "./graph.ts";
import { type Plant, replaced, together } from "./plant.ts";
import { COUNTERS, OVERRUNS, QUEUE } from "./queue_graphs.ts";

/** Who is woken while it is busy is not woken. */
function deafTrigger(): Disposable {
  const busy = new WeakSet<Trigger>();
  return together(
    replaced(Trigger.prototype, "fire", (fire) =>
      function (this: Trigger, sighting) {
        return busy.has(this) ? false : fire.call(this, sighting);
      }),
    replaced(Trigger.prototype, "wait", (wait) =>
      async function (this: Trigger, signal) {
        busy.delete(this);
        const wake = await wait.call(this, signal);
        busy.add(this);
        return wake;
      }),
  );
}

type Queue = WorkQueue<unknown>;

/** A queue whose `put` knows what is being worked on. */
function queuePut(
  make: (put: Queue["put"], busy: (queue: Queue) => Set<string>) => Queue["put"],
): Disposable {
  const held = new WeakMap<Queue, Set<string>>();
  const busy = (queue: Queue): Set<string> => {
    const known = held.get(queue) ?? new Set();
    held.set(queue, known);
    return known;
  };
  const prototype: Queue = WorkQueue.prototype;
  return together(
    replaced(prototype, "take", (take) =>
      async function (this: Queue) {
        const item = await take.call(this);
        if (item !== undefined) busy(this).add(item.key);
        return item;
      }),
    replaced(prototype, "takeNow", (takeNow) =>
      function (this: Queue) {
        const item = takeNow.call(this);
        if (item !== undefined) busy(this).add(item.key);
        return item;
      }),
    replaced(prototype, "release", (release) =>
      function (this: Queue, item, requeueMs) {
        busy(this).delete(item.key);
        release.call(this, item, requeueMs);
      }),
    replaced(prototype, "put", (put) => make(put, busy)),
  );
}

const forgetfulQueue = () =>
  queuePut((put, busy) =>
    function (this: Queue, key, payload) {
      if (!busy(this).has(key)) put.call(this, key, payload);
    }
  );

const doubleQueue = () =>
  queuePut((put, busy) =>
    function (this: Queue, key, payload) {
      put.call(this, busy(this).has(key) ? `${key} again` : key, payload);
    }
  );

/** An item that is to be done again is forgotten while another one waits. */
function crowdedQueue(): Disposable {
  const prototype: Queue = WorkQueue.prototype;
  return replaced(prototype, "release", (release) =>
    function (this: Queue, item, requeueMs) {
      release.call(this, item, this.length > 0 ? undefined : requeueMs);
    });
}

/** Promises a cache that is late lags behind those it wakes. */
const LATE_BY = 40;

/** What is put is there a little later. */
function lateCache(): Disposable {
  return replaced(KindCache.prototype, "put", (put) =>
    function (this: KindCache, resource) {
      const later = async (): Promise<void> => {
        for (let turn = 0; turn < LATE_BY; turn++) await undefined;
        put.call(this, resource);
      };
      later();
    });
}

/** What is filled once is not filled again. */
function fullCache(): Disposable {
  const full = new WeakSet<KindCache>();
  return replaced(KindCache.prototype, "fill", (fill) =>
    function (this: KindCache, resources) {
      if (!full.has(this)) fill.call(this, resources);
      full.add(this);
    });
}

const lossOf = (
  change: (relisted: Parameters<QueueRunner["relisted"]>[1]) => typeof relisted,
): Disposable =>
  replaced(
    QueueRunner.prototype,
    "relisted",
    (relisted) =>
      function (this: QueueRunner, input, loss) {
        relisted.call(this, input, change(loss));
      },
  );

/** Does not wait until the watches are open. */
const hasty = (name: "open" | "openNew"): Disposable =>
  replaced(
    KindWatches.prototype,
    name,
    (open: KindWatches["openNew"]) =>
      function (this: KindWatches, inputs: never, isWanted: never) {
        open.call(this, inputs, isWanted).catch(() => {});
        return Promise.resolve();
      },
  );

export const ENGINE_PLANTS: readonly Plant[] = [
  {
    fault: "who is woken while it is busy is not woken again",
    graph: INTS_TO_STRS,
    spoil: deafTrigger,
  },
  { fault: "a change of what is being worked on is dropped", graph: QUEUE, spoil: forgetfulQueue },
  { fault: "two jobs of one item at a time", graph: QUEUE, spoil: doubleQueue },
  {
    fault: "two jobs of one item at a time, on caches",
    graph: cached(QUEUE_TRANSFORMS),
    spoil: doubleQueue,
  },
  {
    fault: "who asks to be called again is forgotten while others wait",
    graph: COUNTERS,
    spoil: crowdedQueue,
  },
  {
    fault: "a cache shows a change after those who depend on it are told",
    graph: cached(LATE),
    spoil: lateCache,
  },
  {
    fault: "a cache is not filled anew after events were lost",
    graph: cached(OVERRUNS),
    spoil: fullCache,
  },
  {
    fault: "what vanished while events were lost is not told",
    graph: OVERRUNS,
    spoil: () => lossOf((loss) => ({ ...loss, vanished: [] })),
  },
  {
    fault: "what is there after events were lost is not told",
    graph: OVERRUNS,
    spoil: () => lossOf((loss) => ({ ...loss, present: undefined })),
  },
  {
    fault: "controllers are not told that events were lost",
    graph: OVERRUNS,
    spoil: () => replaced(ControllerRunner.prototype, "relisted", () => () => {}),
  },
  {
    fault: "a controller runs before its inputs are watched",
    graph: SUMS,
    spoil: () => hasty("open"),
  },
  {
    fault: "inputs are replaced before the new ones are watched",
    graph: LATE,
    spoil: () => hasty("openNew"),
  },
];

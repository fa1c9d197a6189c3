/** Faults between the engine and the state: stale answers, lost events, conflicts that are not honoured. */
import { isAlreadyExists, isVersionConflict } from "../../runtime/core/errors.ts";
import { tombstone, withMetadata } from "../../runtime/core/metadata.ts";
import type { Kind, Resource, Version } from "../../runtime/core/resource.ts";
import type { CoreState, KindWatchOptions, WatchEvent } from "../../runtime/core/state.ts";
import { kindKey } from "../../runtime/engine/pointer_key.ts";
import { INTS_TO_STRS, LATE, SHARED } from "./controller_graphs.ts";
import { cached } from "./graph.ts";
import type { Plant } from "./plant.ts";
import { OVERRUNS, QUEUE } from "./queue_graphs.ts";

type Batch = readonly WatchEvent[];

/** `core`, whose batches pass through `change` on their way. */
function changedBatches(
  core: CoreState,
  change: (
    batches: AsyncIterable<Batch>,
    again: () => Promise<AsyncIterable<Batch>>,
  ) => AsyncIterable<Batch>,
): CoreState {
  return {
    ...core,
    async watchKindAggregated(kind, options = {}) {
      const { signal } = options;
      const again = () => core.watchKindAggregated(kind, signal === undefined ? {} : { signal });
      return change(await core.watchKindAggregated(kind, options), again);
    },
  };
}

async function* eachBatch(
  batches: AsyncIterable<Batch>,
  change: (batch: Batch) => Batch,
): AsyncIterable<Batch> {
  for await (const batch of batches) {
    // What a watch begins with is left alone.
    yield batch.some(({ event }) => event === "bootstrapped" || event === "noop")
      ? batch
      : change(batch);
  }
}

async function* pastOverruns(
  batches: AsyncIterable<Batch>,
  again: () => Promise<AsyncIterable<Batch>>,
): AsyncIterable<Batch> {
  for (let current = batches;; current = await again()) {
    let isOverrun = false;
    for await (const batch of current) {
      isOverrun = batch.some(({ event }) => event === "errored");
      if (isOverrun) break;
      yield batch;
    }
    if (!isOverrun) return;
  }
}

/** Drops events that look old: of a resource that was destroyed, what is created under its name begins at 1 again. */
function unlessOlder(): (batch: Batch) => Batch {
  const newest = new Map<string, Version>();
  return (batch) =>
    batch.filter((event) => {
      if (event.event === "errored" || event.event === "destroyed") return true;
      const { id, version = 0n } = event.resource.metadata;
      if (version <= (newest.get(id) ?? 0n)) return false;
      newest.set(id, version);
      return true;
    });
}

/** Lists, and then watches from there: what happens in between is nobody's. */
async function* listedThenWatched(
  core: CoreState,
  kind: Kind,
  options: KindWatchOptions,
): AsyncIterable<Batch> {
  const resources = await core.list(kind);
  const { bootstrapContents: _, ...rest } = options;
  const live = await core.watchKindAggregated(kind, rest);
  yield [
    ...resources.map((resource) => ({ event: "created", resource }) as const),
    { event: "bootstrapped", resource: tombstone({ ...kind, id: "" }) },
  ];
  yield* live;
}

/** Whoever asks while somebody else asks the same gets the same answer, be it from before what woke him. */
function sharedLists(core: CoreState): CoreState {
  const flying = new Map<string, Promise<readonly Resource[]>>();
  return {
    ...core,
    list(kind, options) {
      const key = kindKey(kind);
      const known = flying.get(key);
      if (known !== undefined) return known;
      const asked = core.list(kind, options).finally(() => flying.delete(key));
      flying.set(key, asked);
      return asked;
    },
  };
}

/** What is asked for next is fetched ahead, every other time. */
function prefetchedLists(core: CoreState): CoreState {
  const ahead = new Map<string, Promise<readonly Resource[]>>();
  return {
    ...core,
    list(kind, options) {
      const key = kindKey(kind);
      const known = ahead.get(key);
      if (known === undefined) ahead.set(key, core.list(kind));
      else ahead.delete(key);
      return known ?? core.list(kind, options);
    },
  };
}

/** Writes what was made of the old version over the new one. */
function stubborn(core: CoreState): CoreState {
  return {
    ...core,
    async update(resource, options) {
      try {
        return await core.update(resource, options);
      } catch (error) {
        if (!isVersionConflict(error)) throw error;
        const { version } = (await core.get(resource.metadata)).metadata;
        return await core.update(withMetadata(resource, { version }), options);
      }
    },
  };
}

/** Takes what another wrote for its own. */
function yielding(verb: "create" | "update") {
  return (core: CoreState): CoreState => {
    const write = async (
      act: () => Promise<Resource>,
      pointer: Resource["metadata"],
    ): Promise<Resource> => {
      try {
        return await act();
      } catch (error) {
        if (!isVersionConflict(error) && !isAlreadyExists(error)) throw error;
        return await core.get(pointer);
      }
    };
    return {
      ...core,
      [verb]: (resource: Resource, options?: object) =>
        write(() => core[verb](resource, options), resource.metadata),
    };
  };
}

export const STATE_PLANTS: readonly Plant[] = [
  {
    fault: "a conflict is answered by the old copy under the new version",
    graph: SHARED,
    wrap: stubborn,
  },
  {
    fault: "an update that conflicts is given up in silence",
    graph: SHARED,
    wrap: yielding("update"),
  },
  {
    fault: "a create that came too late is taken for done",
    graph: SHARED,
    wrap: yielding("create"),
  },
  {
    fault: "reads of the same kind share an answer that is on its way",
    graph: SHARED,
    wrap: sharedLists,
  },
  { fault: "a list was fetched ahead of the event", graph: INTS_TO_STRS, wrap: prefetchedLists },
  {
    fault: "the list is made before the watch: what is written in between is missed",
    graph: QUEUE,
    wrap: (core) => ({
      ...core,
      watchKindAggregated: (kind, options = {}) =>
        options.bootstrapContents
          ? Promise.resolve(listedThenWatched(core, kind, options))
          : core.watchKindAggregated(kind, options),
    }),
  },
  {
    fault: "of events that arrive together only the last is told",
    graph: QUEUE,
    wrap: (core) =>
      changedBatches(core, (batches) => eachBatch(batches, (batch) => batch.slice(-1))),
  },
  {
    fault: "events that arrive together are told in the wrong order",
    graph: cached(LATE),
    wrap: (core) =>
      changedBatches(core, (batches) => eachBatch(batches, (batch) => batch.toReversed())),
  },
  {
    fault: "events of a resource that was created again look older than those of its predecessor",
    graph: cached(INTS_TO_STRS),
    wrap: (core) => changedBatches(core, (batches) => eachBatch(batches, unlessOlder())),
  },
  {
    fault: "a watch that was overtaken goes on from now, and tells nobody",
    graph: OVERRUNS,
    wrap: (core) => changedBatches(core, pastOverruns),
  },
];

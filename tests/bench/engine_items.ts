/** What the workloads of `bench:engine` run, as tests/interop/engine-bench has it too: an engine, and controllers. */
import type { Log } from "../../runtime/core/ports.ts";
import type { Resource } from "../../runtime/core/resource.ts";
import type { LocalState } from "../../runtime/core/state.ts";
import { newMetadata } from "../../runtime/core/metadata.ts";
import type { Controller } from "../../runtime/engine/controller.ts";
import { createEngine, type Engine } from "../../runtime/engine/engine.ts";
import { queueTransformController } from "../../runtime/engine/generic/queue_transform.ts";
import type { QueueController } from "../../runtime/engine/queue_controller.ts";
import { systemClock } from "../../runtime/system/clock.ts";
import { systemRandom } from "../../runtime/system/random.ts";
import { emptyState, type Item, ITEM_KIND, type ItemSpec, storedItem } from "./state_items.ts";

/** Events: more than a burst leaves unread, since an overrun ends the engine of the other side. */
const HISTORY_CAPACITY = 65_536;
/** Jobs at a time of a queue controller: as in the Go runtime's own example. */
const CONCURRENCY = 4;

export const PRODUCT_KIND = Object.freeze({
  namespace: "bench",
  type: "Products.bench.strata.dev",
});

/** What a controller makes of an item. */
export interface ProductSpec {
  readonly text: string;
  readonly value: number;
}

/** An engine and its state; disposing of it ends it and waits for the end. */
export interface Workshop extends AsyncDisposable {
  readonly state: LocalState;
  readonly engine: Engine;
  /** Runs the engine. */
  start(): void;
}

/** An engine on an empty state, not running yet. */
export function newWorkshop(capacity: number = HISTORY_CAPACITY): Workshop {
  const state = emptyState(capacity);
  const engine = createEngine({ state, clock: systemClock(), random: systemRandom(), log: SILENT });
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  return {
    state,
    engine,
    start(): void {
      running = engine.run(stop.signal);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort();
      await running;
    },
  };
}

const SILENT: Log = { write() {}, named: () => SILENT };

function newProduct(id: string): Resource<ProductSpec> {
  return { metadata: newMetadata({ ...PRODUCT_KIND, id }), spec: { text: "", value: 0 } };
}

function product({ metadata }: Resource, { name, value }: ItemSpec): Resource<ProductSpec> {
  return { metadata, spec: { text: name, value } };
}

/** Looks at all items at every turn, holds each, and keeps a product of it. */
export function listingController(): Controller {
  const name = "bench.ListingController";
  return {
    name,
    inputs: [{ ...ITEM_KIND, kind: "strong" }, { ...PRODUCT_KIND, kind: "destroy-ready" }],
    outputs: [{ type: PRODUCT_KIND.type, kind: "exclusive" }],
    async run(context): Promise<void> {
      for await (const _ of context.reconciles()) {
        for (const resource of await context.list(ITEM_KIND)) {
          const { metadata, spec } = storedItem(resource);
          await context.addFinalizer(metadata, name);
          await context.modify(newProduct(metadata.id), (current) => product(current, spec));
        }
      }
    },
  };
}

/** The same, of one item at a time. */
export function queueController(): QueueController {
  const name = "bench.QueueController";
  return {
    name,
    settings: {
      inputs: [
        { ...ITEM_KIND, kind: "q-primary" },
        { ...PRODUCT_KIND, kind: "q-mapped-destroy-ready" },
      ],
      outputs: [{ type: PRODUCT_KIND.type, kind: "exclusive" }],
      concurrency: CONCURRENCY,
    },
    async reconcile(context, pointer): Promise<void> {
      const { metadata, spec } = storedItem(await context.get(pointer));
      await context.addFinalizer(pointer, name);
      await context.modify(newProduct(metadata.id), (current) => product(current, spec));
    },
    mapInput: (_context, { id }) => Promise.resolve([{ ...ITEM_KIND, id }]),
  };
}

/** The same, by the generic controller. */
export function transformingController(): QueueController {
  return queueTransformController<ItemSpec, ProductSpec>({
    name: "bench.TransformingController",
    input: { ...ITEM_KIND, is: (resource): resource is Item => resource.metadata.type !== "" },
    output: PRODUCT_KIND,
    map: ({ metadata }) => newProduct(metadata.id),
    unmap: ({ id }) => id,
    transform: (item, current) => product(current, item.spec),
    concurrency: CONCURRENCY,
  });
}

/** One of a long chain: each has the kind for input that the one before it writes. */
export function linkController(index: number): Controller {
  const kindOf = (place: number) => ({
    namespace: "bench",
    type: `Links${place}.bench.strata.dev`,
  });
  return {
    name: `bench.LinkController${index}`,
    inputs: [
      { ...kindOf(index), kind: "strong" },
      { ...kindOf(index + 1), kind: "destroy-ready" },
    ],
    outputs: [{ type: kindOf(index + 1).type, kind: "exclusive" }],
    async run(context): Promise<void> {
      for await (const _ of context.reconciles()) await context.list(kindOf(index));
    },
  };
}

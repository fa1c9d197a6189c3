/** A state held in memory alone: what it holds ends with the process. */
import type { Kind, Pointer, Resource } from "../core/resource.ts";
import type {
  CallOptions,
  Cause,
  CoreState,
  CreateOptions,
  DestroyOptions,
  KindWatchOptions,
  ListOptions,
  LocalState,
  Query,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
} from "../core/state.ts";
import type { EventHistory, KindCensus, KindCount } from "../core/event_history.ts";
import type { Clock, Random } from "../core/ports.ts";
import { wrongQuery } from "../core/call_check.ts";
import { StateError } from "../core/errors.ts";
import { checkedLabels, labelsMatch } from "../core/query.ts";
import { withHelpers } from "../core/state_helpers.ts";
import { bookmarks, COOKIE_BYTES } from "./bookmark.ts";
import { Collection, type StoredEvent } from "./collection.ts";
import { EventRing, type HistoryOptions } from "./event_ring.ts";
import { compileIdQuery } from "./id_query.ts";
import { planKind, planOne } from "./watch_plan.ts";
import { WatchReader, type WatchSource } from "./watch_reader.ts";
import type { Change } from "./write_check.ts";

/** What {@linkcode memoryState} needs. */
export interface MemoryStateOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Sizes of each kind's history. */
  readonly history?: HistoryOptions;
}

/** A state in memory, and the log of what was written to it. */
export interface MemoryState extends LocalState, EventHistory, KindCensus {
  /** The newest events of a kind, oldest first, as many as its history holds. */
  eventsNow(kind: Kind): readonly StoredEvent[];
  /**
   * A state that begins as this one is now, and goes its own way from then on: only the resources themselves are shared.
   * Revisions go on from where they are; histories begin anew, so that no bookmark of this state is one of the fork.
   * Takes as long as copying a map of all resources.
   *
   * @throws {RangeError} Impossible sizes of the history.
   */
  fork(options: MemoryStateOptions): MemoryState;
}

/**
 * A state in memory. Namespaces and types need no registration.
 *
 * Every call checks and commits in the turn in which it was made, so that of two calls the first one made comes
 * first. Specs are frozen when they are written, in place.
 *
 * @throws {RangeError} Impossible sizes of the history.
 */
export function memoryState(options: MemoryStateOptions): MemoryState {
  const core = new MemoryCore(options);
  return stateOver(core, core);
}

/** The state whose calls go to `core`, and whose reads that answer at once go to `memory`. */
export function stateOver(core: CoreState, memory: MemoryCore): MemoryState {
  return {
    ...withHelpers(core),
    getNow: (pointer) => memory.getNow(pointer),
    listNow: (kind, query) => memory.listNow(kind, query),
    eventsNow: (kind) => memory.eventsNow(kind),
    newestWriteNow: (pointer) => memory.newestWriteNow(pointer),
    writeNow: (pointer, revision) => memory.writeNow(pointer, revision),
    kindCountsNow: () => memory.kindCountsNow(),
    fork: (options) => {
      const fork = memory.fork(options);
      return stateOver(fork, fork);
    },
  };
}

/** The writes of a namespace share one revision. */
interface Namespace {
  readonly collections: Map<string, Collection>;
  revision: bigint;
}

/** The resources of a {@linkcode memoryState}. */
export class MemoryCore implements CoreState, EventHistory, KindCensus {
  readonly #clock: Clock;
  readonly #history: HistoryOptions;
  readonly #cookie: Uint8Array;
  readonly #namespaces = new Map<string, Namespace>();

  /** @throws {RangeError} Impossible sizes of the history. */
  constructor({ clock, random, history }: MemoryStateOptions) {
    this.#history = { ...history };
    new EventRing(this.#history); // Refused now, not at the first write.
    this.#clock = clock;
    this.#cookie = random.bytes(COOKIE_BYTES);
  }

  getNow(pointer: Pointer): Resource | undefined {
    return this.#known(pointer)?.get(pointer.id);
  }

  listNow(kind: Kind, query: Query = {}): readonly Resource[] {
    const wrong = wrongQuery({ query });
    if (wrong !== undefined) throw wrong;
    const matches = matcher(query);
    return this.#known(kind)?.select(query, matches) ?? [];
  }

  eventsNow(kind: Kind): readonly StoredEvent[] {
    const ring = this.#known(kind)?.ring;
    if (ring === undefined) return [];
    const { oldest, written } = ring;
    return Array.from({ length: written - oldest }, (_, index) => ring.at(oldest + index));
  }

  newestWriteNow(pointer: Pointer): StoredEvent | undefined {
    return this.#known(pointer)?.newestOf(pointer.id);
  }

  writeNow(pointer: Pointer, revision: bigint): StoredEvent | undefined {
    const found = this.#known(pointer)?.eventAt(revision);
    return found?.resource.metadata.id === pointer.id ? found : undefined;
  }

  kindCountsNow(): readonly KindCount[] {
    return [...this.#namespaces.values()].flatMap(({ collections }) =>
      [...collections.values()].filter(({ wasWritten }) => wasWritten)
        .map(({ kind, counts }) => ({ ...kind, ...counts }))
    );
  }

  /** {@linkcode MemoryState.fork}, without the helpers. @throws {RangeError} Impossible sizes of the history. */
  fork(options: MemoryStateOptions): MemoryCore {
    const fork = new MemoryCore(options);
    for (const [name, { collections, revision }] of this.#namespaces) {
      fork.#namespaces.set(name, { collections: new Map(), revision });
      for (const { kind, list } of heldBy(collections)) fork.#collection(kind).adopt(list);
    }
    return fork;
  }

  get(pointer: Pointer, options: CallOptions = {}): Promise<Resource> {
    return atOnce(options, () => {
      const resource = this.getNow(pointer);
      if (resource === undefined) throw new StateError({ refusal: "not-found", pointer });
      return resource;
    });
  }

  list(kind: Kind, options: ListOptions = {}): Promise<readonly Resource[]> {
    return atOnce(options, () => this.listNow(kind, options.query));
  }

  create(resource: Resource, options: CreateOptions = {}): Promise<Resource> {
    const collection = this.#collection(resource.metadata);
    try {
      options.signal?.throwIfAborted();
      return Promise.resolve(collection.create(resource, options));
    } catch (error) {
      return this.#refused(collection, error);
    }
  }

  update(resource: Resource, options: UpdateOptions = {}): Promise<Resource> {
    const collection = this.#collection(resource.metadata);
    try {
      options.signal?.throwIfAborted();
      return Promise.resolve(collection.update(resource, options));
    } catch (error) {
      return this.#refused(collection, error);
    }
  }

  destroy(pointer: Pointer, options: DestroyOptions = {}): Promise<void> {
    const collection = this.#collection(pointer);
    try {
      options.signal?.throwIfAborted();
      return Promise.resolve(collection.destroy(pointer, options));
    } catch (error) {
      return this.#refused(collection, error);
    }
  }

  /** Makes a change that was checked against the resource as it is now. */
  commit(change: Change, cause?: Cause): void {
    this.#collection(change.resource.metadata).commit(change, cause);
  }

  watch(pointer: Pointer, options: WatchOptions = {}): Promise<AsyncIterable<WatchEvent>> {
    const { id } = pointer;
    return atOnce(options, () =>
      this.#open(pointer, options, (collection) => ({
        scope: { id },
        plan: planOne(collection, { id, options, now: this.#clock.now() }),
      })).events());
  }

  watchKind(kind: Kind, options: KindWatchOptions = {}): Promise<AsyncIterable<WatchEvent>> {
    return atOnce(options, () => this.#openKind(kind, options).events());
  }

  watchKindAggregated(
    kind: Kind,
    options: KindWatchOptions = {},
  ): Promise<AsyncIterable<readonly WatchEvent[]>> {
    return atOnce(options, () => this.#openKind(kind, options).batches());
  }

  #openKind(kind: Kind, options: KindWatchOptions): WatchReader {
    const matches = matcher(options.query) ?? matchesAll;
    return this.#open(kind, options, (collection) => ({
      scope: { matches },
      plan: planKind(collection, { options, matches, now: this.#clock.now() }),
    }));
  }

  #open(
    kind: Kind,
    { signal }: CallOptions,
    start: (collection: Collection) => Pick<WatchSource, "scope" | "plan">,
  ): WatchReader {
    const collection = this.#collection(kind);
    try {
      const { scope, plan } = start(collection);
      const reader = new WatchReader({
        collection,
        scope,
        plan,
        signal,
        onClose: () => {
          collection.watches--;
          this.#forget(collection);
        },
      });
      collection.watches++;
      return reader;
    } catch (error) {
      this.#forget(collection);
      throw error;
    }
  }

  /** The rejection of a write that changed nothing. */
  #refused(collection: Collection, error: unknown): Promise<never> {
    this.#forget(collection);
    return Promise.reject(error);
  }

  #known({ namespace, type }: Kind): Collection | undefined {
    return this.#namespaces.get(namespace)?.collections.get(type);
  }

  #collection(kind: Kind): Collection {
    return this.#known(kind) ?? this.#newCollection(kind);
  }

  #newCollection(kind: Kind): Collection {
    const namespace = this.#namespaces.get(kind.namespace) ??
      { collections: new Map<string, Collection>(), revision: 0n };
    this.#namespaces.set(kind.namespace, namespace);
    const collection = new Collection(kind, {
      clock: this.#clock,
      bookmarks: bookmarks(this.#cookie, kind),
      history: this.#history,
      namespace,
    });
    namespace.collections.set(kind.type, collection);
    return collection;
  }

  /** So that asking for kinds nobody wrote to leaves nothing behind. */
  #forget(collection: Collection): void {
    if (!collection.isPristine) return;
    const { namespace, type } = collection.kind;
    const known = this.#namespaces.get(namespace);
    if (known?.collections.get(type) !== collection) return;
    known.collections.delete(type);
    if (known.collections.size === 0 && known.revision === 0n) this.#namespaces.delete(namespace);
  }
}

/** Kinds of which there is something: one that is merely watched leaves nothing behind. */
function heldBy(
  collections: ReadonlyMap<string, Collection>,
): { readonly kind: Kind; readonly list: readonly Resource[] }[] {
  return [...collections.values()].map((each) => ({ kind: each.kind, list: each.list() }))
    .filter(({ list }) => list.length > 0);
}

function matchesAll(): boolean {
  return true;
}

/** Acts before it returns; what `act` throws is the rejection. */
function atOnce<T>({ signal }: CallOptions, act: () => T): Promise<T> {
  try {
    signal?.throwIfAborted();
    return Promise.resolve(act());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** @throws {StateError} `invalid-query`. */
function matcher({ id, labels: asked = [] }: Query = {}):
  | ((resource: Resource) => boolean)
  | undefined {
  const idMatches = compileIdQuery(id);
  const labels = checkedLabels(asked);
  const anyLabels = labels.length === 0;
  if (idMatches === undefined) {
    return anyLabels ? undefined : ({ metadata }) => labelsMatch(labels, metadata.labels);
  }
  return ({ metadata }) =>
    idMatches(metadata.id) && (anyLabels || labelsMatch(labels, metadata.labels));
}

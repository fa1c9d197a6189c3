/** All resources of one kind with their newest events: check, commit and announce in one synchronous section. */
import type { Kind, Pointer, Resource } from "../core/resource.ts";
import type { Cause, CreateOptions, DestroyOptions, Query, UpdateOptions } from "../core/state.ts";
import type { KindCount } from "../core/event_history.ts";
import type { Clock } from "../core/ports.ts";
import { EventRing, type HistoryOptions } from "./event_ring.ts";
import type { Bookmarks } from "./bookmark.ts";
import { LabelIndex } from "./label_index.ts";
import { ShownEvents } from "./shown_events.ts";
import { type Slot, SortedSlots } from "./sorted_slots.ts";
import { Readers } from "./wake_list.ts";
import { type Change, checkCreate, checkDestroy, checkUpdate } from "./write_check.ts";

/** What happened to a resource, and why. */
export type StoredEvent = Change & {
  /** Counts the writes of the namespace, from 1. */
  readonly revision: bigint;
  readonly cause?: Cause;
};

/** What a collection is given by its state. */
export interface CollectionContext {
  readonly clock: Clock;
  readonly bookmarks: Bookmarks;
  readonly history: HistoryOptions;
  /** Whose writes share one revision: that of the newest. */
  readonly namespace: { revision: bigint };
}

export class Collection {
  readonly kind: Kind;
  readonly bookmarks: Bookmarks;
  readonly ring: EventRing<StoredEvent>;
  readonly readers = new Readers();
  readonly shown: ShownEvents;
  /** Watches open. */
  watches = 0;
  readonly #clock: Clock;
  readonly #namespace: { revision: bigint };
  readonly #byId = new Map<string, Slot>();
  /** The same in order of id. */
  readonly #sorted = new SortedSlots(() => true);
  readonly #labelled = new LabelIndex();
  /** How many of the resources are being torn down. */
  #tearingDown = 0;

  constructor(kind: Kind, context: CollectionContext) {
    this.kind = Object.freeze({ namespace: kind.namespace, type: kind.type });
    this.bookmarks = context.bookmarks;
    this.shown = new ShownEvents(context.bookmarks);
    this.ring = new EventRing(context.history);
    this.#clock = context.clock;
    this.#namespace = context.namespace;
  }

  /** Whether nothing was ever written or taken in here and nobody watches: forgetting it changes nothing. */
  get isPristine(): boolean {
    return this.watches === 0 && !this.wasWritten;
  }

  /** Whether something was ever written or taken in here. */
  get wasWritten(): boolean {
    return this.ring.written > 0 || this.#byId.size > 0;
  }

  /** Takes in resources that are here from the start: no event tells of them. Each id at most once. */
  adopt(resources: readonly Resource[]): void {
    for (const resource of resources) {
      const slot: Slot = { id: resource.metadata.id, resource };
      this.#byId.set(slot.id, slot);
      this.#sorted.add(slot);
      if (resource.metadata.phase === "tearingDown") this.#tearingDown++;
    }
  }

  get counts(): Omit<KindCount, keyof Kind> {
    return { running: this.#byId.size - this.#tearingDown, tearingDown: this.#tearingDown };
  }

  /** The newest event of that id that is held. Looks through the ring. */
  newestOf(id: string): StoredEvent | undefined {
    for (let at = this.ring.written - 1; at >= this.ring.oldest; at--) {
      const event = this.ring.at(at);
      if (event.resource.metadata.id === id) return event;
    }
    return undefined;
  }

  /** The event of that revision, where it is held: revisions ascend. */
  eventAt(revision: bigint): StoredEvent | undefined {
    let [low, high] = [this.ring.oldest, this.ring.written];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ring.at(middle).revision < revision) low = middle + 1;
      else high = middle;
    }
    const found = low < this.ring.written ? this.ring.at(low) : undefined;
    return found?.revision === revision ? found : undefined;
  }

  /** The resource of that id. */
  get(id: string): Resource | undefined {
    return this.#byId.get(id)?.resource;
  }

  /** All resources in order of id. A copy: later writes do not show. */
  list(): Resource[] {
    return this.#sorted.list();
  }

  /** As {@linkcode Collection.list}, of those that match. @param matches What `query` says. */
  select(query: Query, matches: ((resource: Resource) => boolean) | undefined): Resource[] {
    if (matches === undefined) return this.list();
    const narrowed = this.#labelled.narrow(query.labels, this.#byId);
    const isAll = (query.id ?? "") === "" && query.labels?.[0]?.length === 1;
    if (narrowed !== undefined && isAll) return narrowed;
    return (narrowed ?? this.list()).filter(matches);
  }

  create(resource: Resource, options: CreateOptions): Resource {
    const slot = this.#byId.get(resource.metadata.id);
    const change = checkCreate(slot?.resource, { resource, options, clock: this.#clock });
    return this.#commit(slot, change, options.cause);
  }

  update(resource: Resource, options: UpdateOptions): Resource {
    const slot = this.#byId.get(resource.metadata.id);
    const change = checkUpdate(slot?.resource, { resource, options, clock: this.#clock });
    return this.#commit(slot, change, options.cause);
  }

  destroy(pointer: Pointer, options: DestroyOptions): void {
    const slot = this.#byId.get(pointer.id);
    const change = checkDestroy(slot?.resource, { pointer, options });
    this.#commit(slot, change, options.cause);
  }

  /** Makes a change that was checked against the resource as it is now; gives the resource of its event. */
  commit(change: Change, cause: Cause | undefined): Resource {
    return this.#commit(this.#byId.get(change.resource.metadata.id), change, cause);
  }

  /** @param slot Where the resource is, if it is. */
  #commit(slot: Slot | undefined, change: Change, cause: Cause | undefined): Resource {
    const { resource } = change;
    const { id } = resource.metadata;
    const old = slot?.resource;
    if (slot === undefined) {
      slot = { id, resource };
      this.#byId.set(id, slot);
      this.#sorted.add(slot);
    } else if (change.event === "destroyed") {
      slot.resource = undefined;
      this.#byId.delete(id);
      this.#sorted.leave();
    } else slot.resource = resource;
    if (old?.metadata.phase === "tearingDown") this.#tearingDown--;
    if (slot.resource?.metadata.phase === "tearingDown") this.#tearingDown++;
    this.#labelled.changed(slot, old);
    const revision = ++this.#namespace.revision;
    this.#announce(storedEvent(change, { revision, cause }));
    return resource;
  }

  #announce(event: StoredEvent): void {
    const position = this.ring.written;
    this.ring.push(Object.freeze(event));
    this.readers.announce(event.resource.metadata.id, position);
  }
}

/** Written out: spreading takes as long as all the rest. */
function storedEvent(
  change: Change,
  { revision, cause }: { readonly revision: bigint; readonly cause: Cause | undefined },
): StoredEvent {
  const { resource } = change;
  if (change.event === "updated") {
    const { event, old } = change;
    return cause === undefined
      ? { event, resource, old, revision }
      : { event, resource, old, revision, cause };
  }
  const { event } = change;
  return cause === undefined ? { event, resource, revision } : { event, resource, revision, cause };
}

/** All resources of one kind with their newest events: check, commit and announce in one synchronous section. */
import type { Kind, Pointer, Resource } from "../core/resource.ts";
import type { Cause, CreateOptions, DestroyOptions, Query, UpdateOptions } from "../core/state.ts";
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
  readonly nextRevision: () => bigint;
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
  readonly #nextRevision: () => bigint;
  readonly #byId = new Map<string, Slot>();
  /** The same in order of id. */
  readonly #sorted = new SortedSlots(() => true);
  readonly #labelled = new LabelIndex();

  constructor(kind: Kind, context: CollectionContext) {
    this.kind = Object.freeze({ namespace: kind.namespace, type: kind.type });
    this.bookmarks = context.bookmarks;
    this.shown = new ShownEvents(context.bookmarks);
    this.ring = new EventRing(context.history);
    this.#clock = context.clock;
    this.#nextRevision = context.nextRevision;
  }

  /** Whether nothing was ever written here and nobody watches: forgetting it changes nothing. */
  get isPristine(): boolean {
    return this.watches === 0 && this.ring.written === 0;
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
    const current = this.get(resource.metadata.id);
    const change = checkCreate(current, { resource, options, clock: this.#clock });
    return this.commit(change, options.cause);
  }

  update(resource: Resource, options: UpdateOptions): Resource {
    const current = this.get(resource.metadata.id);
    const change = checkUpdate(current, { resource, options, clock: this.#clock });
    return this.commit(change, options.cause);
  }

  destroy(pointer: Pointer, options: DestroyOptions): void {
    const change = checkDestroy(this.get(pointer.id), { pointer, options });
    this.commit(change, options.cause);
  }

  /** Makes a change that was checked against the resource as it is now; gives the resource of its event. */
  commit(change: Change, cause: Cause | undefined): Resource {
    const { resource } = change;
    const { id } = resource.metadata;
    let slot = this.#byId.get(id);
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
    this.#labelled.changed(slot, old);
    const revision = this.#nextRevision();
    this.#announce(storedEvent(change, cause === undefined ? { revision } : { revision, cause }));
    return resource;
  }

  #announce(event: StoredEvent): void {
    const position = this.ring.written;
    this.ring.push(Object.freeze(event));
    this.readers.announce(event.resource.metadata.id, position);
  }
}

/** Written out for the common one: spreading takes as long as all the rest. */
function storedEvent(change: Change, origin: Pick<StoredEvent, "revision" | "cause">): StoredEvent {
  const { resource } = change;
  return change.event === "updated" && origin.cause === undefined
    ? { event: "updated", resource, old: change.old, revision: origin.revision }
    : { ...change, ...origin };
}

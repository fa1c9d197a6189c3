/** Events as watches show them: made once and shared by all readers of a kind. */
import type { Resource } from "../core/resource.ts";
import type { WatchEvent } from "../core/state.ts";
import type { Bookmarks } from "./bookmark.ts";
import type { StoredEvent } from "./collection.ts";
import type { Change } from "./write_check.ts";

/** Newest events kept: readers that go together share them, and one far behind makes its own. */
const SHOWN_MAX = 1024;

/** Makes and keeps the newest ones. */
export class ShownEvents {
  readonly #bookmarks: Bookmarks;
  readonly #events: WatchEvent[] = [];
  readonly #positions: number[] = [];

  constructor(bookmarks: Bookmarks) {
    this.#bookmarks = bookmarks;
  }

  /** The event of what is stored at `position`, unaltered. */
  of(stored: StoredEvent, position: number): WatchEvent {
    const index = position % SHOWN_MAX;
    const known = this.#events[index];
    if (known !== undefined && this.#positions[index] === position) return known;
    const { revision } = stored;
    const event = shown(stored, { bookmarks: this.#bookmarks, position, revision });
    this.#events[index] = event;
    this.#positions[index] = position;
    return event;
  }
}

/** Frozen; its bookmark is a copy of its own each time it is asked for. */
export function shown(change: Change, where: ShownAt): WatchEvent {
  const { resource } = change;
  return Object.freeze(
    change.event === "updated"
      ? new ShownUpdate(resource, change.old, where)
      : new ShownEvent(change.event, resource, where),
  );
}

/** Where an event is in its history. */
interface ShownAt {
  readonly bookmarks: Bookmarks;
  readonly position: number;
  readonly revision: bigint;
}

/** A class, since an accessor in each object of its own takes longer than the write that it tells of. */
class ShownEvent<Event extends "created" | "destroyed" | "updated"> {
  readonly event: Event;
  readonly resource: Resource;
  readonly revision: bigint;
  readonly #bookmarks: Bookmarks;
  readonly #position: number;

  constructor(event: Event, resource: Resource, { bookmarks, position, revision }: ShownAt) {
    this.event = event;
    this.resource = resource;
    this.revision = revision;
    this.#bookmarks = bookmarks;
    this.#position = position;
  }

  get bookmark(): Uint8Array {
    return this.#bookmarks.at(this.#position);
  }
}

class ShownUpdate extends ShownEvent<"updated"> {
  readonly old: Resource;

  constructor(resource: Resource, old: Resource, where: ShownAt) {
    super("updated", resource, where);
    this.old = old;
  }
}
for (const each of [ShownEvent, ShownUpdate]) Object.freeze(each.prototype);

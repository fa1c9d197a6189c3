/** Events as watches show them: made once and shared by all readers of a kind. */
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
export function shown(
  change: Change,
  { bookmarks, position, revision }: {
    readonly bookmarks: Bookmarks;
    readonly position: number;
    readonly revision: bigint;
  },
): WatchEvent {
  const { event, resource } = change;
  if (change.event === "updated") {
    const { old } = change;
    return Object.freeze({
      event: "updated",
      resource,
      old,
      revision,
      get bookmark() {
        return bookmarks.at(position);
      },
    });
  }
  return Object.freeze({
    event: event === "created" ? event : "destroyed",
    resource,
    revision,
    get bookmark() {
      return bookmarks.at(position);
    },
  });
}

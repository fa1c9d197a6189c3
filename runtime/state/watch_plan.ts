/** What a watch starts with: the snapshot, the position, and what was asked for that cannot be. */
import type { Resource } from "../core/resource.ts";
import type { KindWatchOptions, WatchEvent, WatchOptions } from "../core/state.ts";
import { StateError } from "../core/errors.ts";
import { tombstone } from "../core/metadata.ts";
import type { Timestamp } from "../core/resource.ts";
import type { Collection } from "./collection.ts";

/** Where a watch starts. */
export interface WatchPlan {
  /** Position of the first live event. */
  readonly position: number;
  /** Delivered first, each as `created`. */
  readonly snapshot: readonly Resource[];
  /** Delivered after the snapshot; the first one belongs to it, where there is one. */
  readonly trailer: readonly WatchEvent[];
}

/** Plans a watch of one resource. @throws {StateError} `invalid-query`, `invalid-bookmark`. */
export function planOne(
  collection: Collection,
  { id, options, now }: {
    readonly id: string;
    readonly options: WatchOptions;
    readonly now: Timestamp;
  },
): WatchPlan {
  const { ring } = collection;
  const tail = tailCount(options);
  refuse(tail > 0 && options.startFromBookmark !== undefined, "tail events", "a bookmark");
  if (options.startFromBookmark !== undefined) {
    const position = resume(collection, { bookmark: options.startFromBookmark, least: 0 });
    return { position, snapshot: [], trailer: [] };
  }
  if (tail > 0) {
    return { position: tailOfOne(collection, { id, tail }), snapshot: [], trailer: [] };
  }
  const current = collection.get(id);
  if (current !== undefined) return { position: ring.written, snapshot: [current], trailer: [] };
  const missing = tombstone({ ...collection.kind, id }, now);
  const first: WatchEvent = Object.freeze({ event: "destroyed", resource: missing });
  return { position: ring.written, snapshot: [], trailer: [first] };
}

/** Plans a watch of a kind. @throws {StateError} `invalid-query`, `invalid-bookmark`. */
export function planKind(
  collection: Collection,
  { options, matches, now }: {
    readonly options: KindWatchOptions;
    readonly matches: (resource: Resource) => boolean;
    readonly now: Timestamp;
  },
): WatchPlan {
  const { ring } = collection;
  const { startFromBookmark: bookmark } = options;
  const bootstrapContents = flag(options, "bootstrapContents");
  const bootstrapBookmark = flag(options, "bootstrapBookmark");
  const tail = tailCount(options);
  refuse(tail > 0 && bookmark !== undefined, "tail events", "a bookmark");
  refuse(bootstrapContents && tail > 0, "bootstrap contents", "tail events");
  refuse(bootstrapContents && bookmark !== undefined, "bootstrap contents", "a bookmark");
  const position = bookmark === undefined
    ? Math.max(0, ring.written - tail, ring.oldestReplayable)
    : resume(collection, { bookmark, least: -1 });
  const trailer: WatchEvent[] = [];
  const marker = (event: "bootstrapped" | "noop"): WatchEvent =>
    Object.freeze({
      event,
      resource: tombstone({ ...collection.kind, id: "" }, now),
      bookmark: collection.bookmarks.at(position - 1),
    });
  if (bootstrapContents) trailer.push(marker("bootstrapped"));
  if (bootstrapBookmark) trailer.push(marker("noop"));
  const snapshot = bootstrapContents ? collection.list().filter(matches) : [];
  return { position, snapshot, trailer };
}

function tailCount({ tailEvents = 0 }: WatchOptions): number {
  if (!Number.isSafeInteger(tailEvents)) {
    const detail = `tail events are ${tailEvents}, and may be a whole number`;
    throw new StateError({ refusal: "invalid-query", detail });
  }
  return Math.max(0, tailEvents);
}

function flag(
  options: KindWatchOptions,
  name: "bootstrapContents" | "bootstrapBookmark",
): boolean {
  const { [name]: value = false } = options;
  if (typeof value === "boolean") return value;
  const detail = `${name} is ${String(value).slice(0, 64)}, and may be true or false`;
  throw new StateError({ refusal: "invalid-query", detail });
}

function refuse(both: boolean, one: string, other: string): void {
  if (!both) return;
  const detail = `a watch may ask for ${one} or for ${other}, not for both`;
  throw new StateError({ refusal: "invalid-query", detail });
}

function resume(
  { ring, bookmarks }: Collection,
  { bookmark, least }: { readonly bookmark: Uint8Array; readonly least: number },
): number {
  const position = bookmarks.position(bookmark);
  if (position >= ring.written || position < least) {
    throw new StateError({ refusal: "invalid-bookmark", detail: "there is no such position" });
  }
  if (position < ring.oldestReplayable) {
    throw new StateError({ refusal: "invalid-bookmark", detail: "it is too old to go on from" });
  }
  return position + 1;
}

function tailOfOne(
  { ring }: Collection,
  { id, tail }: { readonly id: string; readonly tail: number },
): number {
  const oldest = Math.max(0, ring.oldestReplayable);
  let position = ring.written;
  let found = 0;
  for (let at = ring.written - 1; at >= oldest && found < tail; at--) {
    if (ring.at(at).resource.metadata.id !== id) continue;
    position = at;
    found++;
  }
  return position;
}
